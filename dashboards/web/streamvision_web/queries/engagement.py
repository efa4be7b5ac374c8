"""Queries of the page on subscriptions and engagement."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

_QUALITY = Reach(day="playback_date")
# A movement has a plan before and a plan after, and no genre.
_MOVEMENTS = Reach(day="movement_date", plans=("from_plan_code", "to_plan_code"), genre=None)

REBUFFERING = Query(
    """
    select
        (sum(buffering_seconds) / nullif(sum(playing_seconds) + sum(buffering_seconds), 0))::double
            as rebuffering_ratio,
        coalesce(sum(sessions), 0)::bigint as sessions
    from marts.playback_quality_daily
    where {filters}
    """,
    _QUALITY,
)

# Both ratios are sums divided once; a mean of daily ratios would weigh a quiet day like a busy one.
REBUFFERING_TREND = Query(
    """
    with days as (
        select
            playback_date,
            sum(buffering_seconds)::double as buffering,
            sum(playing_seconds)::double as playing
        from marts.playback_quality_daily
        where {filters}
        group by playback_date
    )
    select
        strftime(playback_date, '%Y-%m-%d') as day,
        buffering / nullif(playing + buffering, 0) as daily,
        sum(buffering) over week / nullif(sum(playing + buffering) over week, 0) as weekly
    from days
    window week as (order by playback_date range between interval 6 days preceding and current row)
    order by playback_date
    """,
    _QUALITY,
)

SESSIONS_BY_RESOLUTION = Query(
    """
    select
        resolution,
        sum(sessions)::bigint as sessions,
        sum(sessions) / sum(sum(sessions)) over () as share
    from marts.playback_quality_daily
    where {filters}
    group by resolution
    having sum(sessions) > 0
    order by list_position(['SD', 'HD', 'Full HD', '4K'], resolution) nulls last, resolution
    """,
    _QUALITY,
)

ACTIVE_USERS = Query(
    """
    select strftime(activity_date, '%Y-%m-%d') as day, dau, wau, mau
    from marts.daily_active_users
    where {filters}
    order by activity_date
    """,
    Reach(day="activity_date"),
)

# A day without a viewer is a zero here, not a gap. Each count is distinct at the grain of its day.
ACTIVE_USERS_FILTERED = Query(
    """
    with active as (
        select viewing_date, count(distinct user_id) as dau
        from marts.viewer_days
        where {filters}
        group by viewing_date
    )
    select strftime(days.activity_date, '%Y-%m-%d') as day, coalesce(active.dau, 0) as dau
    from marts.daily_active_users as days
    left join active on days.activity_date = active.viewing_date
    where days.activity_date between $first_day and $last_day
    order by days.activity_date
    """,
    Reach(day="viewing_date"),
)

TRANSITIONS = Query(
    """
    select movement_type, sum(events)::bigint as events, sum(events) / sum(sum(events)) over () as share
    from marts.subscription_movements
    where {filters}
    group by movement_type
    having sum(events) > 0
    order by events desc, movement_type
    """,
    _MOVEMENTS,
)

MOVEMENTS_OVER_TIME = Query(
    """
    select
        strftime(date_trunc($step, movement_date), '%Y-%m-%d') as period,
        movement_type,
        sum(events)::bigint as events
    from marts.subscription_movements
    where {filters} and list_contains($movements, movement_type)
    group by period, movement_type
    order by period, movement_type
    """,
    _MOVEMENTS,
)
