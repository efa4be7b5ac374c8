"""Queries of the page on content."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

_PERFORMANCE = Reach(day="performance_date")
# Who rates does so on no device that is recorded.
_RATINGS = Reach(day="rating_date", device=None)

# The mart is at the grain of a user and day, so that viewers can be counted distinctly under any filter.
UNIQUE_VIEWERS = Query(
    "select count(distinct user_id) as unique_viewers from marts.viewer_days where {filters}",
    Reach(day="viewing_date"),
)

TOTALS = Query(
    """
    select
        coalesce(sum(daily.sessions), 0)::bigint as sessions,
        coalesce(sum(daily.watch_seconds), 0)::bigint as watch_seconds,
        sum(daily.completion_rate_sum)::double / nullif(sum(daily.valid_sessions), 0) as completion_rate
    from marts.content_performance_daily as daily
    where {filters}
    """,
    _PERFORMANCE,
)

RATING = Query(
    """
    select
        coalesce(sum(daily.ratings), 0)::bigint as ratings,
        sum(daily.score_sum)::double / nullif(sum(daily.ratings), 0) as average_rating
    from marts.content_ratings_daily as daily
    where {filters}
    """,
    _RATINGS,
)

# Every country comes, also those without a session: they can be pointed at on the map.
SESSIONS_BY_COUNTRY = Query(
    """
    with viewing as (
        select daily.country_code, sum(daily.sessions)::bigint as sessions
        from marts.content_performance_daily as daily
        where {filters}
        group by daily.country_code
        having sum(daily.sessions) > 0
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
    select
        daily.genre,
        sum(daily.watch_seconds)::bigint as watch_seconds,
        sum(daily.sessions)::bigint as sessions
    from marts.content_performance_daily as daily
    where {filters}
    group by daily.genre
    having sum(daily.sessions) > 0
    order by watch_seconds desc, daily.genre nulls last
    """,
    _PERFORMANCE,
)

SESSIONS_BY_DEVICE = Query(
    """
    select
        daily.device_type,
        sum(daily.sessions)::bigint as sessions,
        sum(daily.sessions)::double / sum(sum(daily.sessions)) over () as share
    from marts.content_performance_daily as daily
    where {filters}
    group by daily.device_type
    having sum(daily.sessions) > 0
    order by sessions desc, daily.device_type
    """,
    _PERFORMANCE,
)

# `contains` knows no wildcards: what is searched is what was typed, accents and case apart.
WATCH_TIME_BY_TITLE = Query(
    """
    with titles as (
        select
            daily.content_id,
            any_value(daily.title) as title,
            any_value(daily.genre) as genre,
            sum(daily.watch_seconds)::bigint as watch_seconds,
            sum(daily.sessions)::bigint as sessions
        from marts.content_performance_daily as daily
        where {filters}
        group by daily.content_id
        having sum(daily.sessions) > 0
    )
    select
        titles.content_id,
        case
            when trim(titles.title) = '' then '#' || titles.content_id
            when count(*) over (partition by titles.title) > 1
                then titles.title || ' (#' || titles.content_id || ')'
            else titles.title
        end as title,
        titles.genre,
        titles.watch_seconds,
        titles.sessions
    from titles
    where
        contains(
            translate(lower(titles.title), $accented, $bare), translate(lower($search), $accented, $bare)
        )
    qualify row_number() over (order by titles.watch_seconds desc, titles.content_id) <= $top
    order by titles.watch_seconds desc, titles.content_id
    """,
    _PERFORMANCE,
)

# Ratings have days of their own.
TITLES = Query(
    """
    with viewing as (
        select
            daily.content_id,
            sum(daily.sessions)::bigint as sessions,
            sum(daily.watch_seconds)::double / 3600 as watch_hours,
            sum(daily.valid_sessions)::bigint as valid_sessions,
            sum(daily.completion_rate_sum)::double / nullif(sum(daily.valid_sessions), 0) as completion_rate,
            sum(daily.completed_sessions)::double / nullif(sum(daily.valid_sessions), 0) as completed_share
        from marts.content_performance_daily as daily
        where {filters}
        group by daily.content_id
    ),

    rated as (
        select
            daily.content_id,
            sum(daily.ratings)::bigint as ratings,
            sum(daily.score_sum)::double / nullif(sum(daily.ratings), 0) as average_rating
        from marts.content_ratings_daily as daily
        where {ratings_filters}
        group by daily.content_id
    )

    select
        titles.content_id,
        titles.title,
        titles.content_type,
        titles.genre,
        coalesce(viewing.sessions, 0)::bigint as sessions,
        coalesce(viewing.watch_hours, 0)::double as watch_hours,
        rated.average_rating,
        coalesce(rated.ratings, 0)::bigint as ratings,
        viewing.completion_rate,
        viewing.completed_share,
        coalesce(viewing.valid_sessions, 0)::bigint as valid_sessions,
        count(*) over () as found
    from marts.content_performance as titles
    left join viewing on titles.content_id = viewing.content_id
    left join rated on titles.content_id = rated.content_id
    where
        (viewing.sessions > 0 or rated.ratings > 0)
        and contains(
            translate(lower(titles.title), $accented, $bare), translate(lower($search), $accented, $bare)
        )
    qualify row_number() over (order by coalesce(viewing.sessions, 0) desc, titles.content_id) <= $top
    order by coalesce(viewing.sessions, 0) desc, titles.content_id
    """,
    _PERFORMANCE,
    {"ratings_filters": _RATINGS},
)

# Titles that nobody watched are among them: a long tail is one of the whole catalogue. Of the curve, the
# point of each whole percent of the titles is kept.
LONG_TAIL = Query(
    """
    with watched as (
        select daily.content_id, sum(daily.watch_seconds)::bigint as watch_seconds
        from marts.content_performance_daily as daily
        where {filters}
        group by daily.content_id
    ),

    titles as (
        select catalogue.content_id, coalesce(watched.watch_seconds, 0)::bigint as watch_seconds
        from marts.content_performance as catalogue
        left join watched on catalogue.content_id = watched.content_id
        where watched.content_id is not null or {catalogue_filters}
    ),

    ranked as (
        select
            row_number() over (order by titles.watch_seconds desc, titles.content_id) as place,
            count(*) over () as titles,
            titles.watch_seconds,
            sum(titles.watch_seconds) over (
                order by titles.watch_seconds desc, titles.content_id
                rows between unbounded preceding and current row
            ) as running_seconds,
            sum(titles.watch_seconds) over () as total_seconds
        from titles
    ),

    tail as (
        select sum(case when ranked.place > ceil(0.2 * ranked.titles) then ranked.watch_seconds else 0 end)
            as tail_seconds
        from ranked
    )

    select
        ceil(100.0 * ranked.place / ranked.titles)::bigint as title_percent,
        max(ranked.place)::bigint as place,
        max(ranked.titles)::bigint as titles,
        max(ranked.running_seconds)::double / max(ranked.total_seconds) as watch_share,
        max(tail.tail_seconds)::double / max(ranked.total_seconds) as tail_share
    from ranked
    cross join tail
    where ranked.total_seconds > 0
    group by ceil(100.0 * ranked.place / ranked.titles)
    order by title_percent
    """,
    _PERFORMANCE,
    {"catalogue_filters": Reach(day=None, country=None, plans=(), genre="catalogue.genre", device=None)},
)

# How many plays ended at each whole percent: of the chosen title, and of all.
ENDED_AT_PERCENT = Query(
    """
    select
        daily.completion_percent::bigint as percent,
        sum(case when daily.content_id = $content_id then daily.sessions else 0 end)::bigint as chosen,
        sum(daily.sessions)::bigint as everything
    from marts.content_completion_daily as daily
    where {filters}
    group by daily.completion_percent
    order by percent
    """,
    _PERFORMANCE,
)

CHOICES_OF_TITLES = Query(
    """
    select
        titles.content_id,
        case
            when trim(titles.title) = '' then '#' || titles.content_id
            when count(*) over (partition by titles.title) > 1
                then titles.title || ' (#' || titles.content_id || ')'
            else titles.title
        end as title
    from marts.content_performance as titles
    qualify row_number() over (order by titles.watch_seconds desc, titles.content_id) <= $top
    order by titles.watch_seconds desc, titles.content_id
    """
)
