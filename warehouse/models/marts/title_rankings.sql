with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

plays as (

    select
        content_id,
        user_id,
        started_date,
        count(*) as sessions,
        sum(watch_seconds) as watch_seconds

    from {{ ref('fct_viewing_sessions') }}

    where is_play

    group by
        content_id,
        user_id,
        started_date

),

-- Each viewer of a title once, so that counting them needs no set per title.
title_viewers as (

    select
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        plays.content_id,
        plays.user_id,
        sum(plays.sessions) as sessions,
        sum(plays.watch_seconds) as watch_seconds

    from plays

    inner join periods on plays.started_date = periods.calendar_date

    group by
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        plays.content_id,
        plays.user_id

),

summed as (

    select
        period_type,
        period_start_date,
        is_whole_period,
        content_id,
        sum(sessions) as sessions,
        count(*) as unique_viewers,
        sum(watch_seconds) as watch_seconds

    from title_viewers

    group by
        period_type,
        period_start_date,
        is_whole_period,
        content_id

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
