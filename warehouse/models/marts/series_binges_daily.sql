with

viewings as (

    select * from {{ ref('fct_episode_viewings') }}

),

sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

-- The pause between the end of an episode and the start of the next one in the session; where episodes
-- overlap there is none.
followed as (

    select
        session_id,
        content_id,
        episode_viewing_id,
        started_at,
        lag(started_at) over (
            partition by session_id, content_id order by started_at, episode_viewing_id
        ) as last_started_at,
        lag(watch_seconds) over (
            partition by session_id, content_id order by started_at, episode_viewing_id
        ) as last_watch_seconds

    from viewings

),

judged as (

    select
        session_id,
        content_id,
        episode_viewing_id,
        started_at,
        coalesce(
            datediff('microsecond', last_started_at, started_at)
            >= cast(last_watch_seconds + {{ var('binge_gap_seconds') }} as bigint) * 1000000,
            true
        ) as begins_a_run

    from followed

),

numbered as (

    select
        session_id,
        content_id,
        sum(case when begins_a_run then 1 else 0 end) over (
            partition by session_id, content_id
            order by started_at, episode_viewing_id rows between unbounded preceding and current row
        ) as run_number

    from judged

),

runs as (

    select
        session_id,
        content_id,
        run_number,
        count(*) as episodes

    from numbered

    group by
        session_id,
        content_id,
        run_number

),

series_sessions as (

    select
        session_id,
        content_id,
        sum(episodes) as episodes,
        max(episodes) as longest_run

    from runs

    group by
        session_id,
        content_id

),

summed as (

    select
        sessions.started_date as viewing_date,
        series_sessions.content_id,
        titles.title,
        titles.genre,
        sessions.country_code,
        sessions.device_type,
        sessions.plan_code,
        cast(count(*) as bigint) as series_sessions,
        cast(sum(series_sessions.episodes) as bigint) as episode_viewings,
        cast(count_if(series_sessions.longest_run >= {{ var('binge_episodes') }}) as bigint) as binge_sessions

    from series_sessions

    inner join sessions on series_sessions.session_id = sessions.session_id

    left join {{ ref('dim_content') }} as titles on series_sessions.content_id = titles.content_id

    group by
        sessions.started_date,
        series_sessions.content_id,
        titles.title,
        titles.genre,
        sessions.country_code,
        sessions.device_type,
        sessions.plan_code

)

select
    *,
    {{ ratio('binge_sessions', 'series_sessions') }} as binge_rate

from summed
