with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

summed as (

    select
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        played.breakdown_value as genre,
        cast(sum(played.sessions) as bigint) as sessions,
        cast(
            sum(
                case periods.period_type
                    when 'week' then played.viewers_new_in_week
                    when 'month' then played.viewers_new_in_month
                end
            ) as bigint
        ) as unique_viewers,
        cast(sum(played.watch_seconds) as bigint) as watch_seconds

    from {{ ref('agg_viewers_daily') }} as played

    inner join periods on played.started_date = periods.calendar_date

    where played.breakdown = 'genre'

    group by
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        played.breakdown_value

),

shared as (

    select
        *,
        cast(
            sum(watch_seconds) over (partition by period_type, period_start_date) as bigint
        ) as period_watch_seconds,
        cast(
            rank() over (
                partition by period_type, period_start_date order by watch_seconds desc
            ) as integer
        ) as watch_time_rank,
        cast(
            rank() over (
                partition by period_type, period_start_date order by unique_viewers desc
            ) as integer
        ) as viewers_rank

    from summed

)

select
    period_type,
    period_start_date,
    is_whole_period,
    genre,
    sessions,
    unique_viewers,
    watch_seconds,
    period_watch_seconds,
    {{ ratio('watch_seconds', 'period_watch_seconds') }} as watch_share,
    watch_time_rank,
    viewers_rank

from shared
