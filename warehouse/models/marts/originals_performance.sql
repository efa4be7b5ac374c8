with

periods as (

    select * from {{ viewing_periods() }} as numbered

    where period_type in ('week', 'month')

),

titles as (

    select * from {{ ref('dim_content') }}

),

-- Each viewer and title of a day once: what is counted below needs no set per group.
plays as (

    select
        sessions.started_date,
        titles.is_original,
        sessions.content_id,
        sessions.user_id,
        count(*) as sessions,
        sum(sessions.watch_seconds) as watch_seconds,
        count_if(sessions.is_valid_play) as valid_sessions,
        sum(
            case when sessions.is_valid_play then sessions.completion_rate else 0 end
        ) as completion_rate_sum

    from {{ ref('fct_viewing_sessions') }} as sessions

    left join titles on sessions.content_id = titles.content_id

    where sessions.is_play

    group by
        sessions.started_date,
        titles.is_original,
        sessions.content_id,
        sessions.user_id

),

viewed as (

    select distinct
        periods.period_type,
        periods.period_start_date,
        plays.is_original,
        plays.user_id

    from plays

    inner join periods on plays.started_date = periods.calendar_date

),

viewers as (

    select
        period_type,
        period_start_date,
        is_original,
        count(*) as unique_viewers

    from viewed

    group by
        period_type,
        period_start_date,
        is_original

),

title_plays as (

    select
        periods.period_type,
        periods.period_start_date,
        plays.is_original,
        plays.content_id,
        sum(plays.sessions) as sessions,
        sum(plays.watch_seconds) as watch_seconds,
        sum(plays.valid_sessions) as valid_sessions,
        sum(plays.completion_rate_sum) as completion_rate_sum

    from plays

    inner join periods on plays.started_date = periods.calendar_date

    group by
        periods.period_type,
        periods.period_start_date,
        plays.is_original,
        plays.content_id

),

summed as (

    select
        period_type,
        period_start_date,
        is_original,
        count(*) as played_titles,
        sum(sessions) as sessions,
        sum(watch_seconds) as watch_seconds,
        sum(valid_sessions) as valid_sessions,
        sum(completion_rate_sum) as completion_rate_sum

    from title_plays

    group by
        period_type,
        period_start_date,
        is_original

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
        cast(coalesce(summed.played_titles, 0) as bigint) as played_titles,
        cast(coalesce(summed.sessions, 0) as bigint) as sessions,
        cast(coalesce(viewers.unique_viewers, 0) as bigint) as unique_viewers,
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

    left join viewers
        on
            listed.period_type = viewers.period_type
            and listed.period_start_date = viewers.period_start_date
            and listed.is_original = viewers.is_original

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
