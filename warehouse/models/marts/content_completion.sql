with

titles as (

    select * from {{ ref('dim_content') }}

),

ended as (

    select * from {{ ref('agg_title_completion') }}

),

summed as (

    select
        content_id,
        sum(sessions) as sessions,
        sum(case when completion_percent >= 25 then sessions else 0 end) as reached_25_sessions,
        sum(case when completion_percent >= 50 then sessions else 0 end) as reached_50_sessions,
        sum(case when completion_percent >= 75 then sessions else 0 end) as reached_75_sessions,
        sum(case when completion_percent >= 100 then sessions else 0 end) as reached_100_sessions,
        sum(abandoned_sessions) as abandoned_sessions

    from ended

    group by content_id

),

running as (

    select
        content_id,
        completion_percent,
        abandoned_sessions,
        sum(abandoned_sessions) over (
            partition by content_id
            order by completion_percent rows between unbounded preceding and current row
        ) as abandoned_so_far

    from ended

),

halves as (

    select
        running.content_id,
        min(running.completion_percent) as abandonment_percent

    from running

    inner join summed on running.content_id = summed.content_id

    where running.abandoned_sessions > 0 and 2 * running.abandoned_so_far >= summed.abandoned_sessions

    group by running.content_id

),

counted as (

    select
        titles.content_id,
        titles.title,
        titles.content_type,
        titles.genre,
        titles.is_original,
        cast(coalesce(summed.sessions, 0) as bigint) as sessions,
        cast(coalesce(summed.reached_25_sessions, 0) as bigint) as reached_25_sessions,
        cast(coalesce(summed.reached_50_sessions, 0) as bigint) as reached_50_sessions,
        cast(coalesce(summed.reached_75_sessions, 0) as bigint) as reached_75_sessions,
        cast(coalesce(summed.reached_100_sessions, 0) as bigint) as reached_100_sessions,
        cast(coalesce(summed.abandoned_sessions, 0) as bigint) as abandoned_sessions,
        halves.abandonment_percent

    from titles

    left join summed on titles.content_id = summed.content_id

    left join halves on titles.content_id = halves.content_id

)

select
    content_id,
    title,
    content_type,
    genre,
    is_original,
    sessions,
    reached_25_sessions,
    reached_50_sessions,
    reached_75_sessions,
    reached_100_sessions,
    abandoned_sessions,
    {{ ratio('abandoned_sessions', 'sessions') }} as abandoned_share,
    abandonment_percent

from counted
