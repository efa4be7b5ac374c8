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
        cast(played.breakdown_value as bigint) as content_id,
        sum(played.sessions) as sessions,
        sum(
            case periods.period_type
                when 'week' then played.viewers_new_in_week
                when 'month' then played.viewers_new_in_month
            end
        ) as unique_viewers,
        sum(played.watch_seconds) as watch_seconds

    from {{ ref('agg_viewers_daily') }} as played

    inner join periods on played.started_date = periods.calendar_date

    where played.breakdown = 'title'

    group by
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        played.breakdown_value

)

select
    summed.period_type,
    summed.period_start_date,
    summed.is_whole_period,
    summed.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    titles.is_original,
    cast(summed.sessions as bigint) as sessions,
    cast(summed.unique_viewers as bigint) as unique_viewers,
    cast(summed.watch_seconds as bigint) as watch_seconds,
    cast(
        rank() over (
            partition by summed.period_type, summed.period_start_date order by summed.watch_seconds desc
        ) as integer
    ) as watch_time_rank,
    cast(
        rank() over (
            partition by summed.period_type, summed.period_start_date, titles.genre
            order by summed.watch_seconds desc
        ) as integer
    ) as watch_time_rank_in_genre,
    cast(
        rank() over (
            partition by summed.period_type, summed.period_start_date order by summed.unique_viewers desc
        ) as integer
    ) as viewers_rank

from summed

left join {{ ref('dim_content') }} as titles on summed.content_id = titles.content_id
