with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

titles as (

    select * from {{ ref('dim_content') }}

),

title_days as (

    select
        titles.content_id,
        titles.is_original,
        played.started_date

    from {{ ref('agg_viewers_daily') }} as played

    inner join titles on played.breakdown_value = cast(titles.content_id as varchar)

    where played.breakdown = 'title'

),

played_titles as (

    select
        periods.period_type,
        periods.period_start_date,
        title_days.is_original,
        count(distinct title_days.content_id) as played_titles

    from title_days

    inner join periods on title_days.started_date = periods.calendar_date

    group by
        periods.period_type,
        periods.period_start_date,
        title_days.is_original

),

summed as (

    select
        periods.period_type,
        periods.period_start_date,
        cast(played.breakdown_value as boolean) as is_original,
        sum(played.sessions) as sessions,
        sum(
            case periods.period_type
                when 'week' then played.viewers_new_in_week
                when 'month' then played.viewers_new_in_month
            end
        ) as unique_viewers,
        sum(played.watch_seconds) as watch_seconds,
        sum(played.valid_sessions) as valid_sessions,
        sum(played.completion_rate_sum) as completion_rate_sum

    from {{ ref('agg_viewers_daily') }} as played

    inner join periods on played.started_date = periods.calendar_date

    where played.breakdown = 'is_original'

    group by
        periods.period_type,
        periods.period_start_date,
        played.breakdown_value

),

origins as (

    select distinct is_original from titles

),

listed as (

    select distinct
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        origins.is_original

    from periods

    cross join origins

),

counted as (

    select
        listed.period_type,
        listed.period_start_date,
        listed.is_whole_period,
        listed.is_original,
        cast(coalesce(played_titles.played_titles, 0) as bigint) as played_titles,
        cast(coalesce(summed.sessions, 0) as bigint) as sessions,
        cast(coalesce(summed.unique_viewers, 0) as bigint) as unique_viewers,
        cast(coalesce(summed.watch_seconds, 0) as bigint) as watch_seconds,
        cast(
            sum(coalesce(summed.watch_seconds, 0)) over (
                partition by listed.period_type, listed.period_start_date
            ) as bigint
        ) as period_watch_seconds,
        cast(coalesce(summed.valid_sessions, 0) as bigint) as valid_sessions,
        cast(coalesce(summed.completion_rate_sum, 0) as decimal(18, 4)) as completion_rate_sum

    from listed

    left join summed
        on
            listed.period_type = summed.period_type
            and listed.period_start_date = summed.period_start_date
            and listed.is_original = summed.is_original

    left join played_titles
        on
            listed.period_type = played_titles.period_type
            and listed.period_start_date = played_titles.period_start_date
            and listed.is_original = played_titles.is_original

)

select
    period_type,
    period_start_date,
    is_whole_period,
    is_original,
    played_titles,
    sessions,
    unique_viewers,
    watch_seconds,
    period_watch_seconds,
    {{ ratio('watch_seconds', 'period_watch_seconds') }} as watch_share,
    valid_sessions,
    completion_rate_sum,
    {{ ratio('completion_rate_sum', 'valid_sessions') }} as completion_rate

from counted
