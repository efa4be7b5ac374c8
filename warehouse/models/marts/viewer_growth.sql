with

periods as (

    select * from {{ viewing_periods() }} as numbered

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

followed as (

    select
        period_type,
        period_number,
        lag(period_number) over (
            partition by period_type, user_id order by period_number
        ) as number_before,
        lead(period_number) over (
            partition by period_type, user_id order by period_number
        ) as number_after

    from user_periods

),

active as (

    select
        period_type,
        period_number,
        count(*) as viewers,
        count_if(number_before is null) as new_viewers,
        count_if(number_before = period_number - 1) as returning_viewers,
        count_if(number_before < period_number - 1) as resurrected_viewers

    from followed

    group by
        period_type,
        period_number

),

-- Who stays away after a period is dormant in the next one, and in no later one.
dormant as (

    select
        period_type,
        period_number + 1 as period_number,
        count(*) as dormant_viewers

    from followed

    where number_after is null or number_after > period_number + 1

    group by
        period_type,
        period_number

),

listed as (

    select distinct
        period_type,
        period_start_date,
        period_end_date,
        period_number,
        is_whole_period

    from periods

)

select
    listed.period_type,
    listed.period_start_date,
    listed.period_end_date,
    listed.is_whole_period,
    cast(coalesce(active.viewers, 0) as bigint) as viewers,
    cast(coalesce(active_before.viewers, 0) as bigint) as viewers_before,
    cast(coalesce(active.new_viewers, 0) as bigint) as new_viewers,
    cast(coalesce(active.returning_viewers, 0) as bigint) as returning_viewers,
    cast(coalesce(active.resurrected_viewers, 0) as bigint) as resurrected_viewers,
    cast(coalesce(dormant.dormant_viewers, 0) as bigint) as dormant_viewers

from listed

left join active
    on
        listed.period_type = active.period_type
        and listed.period_number = active.period_number

left join active as active_before
    on
        listed.period_type = active_before.period_type
        and listed.period_number - 1 = active_before.period_number

left join dormant
    on
        listed.period_type = dormant.period_type
        and listed.period_number = dormant.period_number
