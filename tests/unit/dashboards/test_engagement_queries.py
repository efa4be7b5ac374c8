"""The figures of the page on subscriptions and engagement, against those reckoned by hand."""

from datetime import date

import pytest

from streamvision_web.filters import Filters
from streamvision_web.queries import choices, engagement, quality, subscriptions
from tests.unit.dashboards.conftest import Ask

ALL = Filters(date(2026, 1, 1), date(2026, 1, 4))


def chosen(**filters: tuple[str, ...]) -> Filters:
    """Return filters over all days."""
    return Filters(ALL.first_day, ALL.last_day, **filters)


def test_the_rebuffering_ratio_is_of_sums(ask: Ask) -> None:
    """8.4 seconds of buffering beside 2,020 of playing."""
    (row,) = ask(quality.REBUFFERING, ALL)
    assert row["rebuffering_ratio"] == pytest.approx(8.4 / 2028.4)
    assert row["sessions"] == 6


def test_a_ratio_without_playing_time_is_null(ask: Ask) -> None:
    """An attempt that never started says nothing on buffering."""
    (row,) = ask(quality.REBUFFERING, chosen(countries=("DE",)))
    assert (row["rebuffering_ratio"], row["sessions"]) == (None, 0)


def test_the_trend_looks_back_over_seven_days_of_sums(ask: Ask) -> None:
    """A day without playing time is a gap in the daily line, not in the other."""
    rows = ask(quality.REBUFFERING_TREND, ALL)
    assert [row["day"] for row in rows] == ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]
    assert [row["daily"] for row in rows] == [
        pytest.approx(2.4 / 1602.4), pytest.approx(6 / 406), None, 0,
    ]  # fmt: skip
    assert [row["weekly"] for row in rows] == [
        pytest.approx(2.4 / 1602.4), pytest.approx(8.4 / 2008.4), pytest.approx(8.4 / 2008.4),
        pytest.approx(8.4 / 2028.4),
    ]  # fmt: skip


def test_unfiltered_active_users_are_those_of_the_mart(ask: Ask) -> None:
    """With their windows of 7 and 28 days."""
    rows = ask(engagement.ACTIVE_USERS, Filters(date(2026, 1, 3), date(2026, 1, 4)))
    assert rows == [
        {"day": "2026-01-03", "dau": 0, "wau": 2, "mau": 2},
        {"day": "2026-01-04", "dau": 1, "wau": 3, "mau": 3},
    ]


@pytest.mark.parametrize(
    ("filters", "users"),
    [
        (ALL, [2, 1, 0, 1]),
        (chosen(countries=("FR",)), [1, 1, 0, 0]),
        (chosen(genres=("Drama",)), [2, 1, 0, 0]),
    ],
)
def test_filtered_active_users_are_counted_distinctly_on_every_day(
    ask: Ask, filters: Filters, users: list[int]
) -> None:
    """User 1 has two rows on the second day; a day without viewers is a zero."""
    assert [row["dau"] for row in ask(engagement.ACTIVE_USERS_FILTERED, filters)] == users


@pytest.mark.parametrize(
    ("filters", "events"),
    [
        (ALL, {"renewal": 5, "upgrade": 2, "cancellation": 1, "reactivation": 1}),
        (chosen(plans=("premium",)), {"upgrade": 2}),
        (chosen(plans=("basic",)), {"upgrade": 2}),
        (chosen(plans=("free",)), {"renewal": 5, "cancellation": 1, "reactivation": 1}),
        (chosen(genres=("Comedy",)), {"renewal": 5, "upgrade": 2, "cancellation": 1, "reactivation": 1}),
        (chosen(countries=("DE",)), {}),
    ],
)
def test_a_movement_counts_by_either_of_its_plans(ask: Ask, filters: Filters, events: dict[str, int]) -> None:
    """A start has none before, a cancellation none after; no movement has a genre."""
    rows = ask(subscriptions.TRANSITIONS, filters)
    assert {row["movement_type"]: row["events"] for row in rows} == events


def test_movements_are_summed_by_the_step_asked_for(ask: Ask) -> None:
    """Only those of the kinds chosen."""
    filters = Filters(date(2025, 12, 1), date(2026, 1, 4))
    rows = ask(subscriptions.MOVEMENTS_OVER_TIME, filters, step="month", movements=["start", "renewal"])
    assert rows == [
        {"period": "2025-12-01", "movement_type": "start", "events": 1},
        {"period": "2026-01-01", "movement_type": "renewal", "events": 5},
    ]
    weeks = ask(subscriptions.MOVEMENTS_OVER_TIME, filters, step="week", movements=["upgrade"])
    assert [row["period"] for row in weeks] == ["2025-12-29"]


def test_the_days_to_choose_begin_with_the_first_subscription(ask: Ask) -> None:
    """What is shown at first begins with the first session."""
    assert ask(choices.DAYS) == [
        {"earliest": date(2025, 12, 15), "first_day": date(2026, 1, 1), "last_day": date(2026, 1, 4)}
    ]


def test_what_can_be_chosen_is_what_the_marts_hold(ask: Ask) -> None:
    """Plans by their rank, and sessions without a plan last."""
    assert [row["code"] for row in ask(choices.PLANS)] == ["free", "basic", "premium", "none"]
    assert {row["code"]: row["fr"] for row in ask(choices.COUNTRIES)} == {
        "FR": "France", "US": "États-Unis", "DE": "Allemagne",
    }  # fmt: skip
    assert {row["code"] for row in ask(choices.GENRES)} == {"Drama", "Comedy", "Nature"}
