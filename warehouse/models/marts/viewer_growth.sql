with

periods as (

    select * from {{ viewing_periods() }} as numbered

),

gaps as (

    select
        *,
        started_date as calendar_date

    from {{ ref('agg_viewer_days') }}

),

period_gaps as (

    select
        periods.period_type,
        periods.period_number,
        gaps.viewers as viewer_count,
        case periods.period_type
            when 'day' then gaps.days_since
            when 'week' then gaps.weeks_since
            when 'month' then gaps.months_since
        end as periods_since,
        case periods.period_type
            when 'day' then gaps.days_until
            when 'week' then gaps.weeks_until
            when 'month' then gaps.months_until
        end as periods_until

    from gaps

    inner join periods on gaps.calendar_date = periods.calendar_date

),

-- A user counts on their first day in a period: on a later one, the day before it is in the same period.
active as (

    select
        period_type,
        period_number,
        sum(case when coalesce(periods_since, 1) > 0 then viewer_count else 0 end) as viewers,
        sum(case when periods_since is null then viewer_count else 0 end) as new_viewers,
        sum(case when periods_since = 1 then viewer_count else 0 end) as returning_viewers,
        sum(case when periods_since = 2 then viewer_count else 0 end) as resurrected_viewers

    from period_gaps

    group by
        period_type,
        period_number

),

-- Who stays away after a period is dormant in the next one, and in no later one.
dormant as (

    select
        period_type,
        period_number + 1 as period_number,
        sum(viewer_count) as dormant_viewers

    from period_gaps

    where periods_until = 2

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
