"""Queries of the page on content."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

_PERFORMANCE = Reach(day="performance_date")
_RATINGS = Reach(day="rating_date")

# The mart is at the grain of a user and day, so that viewers can be counted distinctly under any filter.
UNIQUE_VIEWERS = Query(
    "select count(distinct user_id) as unique_viewers from marts.viewer_days where {filters}",
    Reach(day="viewing_date"),
)

TOTALS = Query(
    """
    select
        coalesce(sum(sessions), 0)::bigint as sessions,
        coalesce(sum(watch_seconds), 0)::bigint as watch_seconds,
        (sum(completion_rate_sum) / nullif(sum(valid_sessions), 0))::double as completion_rate
    from marts.content_performance_daily
    where {filters}
    """,
    _PERFORMANCE,
)

RATING = Query(
    """
    select
        coalesce(sum(ratings), 0)::bigint as ratings,
        (sum(score_sum) / nullif(sum(ratings), 0))::double as average_rating
    from marts.content_ratings_daily
    where {filters}
    """,
    _RATINGS,
)

# Every country comes, also those without a session: they can be pointed at on the map.
SESSIONS_BY_COUNTRY = Query(
    """
    with viewing as (
        select country_code, sum(sessions)::bigint as sessions
        from marts.content_performance_daily
        where {filters}
        group by country_code
        having sum(sessions) > 0
    )
    select
        coalesce(countries.country_code, viewing.country_code, '?') as country_code,
        countries.country_numeric,
        coalesce(countries.country_name_en, viewing.country_code, '?') as en,
        coalesce(countries.country_name_fr, viewing.country_code, '?') as fr,
        viewing.sessions
    from marts.countries
    full join viewing on countries.country_code = viewing.country_code
    order by viewing.sessions desc nulls last, country_code
    """,
    _PERFORMANCE,
)

WATCH_TIME_BY_GENRE = Query(
    """
    select genre, sum(watch_seconds)::bigint as watch_seconds, sum(sessions)::bigint as sessions
    from marts.content_performance_daily
    where {filters}
    group by genre
    having sum(sessions) > 0
    order by watch_seconds desc, genre
    """,
    _PERFORMANCE,
)

SESSIONS_BY_DEVICE = Query(
    """
    select
        device_type,
        sum(sessions)::bigint as sessions,
        sum(sessions) / sum(sum(sessions)) over () as share
    from marts.content_performance_daily
    where {filters}
    group by device_type
    having sum(sessions) > 0
    order by sessions desc, device_type
    """,
    _PERFORMANCE,
)

# `contains` knows no wildcards: what is searched is what was typed, accents and case apart.
WATCH_TIME_BY_TITLE = Query(
    """
    with titles as (
        select
            content_id,
            any_value(title) as title,
            any_value(genre) as genre,
            sum(watch_seconds)::bigint as watch_seconds,
            sum(sessions)::bigint as sessions
        from marts.content_performance_daily
        where {filters} and contains(strip_accents(lower(title)), strip_accents(lower($search)))
        group by content_id
        having sum(sessions) > 0
    )
    select
        case
            when trim(title) = '' then '#' || content_id
            when count(*) over (partition by title) > 1 then title || ' (#' || content_id || ')'
            else title
        end as title,
        genre,
        watch_seconds,
        sessions
    from titles
    order by watch_seconds desc, content_id
    limit $top
    """,
    _PERFORMANCE,
)

# Ratings have days of their own; under one name the same filters reach both marts.
TITLES = Query(
    """
    with viewing as (
        select
            content_id,
            sum(sessions)::bigint as sessions,
            sum(watch_seconds) / 3600 as watch_hours,
            (sum(completion_rate_sum) / nullif(sum(valid_sessions), 0))::double as completion_rate,
            sum(completed_sessions) / nullif(sum(valid_sessions), 0) as completed_share
        from marts.content_performance_daily
        where {filters}
        group by content_id
    ),

    rated as (
        select
            content_id,
            sum(ratings)::bigint as ratings,
            (sum(score_sum) / nullif(sum(ratings), 0))::double as average_rating
        from (select *, rating_date as performance_date from marts.content_ratings_daily)
        where {filters}
        group by content_id
    )

    select
        titles.title,
        titles.content_type,
        titles.genre,
        coalesce(viewing.sessions, 0) as sessions,
        coalesce(viewing.watch_hours, 0)::double as watch_hours,
        rated.average_rating,
        coalesce(rated.ratings, 0) as ratings,
        viewing.completion_rate,
        viewing.completed_share,
        count(*) over () as found
    from marts.content_performance as titles
    left join viewing on titles.content_id = viewing.content_id
    left join rated on titles.content_id = rated.content_id
    where
        (viewing.sessions > 0 or rated.ratings > 0)
        and contains(strip_accents(lower(titles.title)), strip_accents(lower($search)))
    order by sessions desc, titles.content_id
    limit $top
    """,
    _PERFORMANCE,
)
