"""The figures on subscriptions and cohorts, against those reckoned by hand."""

from datetime import date
from decimal import Decimal

import pytest

from streamvision_web.figures_engagement import balances
from streamvision_web.filters import Filters
from streamvision_web.queries import engagement, subscriptions
from tests.unit.dashboards.conftest import Ask

JANUARY = Filters(date(2026, 1, 1), date(2026, 1, 4))


def test_the_waterfall_goes_from_the_first_day_to_the_last(ask: Ask) -> None:
    """What moved before is in the start; a fraction of a cent is not lost."""
    (row,) = ask(subscriptions.MRR_WATERFALL, JANUARY)
    assert row["mrr_at_start_cents"] == Decimal(3799)
    assert row["new_mrr_cents"] == Decimal("1299.75")
    assert row["involuntary_churn_mrr_cents"] == Decimal(1299)
    assert row["mrr_at_end_cents"] == Decimal(4200)
    assert row["payers_at_end"] == 5
    assert balances(row)


def test_the_waterfall_of_a_country_balances_too(ask: Ask) -> None:
    """Also where days before the data began are chosen, and where there are none."""
    (france,) = ask(subscriptions.MRR_WATERFALL, Filters(date(2025, 1, 1), date(2026, 1, 4), ("FR",)))
    assert (france["mrr_at_start_cents"], france["mrr_at_end_cents"]) == (0, Decimal("1299.25"))
    assert balances(france)
    (none,) = ask(subscriptions.MRR_WATERFALL, Filters(date(2024, 1, 1), date(2024, 1, 4)))
    assert (none["days"], none["mrr_at_end_cents"]) == (0, None)


def test_a_waterfall_that_does_not_balance_is_known() -> None:
    """By however little."""
    exact = dict.fromkeys(
        (
            "new_mrr_cents", "expansion_mrr_cents", "reactivation_mrr_cents", "contraction_mrr_cents",
            "voluntary_churn_mrr_cents", "involuntary_churn_mrr_cents",
        ),
        Decimal(1),
    ) | {"mrr_at_start_cents": Decimal(5), "mrr_at_end_cents": Decimal(5)}  # fmt: skip
    assert balances(exact)
    assert not balances(exact | {"mrr_at_end_cents": Decimal("5.0001")})


def test_churn_is_told_of_months_that_are_over_and_wholly_shown(ask: Ask) -> None:
    """January has begun only, and would show a rate that is still to grow."""
    months = Filters(date(2025, 11, 2), date(2026, 1, 4))
    (row,) = ask(subscriptions.CHURN, months)
    assert (row["payers_at_start"], row["churn_rate"]) == (14, pytest.approx(3 / 14))
    assert ask(subscriptions.CHURN, Filters(date(2025, 12, 1), date(2025, 12, 30)))[0]["churn_rate"] is None


def test_churn_by_plan_tells_why(ask: Ask) -> None:
    """Plans by their rank; sums over months, divided once."""
    rows = ask(subscriptions.CHURN_BY_PLAN, Filters(date(2025, 11, 1), date(2026, 1, 4)))
    assert [(row["plan_name"], row["voluntarily_lost"], row["involuntarily_lost"]) for row in rows] == [
        ("Basic", 2, 1), ("Premium", 0, 1),
    ]  # fmt: skip
    assert rows[0]["voluntary_rate"] == pytest.approx(2 / 20)


def test_payer_cohorts_are_summed_over_countries_before_dividing(ask: Ask) -> None:
    """And a month that is not over is told as such."""
    rows = ask(subscriptions.PAYER_COHORTS, Filters(date(2025, 12, 1), date(2026, 1, 4)))
    assert [(row["periods_since"], row["members"], row["kept"], row["is_whole"]) for row in rows] == [
        (0, 10, 9, True), (1, 10, 6, False),
    ]  # fmt: skip


def test_the_matrix_has_a_place_for_those_without_a_plan(ask: Ask) -> None:
    """Before a return, and after an end."""
    rows = ask(subscriptions.TRANSITION_MATRIX, JANUARY)
    assert {(row["from_plan"], row["to_plan"]): row["events"] for row in rows} == {
        ("", "free"): 1, ("basic", "premium"): 2, ("free", ""): 1, ("free", "free"): 5,
    }  # fmt: skip


def test_one_country_alone_has_its_windows(ask: Ask) -> None:
    """As the mart holds them, on the days shown."""
    rows = ask(engagement.ACTIVE_USERS_OF_ONE, JANUARY, breakdown="country", value="FR")
    assert [(row["day"], row["dau"], row["wau"]) for row in rows] == [
        ("2026-01-01", 1, 1), ("2026-01-02", 1, 1), ("2026-01-04", 0, 1),
    ]  # fmt: skip


def test_cohorts_are_those_that_began_in_the_days_shown(ask: Ask) -> None:
    """Of one kind of period, and no further than asked for."""
    rows = ask(engagement.RETENTION, JANUARY, period="month", furthest=24)
    assert [(row["periods_since"], row["members"], row["kept"]) for row in rows] == [(0, 4, 4), (1, 4, 1)]
    assert len(ask(engagement.RETENTION, JANUARY, period="month", furthest=0)) == 1
    assert ask(engagement.RETENTION, JANUARY, period="week", furthest=24) == []
