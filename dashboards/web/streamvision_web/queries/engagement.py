"""Queries of the page on subscriptions and engagement."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

_QUALITY = Reach(day="playback_date")
# A movement has a plan before and a plan after, and neither genre nor device.
_MOVEMENTS = Reach(day="movement_date", plans=("from_plan_code", "to_plan_code"), genre=None, device=None)

REBUFFERING = Query(
    """
    select
        sum(daily.buffering_seconds)::double
        / nullif(sum(daily.playing_seconds) + sum(daily.buffering_seconds), 0) as rebuffering_ratio,
        coalesce(sum(daily.sessions), 0)::bigint as sessions
    from marts.playback_quality_daily as daily
    where {filters}
    """,
    _QUALITY,
)

# Both ratios are sums divided once; a mean of daily ratios would weigh a quiet day like a busy one.
REBUFFERING_TREND = Query(
    """
    with days as (
        select
            daily.playback_date,
            sum(daily.buffering_seconds)::double as buffering,
            sum(daily.playing_seconds)::double as playing
        from marts.playback_quality_daily as daily
        where {filters}
        group by daily.playback_date
    ),

    weeks as (
        select
            days.playback_date,
            days.buffering,
            days.playing,
            sum(days.buffering) over (
                order by days.playback_date range between interval '6 days' preceding and current row
            ) as week_buffering,
            sum(days.playing) over (
                order by days.playback_date range between interval '6 days' preceding and current row
            ) as week_playing
        from days
    )

    select
        weeks.playback_date::varchar as day,
        weeks.buffering / nullif(weeks.playing + weeks.buffering, 0) as daily,
        weeks.week_buffering / nullif(weeks.week_playing + weeks.week_buffering, 0) as weekly
    from weeks
    order by weeks.playback_date
    """,
    _QUALITY,
)

SESSIONS_BY_RESOLUTION = Query(
    """
    select
        daily.resolution,
        sum(daily.sessions)::bigint as sessions,
        sum(daily.sessions)::double / sum(sum(daily.sessions)) over () as share
    from marts.playback_quality_daily as daily
    where {filters}
    group by daily.resolution
    having sum(daily.sessions) > 0
    order by
        case daily.resolution
            when 'SD' then 1
            when 'HD' then 2
            when 'Full HD' then 3
            when '4K' then 4
            else 5
        end,
        daily.resolution
    """,
    _QUALITY,
)

ACTIVE_USERS = Query(
    """
    select activity_date::varchar as day, dau, wau, mau
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
        select viewers.viewing_date, count(distinct viewers.user_id) as dau
        from marts.viewer_days as viewers
        where {filters}
        group by viewers.viewing_date
    )
    select days.activity_date::varchar as day, coalesce(active.dau, 0) as dau
    from marts.daily_active_users as days
    left join active on days.activity_date = active.viewing_date
    where days.activity_date between $first_day and $last_day
    order by days.activity_date
    """,
    Reach(day="viewing_date"),
)

TRANSITIONS = Query(
    """
    select
        moved.movement_type,
        sum(moved.events)::bigint as events,
        sum(moved.events)::double / sum(sum(moved.events)) over () as share
    from marts.subscription_movements as moved
    where {filters}
    group by moved.movement_type
    having sum(moved.events) > 0
    order by events desc, moved.movement_type
    """,
    _MOVEMENTS,
)

MOVEMENTS_OVER_TIME = Query(
    """
    with stepped as (
        select
            (
                case $step
                    when 'month' then date_trunc('month', moved.movement_date)
                    when 'week' then date_trunc('week', moved.movement_date)
                    else moved.movement_date
                end
            )::date as period_date,
            moved.movement_type,
            moved.events
        from marts.subscription_movements as moved
        where {filters} and moved.movement_type in $movements
    )
    select
        stepped.period_date::varchar as period,
        stepped.movement_type,
        sum(stepped.events)::bigint as events
    from stepped
    group by stepped.period_date, stepped.movement_type
    order by stepped.period_date, stepped.movement_type
    """,
    _MOVEMENTS,
)
