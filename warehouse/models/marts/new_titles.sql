with

viewing_dates as (

    select
        min(started_date) as first_date,
        max(started_date) as last_date

    from {{ ref('fct_viewing_sessions') }}

),

-- Of a title that was there before viewing is told of, nobody knows the first play.
titles as (

    select
        titles.*,
        viewing_dates.last_date

    from {{ ref('dim_content') }} as titles

    inner join viewing_dates
        on titles.added_date between viewing_dates.first_date and viewing_dates.last_date

),

plays as (

    select
        sessions.content_id,
        sessions.user_id,
        sessions.started_at,
        sessions.watch_seconds,
        sessions.started_date - titles.added_date as days_after

    from {{ ref('fct_viewing_sessions') }} as sessions

    inner join titles
        on
            sessions.content_id = titles.content_id
            and sessions.started_date >= titles.added_date

    where sessions.is_play

),

summed as (

    select
        content_id,
        min(started_at) as first_played_at,
        count_if(days_after < 7) as sessions_in_7_days,
        count(distinct case when days_after < 7 then user_id end) as viewers_in_7_days,
        sum(case when days_after < 7 then watch_seconds else 0 end) as seconds_in_7_days,
        count_if(days_after < 28) as sessions_in_28_days,
        count(distinct case when days_after < 28 then user_id end) as viewers_in_28_days,
        sum(case when days_after < 28 then watch_seconds else 0 end) as seconds_in_28_days

    from plays

    group by content_id

)

select
    titles.content_id,
    titles.title,
    titles.content_type,
    titles.genre,
    titles.is_original,
    titles.added_date,
    summed.first_played_at,
    cast(
        datediff('second', cast(titles.added_date as datetime), summed.first_played_at) as bigint
    ) as seconds_to_first_play,
    {{ add_days('titles.added_date', 6) }} <= titles.last_date as has_7_days,
    cast(coalesce(summed.sessions_in_7_days, 0) as bigint) as sessions_in_7_days,
    cast(coalesce(summed.viewers_in_7_days, 0) as bigint) as viewers_in_7_days,
    cast(coalesce(summed.seconds_in_7_days, 0) as bigint) as watch_seconds_in_7_days,
    {{ add_days('titles.added_date', 27) }} <= titles.last_date as has_28_days,
    cast(coalesce(summed.sessions_in_28_days, 0) as bigint) as sessions_in_28_days,
    cast(coalesce(summed.viewers_in_28_days, 0) as bigint) as viewers_in_28_days,
    cast(coalesce(summed.seconds_in_28_days, 0) as bigint) as watch_seconds_in_28_days

from titles

left join summed on titles.content_id = summed.content_id
