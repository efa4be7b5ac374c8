-- Every day with an attempt is there, and its count is the fact's distinct users with a play.
with

counted as (

    select
        started_date,
        count(distinct case when is_play then user_id end) as viewers

    from {{ ref('fct_viewing_sessions') }}

    group by started_date

)

select
    coalesce(shown.activity_date, counted.started_date) as activity_date,
    shown.dau,
    counted.viewers

from {{ ref('daily_active_users') }} as shown

full outer join counted on shown.activity_date = counted.started_date

where coalesce(shown.dau, -1) <> coalesce(counted.viewers, 0)
