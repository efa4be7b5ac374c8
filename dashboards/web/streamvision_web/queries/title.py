"""Queries of the page on one title, beside those of the page on content that are asked of one title too."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

# What is told over all time: distinct viewers of a title are stored so, and never summed.
TITLE = Query(
    """
    select
        titles.content_id,
        case when trim(titles.title) = '' then '#' || titles.content_id else titles.title end as title,
        titles.content_type,
        titles.genre,
        titles.release_year::bigint as release_year,
        titles.is_original,
        titles.unique_viewers,
        titles.bayesian_rating
    from marts.content_performance as titles
    where titles.content_id = $content_id
    """
)

WATCH_TIME_BY_DAY = Query(
    """
    select
        daily.performance_date::varchar as day,
        sum(daily.watch_seconds)::bigint as watch_seconds,
        sum(daily.sessions)::bigint as sessions
    from marts.content_performance_daily as daily
    where {filters}
    group by daily.performance_date
    order by daily.performance_date
    """,
    Reach(day="performance_date"),
).of_title()

SCORES = Query(
    """
    select scores.score::bigint as score, sum(scores.ratings)::bigint as ratings
    from marts.content_scores_daily as scores
    where {filters}
    group by scores.score
    order by scores.score
    """,
    Reach(day="rating_date", device=None),
).of_title()

EPISODES = Query(
    """
    select
        episodes.season_number::bigint as season_number,
        episodes.episode_number::bigint as episode_number,
        episodes.episode_order::bigint as episode_order,
        episodes.episode_title,
        episodes.series_viewers,
        episodes.viewers,
        episodes.completed_viewers,
        episodes.reach_rate,
        episodes.completion_rate,
        episodes.continuation_rate
    from marts.series_progression as episodes
    where episodes.content_id = $content_id
    order by episodes.episode_order
    """
)
