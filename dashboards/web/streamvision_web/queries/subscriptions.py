"""Queries on subscriptions and what they bring in, of the page on subscriptions and engagement."""

from streamvision_web.filters import Reach
from streamvision_web.queries import Query

# A movement has a plan before and a plan after, no genre and no device.
_MOVEMENTS = Reach(day="movement_date", plans=("from_plan_code", "to_plan_code"), genre=None, device=None)
_BALANCE = Reach(day="balance_date", plans=(), genre=None, device=None)
_RETENTION = Reach(day="month_start_date", genre=None, device=None)
_COHORTS = Reach(day="cohort_month", plans=(), genre=None, device=None)

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

# The diagonal holds the renewals; no plan before is a start or a return, none after an end.
TRANSITION_MATRIX = Query(
    """
    select
        coalesce(moved.from_plan_code, '') as from_plan,
        coalesce(moved.to_plan_code, '') as to_plan,
        sum(moved.events)::bigint as events
    from marts.subscription_movements as moved
    where {filters}
    group by moved.from_plan_code, moved.to_plan_code
    having sum(moved.events) > 0
    order by from_plan, to_plan
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

# The start is that of the first day that is there, the end that of the last; in between, movements add up.
MRR_WATERFALL = Query(
    """
    with days as (
        select balance.* from marts.subscription_balance_daily as balance where {filters}
    ),

    ends as (
        select min(days.balance_date) as first_date, max(days.balance_date) as last_date from days
    )

    select
        count(*)::bigint as days,
        min(ends.first_date)::varchar as first_day,
        max(ends.last_date)::varchar as last_day,
        sum(case when days.balance_date = ends.first_date then days.mrr_at_start_cents else 0 end)
        ::decimal(24, 4) as mrr_at_start_cents,
        sum(days.new_mrr_cents)::decimal(24, 4) as new_mrr_cents,
        sum(days.expansion_mrr_cents)::decimal(24, 4) as expansion_mrr_cents,
        sum(days.reactivation_mrr_cents)::decimal(24, 4) as reactivation_mrr_cents,
        sum(days.contraction_mrr_cents)::decimal(24, 4) as contraction_mrr_cents,
        sum(days.voluntary_churn_mrr_cents)::decimal(24, 4) as voluntary_churn_mrr_cents,
        sum(days.involuntary_churn_mrr_cents)::decimal(24, 4) as involuntary_churn_mrr_cents,
        sum(case when days.balance_date = ends.last_date then days.mrr_at_end_cents else 0 end)
        ::decimal(24, 4) as mrr_at_end_cents,
        sum(case when days.balance_date = ends.last_date then days.payers_at_end else 0 end)
        ::bigint as payers_at_end
    from days
    cross join ends
    """,
    _BALANCE,
)

# Months that are over and lie whole within the days: of one that goes on, fewer have left yet.
CHURN = Query(
    """
    select
        coalesce(sum(months.payers_at_start), 0)::bigint as payers_at_start,
        sum(months.voluntarily_lost_payers + months.involuntarily_lost_payers)::double
        / nullif(sum(months.payers_at_start), 0) as churn_rate
    from marts.revenue_retention_monthly as months
    where
        {filters}
        and months.counted_to_date = last_day(months.month_start_date)
        and months.counted_to_date <= $last_day
    """,
    _RETENTION,
)

CHURN_BY_PLAN = Query(
    """
    with lost as (
        select
            months.plan_code,
            sum(months.payers_at_start)::bigint as payers_at_start,
            sum(months.voluntarily_lost_payers)::bigint as voluntarily_lost,
            sum(months.involuntarily_lost_payers)::bigint as involuntarily_lost
        from marts.revenue_retention_monthly as months
        where
            {filters}
            and months.counted_to_date = last_day(months.month_start_date)
            and months.counted_to_date <= $last_day
        group by months.plan_code
    )

    select
        lost.plan_code,
        coalesce(plans.plan_name, lost.plan_code) as plan_name,
        lost.payers_at_start,
        lost.voluntarily_lost,
        lost.involuntarily_lost,
        lost.voluntarily_lost::double / lost.payers_at_start as voluntary_rate,
        lost.involuntarily_lost::double / lost.payers_at_start as involuntary_rate
    from lost
    left join marts.plans on lost.plan_code = plans.plan_code
    where lost.payers_at_start > 0
    order by plans.plan_rank nulls last, lost.plan_code
    """,
    _RETENTION,
)

PAYER_COHORTS = Query(
    """
    select
        cohorts.cohort_month::varchar as cohort,
        cohorts.months_since::bigint as periods_since,
        sum(cohorts.cohort_payers)::bigint as members,
        sum(cohorts.payers_at_end)::bigint as kept,
        sum(cohorts.payers_at_end)::double / nullif(sum(cohorts.cohort_payers), 0) as rate,
        min(cohorts.counted_to_date) = last_day(min(cohorts.counted_to_date)) as is_whole
    from marts.payer_cohorts_monthly as cohorts
    where {filters}
    group by cohorts.cohort_month, cohorts.months_since
    order by cohorts.cohort_month, cohorts.months_since
    """,
    _COHORTS,
)
