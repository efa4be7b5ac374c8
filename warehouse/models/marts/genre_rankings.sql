with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

titles as (

    select * from {{ ref('dim_content') }}

),

plays as (

    select
        titles.genre,
        sessions.user_id,
        sessions.started_date,
        count(*) as sessions,
        sum(sessions.watch_seconds) as watch_seconds

    from {{ ref('fct_viewing_sessions') }} as sessions

    left join titles on sessions.content_id = titles.content_id

    where sessions.is_play

    group by
        titles.genre,
        sessions.user_id,
        sessions.started_date

),

-- Each viewer of a genre once, so that counting them needs no set per genre.
genre_viewers as (

    select
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        plays.genre,
        plays.user_id,
        sum(plays.sessions) as sessions,
        sum(plays.watch_seconds) as watch_seconds

    from plays

    inner join periods on plays.started_date = periods.calendar_date

    group by
        periods.period_type,
        periods.period_start_date,
        periods.is_whole_period,
        plays.genre,
        plays.user_id

),

summed as (

    select
        period_type,
        period_start_date,
        is_whole_period,
        genre,
        cast(sum(sessions) as bigint) as sessions,
        cast(count(*) as bigint) as unique_viewers,
        cast(sum(watch_seconds) as bigint) as watch_seconds

    from genre_viewers

    group by
        period_type,
        period_start_date,
        is_whole_period,
        genre

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
