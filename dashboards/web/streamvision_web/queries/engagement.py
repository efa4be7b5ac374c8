"""Queries on who comes back, of the page on subscriptions and engagement."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

ACTIVE_USERS = Query(
    """
    select activity_date::varchar as day, dau, wau, mau
    from marts.daily_active_users
    where {filters}
    order by activity_date
    """,
    Reach(day="activity_date", country=None, plans=(), genre=None, device=None),
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

# One country, plan, genre or device alone: its windows are stored, so that nothing is summed.
ACTIVE_USERS_OF_ONE = Query(
    """
    select viewers.activity_date::varchar as day, viewers.dau, viewers.wau, viewers.mau
    from marts.active_viewers_daily as viewers
    where {filters} and viewers.breakdown = $breakdown and viewers.breakdown_value = $value
    order by viewers.activity_date
    """,
    Reach(day="activity_date", country=None, plans=(), genre=None, device=None),
)

RETENTION = Query(
    """
    select
        cohorts.cohort_start_date::varchar as cohort,
        cohorts.periods_since::bigint as periods_since,
        cohorts.cohort_viewers as members,
        cohorts.retained_viewers as kept,
        cohorts.retention_rate as rate,
        cohorts.is_whole_period as is_whole
    from marts.viewer_retention as cohorts
    where {filters} and cohorts.period_type = $period and cohorts.periods_since <= $furthest
    order by cohorts.cohort_start_date, cohorts.periods_since
    """,
    Reach(day="cohort_start_date", country=None, plans=(), genre=None, device=None),
)
