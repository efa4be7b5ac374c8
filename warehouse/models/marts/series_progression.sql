with

viewings as (

    select * from {{ ref('fct_episode_viewings') }}

),

episodes as (

    select
        *,
        row_number() over (
            partition by content_id order by season_number, episode_number, episode_id
        ) as episode_order

    from {{ ref('dim_episodes') }}

),

user_episodes as (

    select
        viewings.user_id,
        episodes.content_id,
        episodes.episode_id,
        episodes.episode_order,
        count(*) as viewings,
        sum(viewings.watch_seconds) as watch_seconds,
        count_if(viewings.is_completed) as completed_viewings,
        min(viewings.started_at) as first_viewed_at

    from viewings

    inner join episodes on viewings.episode_id = episodes.episode_id

    group by
        viewings.user_id,
        episodes.content_id,
        episodes.episode_id,
        episodes.episode_order

),

series as (

    select
        content_id,
        count(distinct user_id) as series_viewers

    from user_episodes

    group by content_id

),

summed as (

    select
        user_episodes.episode_id,
        sum(user_episodes.viewings) as viewings,
        sum(user_episodes.watch_seconds) as watch_seconds,
        count(*) as viewers,
        count_if(user_episodes.completed_viewings > 0) as completed_viewers,
        count(next_episodes.user_id) as continued_viewers

    from user_episodes

    left join user_episodes as next_episodes
        on
            user_episodes.user_id = next_episodes.user_id
            and user_episodes.content_id = next_episodes.content_id
            and user_episodes.episode_order + 1 = next_episodes.episode_order
            and user_episodes.first_viewed_at < next_episodes.first_viewed_at

    group by user_episodes.episode_id

),

counted as (

    select
        episodes.episode_id,
        episodes.content_id,
        titles.title,
        titles.genre,
        episodes.season_number,
        episodes.episode_number,
        cast(episodes.episode_order as integer) as episode_order,
        episodes.episode_title,
        cast(coalesce(summed.viewings, 0) as bigint) as viewings,
        cast(coalesce(summed.watch_seconds, 0) as bigint) as watch_seconds,
        cast(coalesce(series.series_viewers, 0) as bigint) as series_viewers,
        cast(coalesce(summed.viewers, 0) as bigint) as viewers,
        cast(coalesce(summed.completed_viewers, 0) as bigint) as completed_viewers,
        -- From the last episode nobody can go on: that is not a rate of 0.
        case
            when
                episodes.episode_order < max(episodes.episode_order) over (partition by episodes.content_id)
                then cast(coalesce(summed.continued_viewers, 0) as bigint)
        end as continued_viewers

    from episodes

    left join {{ ref('dim_content') }} as titles on episodes.content_id = titles.content_id

    left join series on episodes.content_id = series.content_id

    left join summed on episodes.episode_id = summed.episode_id

)

select
    *,
    {{ ratio('viewers', 'series_viewers') }} as reach_rate,
    {{ ratio('completed_viewers', 'viewers') }} as completion_rate,
    {{ ratio('continued_viewers', 'viewers') }} as continuation_rate

from counted
