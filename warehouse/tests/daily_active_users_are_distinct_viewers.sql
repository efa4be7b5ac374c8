{#- A build that goes on looks at the last four weeks. -#}
{%- set first_date = 'max(started_date) - 28' if changed_from() != '' else 'min(started_date)' -%}

-- Every day with an attempt is there, and its count is the fact's distinct users with a play.
with

bounds as (

    select {{ first_date }} as first_date

    from {{ ref('fct_viewing_sessions') }}

),

counted as (

    select
        started_date,
        count(distinct case when is_play then user_id end) as viewers

    from {{ ref('fct_viewing_sessions') }}

    where started_date >= (select bounds.first_date from bounds)

    group by started_date

),

shown as (

    select * from {{ ref('daily_active_users') }}

    where activity_date >= (select bounds.first_date from bounds)

)

select
    coalesce(shown.activity_date, counted.started_date) as activity_date,
    shown.dau,
    counted.viewers

from shown

full outer join counted on shown.activity_date = counted.started_date

where coalesce(shown.dau, -1) <> coalesce(counted.viewers, 0)
