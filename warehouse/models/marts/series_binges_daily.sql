with

viewings as (

    select * from {{ ref('fct_episode_viewings') }}

),

sessions as (

    select * from {{ ref('fct_viewing_sessions') }}

),

session_titles as (

    select
        session_id,
        content_id,
        count(*) as episodes

    from viewings

    group by
        session_id,
        content_id

),

-- The pause between the end of an episode and the start of the next one in the session; where episodes
-- overlap there is none. Only where as many were watched as make a binge there may be one.
followed as (

    select
        viewings.session_id,
        viewings.content_id,
        viewings.episode_viewing_id,
        viewings.started_at,
        lag(viewings.started_at) over (
            partition by viewings.session_id, viewings.content_id
            order by viewings.started_at, viewings.episode_viewing_id
        ) as last_started_at,
        lag(viewings.watch_seconds) over (
            partition by viewings.session_id, viewings.content_id
            order by viewings.started_at, viewings.episode_viewing_id
        ) as last_watch_seconds

    from viewings

    inner join session_titles
        on
            viewings.session_id = session_titles.session_id
            and viewings.content_id = session_titles.content_id

    where session_titles.episodes >= {{ var('binge_episodes') }}

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

binges as (

    select distinct
        session_id,
        content_id

    from runs

    where episodes >= {{ var('binge_episodes') }}

),

series_sessions as (

    select
        session_titles.session_id,
        session_titles.content_id,
        session_titles.episodes,
        binges.session_id is not null as is_binge

    from session_titles

    left join binges
        on
            session_titles.session_id = binges.session_id
            and session_titles.content_id = binges.content_id

),

-- Titles are named after the sums were made: their names are long, and there are few.
summed as (

    select
        sessions.started_date,
        series_sessions.content_id,
        sessions.country_code,
        sessions.device_type,
        sessions.plan_code,
        cast(count(*) as bigint) as series_sessions,
        cast(sum(series_sessions.episodes) as bigint) as episode_viewings,
        cast(count_if(series_sessions.is_binge) as bigint) as binge_sessions

    from series_sessions

    inner join sessions on series_sessions.session_id = sessions.session_id

    group by
        sessions.started_date,
        series_sessions.content_id,
        sessions.country_code,
        sessions.device_type,
        sessions.plan_code

)

select
    summed.started_date as viewing_date,
    summed.content_id,
    titles.title,
    titles.genre,
    summed.country_code,
    summed.device_type,
    summed.plan_code,
    summed.series_sessions,
    summed.episode_viewings,
    summed.binge_sessions,
    {{ ratio('summed.binge_sessions', 'summed.series_sessions') }} as binge_rate

from summed

left join {{ ref('dim_content') }} as titles on summed.content_id = titles.content_id
