-- Every day with an attempt is there, and its count is the fact's distinct users with a play. A build that goes on
-- looks at the last four weeks.
with

bounds as (

    select
        {% if changed_from() != '' %}
            max(started_date) - 28 as first_date
        {% else %}
            min(started_date) as first_date
        {% endif %}

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
