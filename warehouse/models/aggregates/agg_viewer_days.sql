{%- set changes = ref('chg_viewer_dates') -%}
{%- set follow = 'partition by user_days.change_sign, user_days.user_id order by user_days.started_date' -%}

with

user_days as (

    {% if was_there() %}

        select
            change_sign,
            user_id,
            started_date

        from {{ changes }}

    {% else %}

        select distinct
            1 as change_sign,
            user_id,
            started_date

        from {{ ref('fct_viewing_sessions') }}

        where is_play

    {% endif %}

),

followed as (

    select
        user_days.change_sign,
        user_days.started_date,
        dates.week_start_date,
        dates.month_start_date,
        min(dates.week_start_date) over (
            partition by user_days.change_sign, user_days.user_id
        ) as cohort_week_start_date,
        min(dates.month_start_date) over (
            partition by user_days.change_sign, user_days.user_id
        ) as cohort_month_start_date,
        lag(user_days.started_date) over ({{ follow }}) as date_before,
        lag(dates.week_start_date) over ({{ follow }}) as week_before,
        lag(dates.month_start_date) over ({{ follow }}) as month_before,
        lead(user_days.started_date) over ({{ follow }}) as date_after,
        lead(dates.week_start_date) over ({{ follow }}) as week_after,
        lead(dates.month_start_date) over ({{ follow }}) as month_after

    from user_days

    inner join {{ ref('dim_dates') }} as dates on user_days.started_date = dates.calendar_date

),

-- How many periods lie between a user's day and the days before and after it, counted right away: what
-- follows is as short as the calendar, however many viewers there are. From 2 on, and with no day after, it
-- is all the same how many.
gaps as (

    select
        change_sign,
        started_date,
        cohort_week_start_date,
        cohort_month_start_date,
        {{ capped('started_date - date_before') }} as days_since,
        {{ capped("datediff('day', week_before, week_start_date) / 7") }} as weeks_since,
        {{ capped("datediff('month', month_before, month_start_date)") }} as months_since,
        coalesce({{ capped('date_after - started_date') }}, 2) as days_until,
        coalesce({{ capped("datediff('day', week_start_date, week_after) / 7") }}, 2) as weeks_until,
        coalesce({{ capped("datediff('month', month_start_date, month_after)") }}, 2) as months_until

    from followed

),

counted as (

    select
        started_date,
        cohort_week_start_date,
        cohort_month_start_date,
        days_since,
        weeks_since,
        months_since,
        days_until,
        weeks_until,
        months_until,
        sum(change_sign) as viewers

    from gaps

    group by
        started_date,
        cohort_week_start_date,
        cohort_month_start_date,
        days_since,
        weeks_since,
        months_since,
        days_until,
        weeks_until,
        months_until

    {{ and_what_was_there([
        'started_date',
        'cohort_week_start_date',
        'cohort_month_start_date',
        'days_since',
        'weeks_since',
        'months_since',
        'days_until',
        'weeks_until',
        'months_until',
        'viewers',
    ]) }}

)

select
    started_date,
    cohort_week_start_date,
    cohort_month_start_date,
    cast(days_since as integer) as days_since,
    cast(weeks_since as integer) as weeks_since,
    cast(months_since as integer) as months_since,
    cast(days_until as integer) as days_until,
    cast(weeks_until as integer) as weeks_until,
    cast(months_until as integer) as months_until,
    cast(sum(viewers) as bigint) as viewers

from counted

group by
    started_date,
    cohort_week_start_date,
    cohort_month_start_date,
    days_since,
    weeks_since,
    months_since,
    days_until,
    weeks_until,
    months_until

having sum(viewers) <> 0
