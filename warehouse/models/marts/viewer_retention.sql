with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

user_days as (

    select distinct
        user_id,
        started_date

    from {{ ref('fct_viewing_sessions') }}

    where is_play

),

user_periods as (

    select distinct
        user_days.user_id,
        periods.period_type,
        periods.period_number

    from user_days

    inner join periods on user_days.started_date = periods.calendar_date

),

since_first as (

    select
        period_type,
        period_number,
        min(period_number) over (partition by period_type, user_id) as cohort_number

    from user_periods

),

retained as (

    select
        period_type,
        cohort_number,
        period_number,
        count(*) as retained_viewers

    from since_first

    group by
        period_type,
        cohort_number,
        period_number

),

listed as (

    select distinct
        period_type,
        period_start_date,
        period_number,
        is_whole_period

    from periods

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
