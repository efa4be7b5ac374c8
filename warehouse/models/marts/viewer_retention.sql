with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

numbers as (

    select
        calendar_date,
        max(case when period_type = 'week' then period_number end) as week_number,
        max(case when period_type = 'month' then period_number end) as month_number

    from periods

    group by calendar_date

),

listed as (

    select distinct
        period_type,
        period_start_date,
        period_number,
        is_whole_period

    from periods

),

user_counts as (

    select
        cohort_weeks.period_number as cohort_week,
        numbers.week_number,
        coalesce(viewer_days.weeks_since, 1) > 0 as is_first_in_week,
        cohort_months.period_number as cohort_month,
        numbers.month_number,
        coalesce(viewer_days.months_since, 1) > 0 as is_first_in_month,
        viewer_days.viewers as viewer_count

    from {{ ref('agg_viewer_days') }} as viewer_days

    inner join numbers on viewer_days.started_date = numbers.calendar_date

    inner join listed as cohort_weeks
        on
            viewer_days.cohort_week_start_date = cohort_weeks.period_start_date
            and cohort_weeks.period_type = 'week'

    inner join listed as cohort_months
        on
            viewer_days.cohort_month_start_date = cohort_months.period_start_date
            and cohort_months.period_type = 'month'

),

-- A user counts on their first day in a period, and on no other.
retained as (

    select
        'week' as period_type,
        cohort_week as cohort_number,
        week_number as period_number,
        sum(viewer_count) as retained_viewers

    from user_counts

    where is_first_in_week

    group by
        cohort_week,
        week_number

    union all

    select
        'month' as period_type,
        cohort_month as cohort_number,
        month_number as period_number,
        sum(viewer_count) as retained_viewers

    from user_counts

    where is_first_in_month

    group by
        cohort_month,
        month_number

),

-- A cohort has a row for every period since, with 0 where nobody came back.
expected as (

    select
        cohorts.period_type,
        cohorts.period_start_date as cohort_start_date,
        cohorts.period_number as cohort_number,
        listed.period_start_date,
        listed.period_number,
        listed.is_whole_period,
        sizes.retained_viewers as cohort_viewers

    from listed as cohorts

    inner join retained as sizes
        on
            cohorts.period_type = sizes.period_type
            and cohorts.period_number = sizes.cohort_number
            and sizes.period_number = sizes.cohort_number

    inner join listed
        on
            cohorts.period_type = listed.period_type
            and cohorts.period_number <= listed.period_number

),

counted as (

    select
        expected.period_type,
        expected.cohort_start_date,
        cast(expected.period_number - expected.cohort_number as integer) as periods_since,
        expected.period_start_date,
        expected.is_whole_period,
        cast(expected.cohort_viewers as bigint) as cohort_viewers,
        cast(coalesce(retained.retained_viewers, 0) as bigint) as retained_viewers

    from expected

    left join retained
        on
            expected.period_type = retained.period_type
            and expected.cohort_number = retained.cohort_number
            and expected.period_number = retained.period_number

)

select
    *,
    {{ ratio('retained_viewers', 'cohort_viewers') }} as retention_rate

from counted
