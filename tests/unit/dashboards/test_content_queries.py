"""The figures of the page on content, against those reckoned by hand."""

from datetime import date

import pytest

from streamvision_web.filters import Filters
from streamvision_web.queries import content
from tests.unit.dashboards.conftest import Ask

ALL = Filters(date(2026, 1, 1), date(2026, 1, 4))


def chosen(**filters: tuple[str, ...]) -> Filters:
    """Return filters over all days."""
    return Filters(ALL.first_day, ALL.last_day, **filters)


@pytest.mark.parametrize(
    ("filters", "viewers"),
    [
        (ALL, 3),
        (Filters(date(2026, 1, 2), date(2026, 1, 4)), 2),
        (Filters(date(2026, 1, 3), date(2026, 1, 3)), 0),
        (chosen(countries=("FR",)), 1),
        (chosen(countries=("FR", "US")), 3),
        (chosen(plans=("basic", "premium")), 1),
        (chosen(genres=("Drama",)), 2),
        (chosen(countries=("US",), genres=("Comedy",)), 1),
        (chosen(countries=("US",), plans=("basic",)), 0),
    ],
)
def test_a_viewer_counts_once_under_any_filter(ask: Ask, filters: Filters, viewers: int) -> None:
    """User 1 watches on two days, with two plans, in two genres."""
    assert ask(content.UNIQUE_VIEWERS, filters) == [{"unique_viewers": viewers}]


def test_totals_are_summed_before_dividing(ask: Ask) -> None:
    """The completion rate is over the four valid sessions, not a mean of daily means."""
    (totals,) = ask(content.TOTALS, ALL)
    assert (totals["sessions"], totals["watch_seconds"]) == (6, 2020)
    assert totals["completion_rate"] == pytest.approx((0.5 + 1 + 0.25 + 0.95) / 4)


def test_a_rate_without_valid_sessions_is_null(ask: Ask) -> None:
    """Nothing to divide by is not a rate of zero."""
    (totals,) = ask(content.TOTALS, chosen(plans=("none",)))
    assert totals == {"sessions": 1, "watch_seconds": 20, "completion_rate": None}
    assert ask(content.TOTALS, chosen(countries=("SG",))) == [
        {"sessions": 0, "watch_seconds": 0, "completion_rate": None}
    ]
    assert ask(content.RATING, chosen(countries=("DE",))) == [{"ratings": 0, "average_rating": None}]


def test_the_average_rating_weighs_every_rating_alike(ask: Ask) -> None:
    """Two ratings with 15 points and one with 4."""
    assert ask(content.RATING, ALL) == [{"ratings": 3, "average_rating": pytest.approx(19 / 3)}]
    assert ask(content.RATING, chosen(plans=("basic",)))[0]["average_rating"] == 7.5


def test_every_country_comes_to_the_map(ask: Ask) -> None:
    """Countries without a session, and one with an attempt alone, have no number."""
    rows = ask(content.SESSIONS_BY_COUNTRY, ALL)
    assert {row["country_code"]: row["sessions"] for row in rows} == {
        "FR": 3, "US": 3, "DE": None, "SG": None,
    }  # fmt: skip
    assert sum(row["sessions"] or 0 for row in rows) == ask(content.TOTALS, ALL)[0]["sessions"]
    assert {row["fr"] for row in rows} == {"France", "États-Unis", "Allemagne", "Singapour"}


def test_watch_time_by_genre_is_in_falling_order(ask: Ask) -> None:
    """A genre without a session under the filter is left out."""
    assert ask(content.WATCH_TIME_BY_GENRE, ALL) == [
        {"genre": "Drama", "watch_seconds": 1900, "sessions": 4},
        {"genre": "Comedy", "watch_seconds": 120, "sessions": 2},
    ]
    rows = ask(content.WATCH_TIME_BY_GENRE, chosen(countries=("DE",)))
    assert rows == []


def test_the_devices_shares_make_one(ask: Ask) -> None:
    """Four of six sessions ran on a television."""
    rows = ask(content.SESSIONS_BY_DEVICE, ALL)
    assert [(row["device_type"], row["sessions"]) for row in rows] == [
        ("tv", 4),
        ("desktop", 1),
        ("mobile", 1),
    ]
    assert rows[0]["share"] == pytest.approx(4 / 6)
    assert sum(row["share"] for row in rows) == pytest.approx(1)


def test_titles_of_one_name_stay_apart(ask: Ask) -> None:
    """Their number tells them apart; a name that is alone stays as it is."""
    rows = ask(content.WATCH_TIME_BY_TITLE, ALL, search="", top=15)
    assert [(row["title"], row["watch_seconds"]) for row in rows] == [
        ("Twin (#12)", 1000), ("Élan", 900), ("Twin (#11)", 120),
    ]  # fmt: skip
    assert len(ask(content.WATCH_TIME_BY_TITLE, ALL, search="", top=2)) == 2


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("elan", ["Élan"]),
        ("ÉLA", ["Élan"]),
        ("100%_s", ["100%_sure"]),
        ("%", ["100%_sure"]),
        ("_", ["100%_sure"]),
        ("'; drop table marts.plans; --", []),
    ],
)
def test_a_search_finds_what_was_typed(ask: Ask, search: str, found: list[str]) -> None:
    """Case and accents apart; no character is a wildcard, and none ends the text."""
    assert [row["title"] for row in ask(content.TITLES, ALL, search=search, top=10)] == found
    assert ask(content.RATING, ALL)[0]["ratings"] == 3


def test_the_table_holds_titles_that_were_seen_or_rated(ask: Ask) -> None:
    """One that was rated and not seen has no completion rate, one that was not rated no rating."""
    rows = {
        row["title"]: row
        for row in ask(content.TITLES, chosen(genres=("Drama", "Comedy")), search="", top=10)
    }
    assert set(rows) == {"Élan", "Twin", "100%_sure"}
    assert rows["Élan"]["average_rating"] == 7.5
    assert rows["Élan"]["completion_rate"] == pytest.approx(0.75)
    assert rows["Élan"]["completed_share"] == pytest.approx(0.5)
    assert rows["100%_sure"]["completion_rate"] is None
    assert rows["Twin"]["average_rating"] is None


def test_the_table_says_how_many_titles_there_are_beyond_its_limit(ask: Ask) -> None:
    """The page tells the reader what it leaves out."""
    (row,) = ask(content.TITLES, ALL, search="", top=1)
    assert row["found"] == 4
