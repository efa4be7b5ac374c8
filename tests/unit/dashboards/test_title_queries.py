"""The figures of one title, and of the long tail of all, against those reckoned by hand."""

from datetime import date

import pytest

from streamvision_web.filters import Filters
from streamvision_web.queries import content, title
from tests.unit.dashboards.conftest import Ask

ALL = Filters(date(2026, 1, 1), date(2026, 1, 4))
ELAN = 10


def chosen(**filters: tuple[str, ...]) -> Filters:
    """Return filters over all days."""
    return Filters(ALL.first_day, ALL.last_day, **filters)


def test_a_title_has_its_own_totals(ask: Ask) -> None:
    """Those of the page on content, over its rows alone."""
    (totals,) = ask(content.TOTALS.of_title(), ALL, content_id=ELAN)
    assert totals == {"sessions": 2, "watch_seconds": 900, "completion_rate": pytest.approx(0.75)}
    (rating,) = ask(content.RATING.of_title(), ALL, content_id=ELAN)
    assert rating == {"ratings": 2, "average_rating": 7.5}


def test_the_filter_of_genres_does_not_reach_a_title(ask: Ask) -> None:
    """It has one genre, and would vanish under any other; the page says so."""
    query = content.TOTALS.of_title()
    assert ask(query, chosen(genres=("Comedy",)), content_id=ELAN)[0]["sessions"] == 2
    assert query.missed(chosen(genres=("Comedy",))) == ("genres",)


def test_a_titles_countries_are_those_where_it_was_watched(ask: Ask) -> None:
    """The others come without a number."""
    rows = ask(content.SESSIONS_BY_COUNTRY.of_title(), ALL, content_id=ELAN)
    assert {row["country_code"]: row["sessions"] for row in rows if row["sessions"]} == {"FR": 2}


def test_a_titles_days_are_in_order(ask: Ask) -> None:
    """A day with an attempt alone has no watch time."""
    rows = ask(title.WATCH_TIME_BY_DAY, ALL, content_id=ELAN)
    assert [(row["day"], row["watch_seconds"], row["sessions"]) for row in rows] == [
        ("2026-01-01", 600, 1), ("2026-01-02", 300, 1), ("2026-01-03", 0, 0),
    ]  # fmt: skip


def test_scores_are_counted_one_by_one(ask: Ask) -> None:
    """Their sum is that of the ratings; no device is known of who rates."""
    assert ask(title.SCORES, ALL, content_id=ELAN) == [{"score": 7, "ratings": 1}, {"score": 8, "ratings": 1}]
    assert title.SCORES.missed(chosen(devices=("tv",))) == ("devices",)


def test_episodes_come_in_their_order(ask: Ask) -> None:
    """The last one has none to go on to."""
    rows = ask(title.EPISODES, content_id=12)
    assert [(row["episode_title"], row["reach_rate"], row["continuation_rate"]) for row in rows] == [
        ("First", 1.0, 0.25), ("Second", 0.25, None),
    ]  # fmt: skip


def test_a_title_that_is_not_there_has_no_row(ask: Ask) -> None:
    """The page then says that there is none of that number."""
    assert ask(title.TITLE, content_id=999) == []


def test_the_long_tail_is_one_of_the_whole_catalogue(ask: Ask) -> None:
    """Of five titles one is the head, with 1,000 of 2,020 seconds; two were watched by nobody."""
    rows = ask(content.LONG_TAIL, ALL)
    assert [(row["title_percent"], row["place"]) for row in rows] == [
        (20, 1), (40, 2), (60, 3), (80, 4), (100, 5),
    ]  # fmt: skip
    assert [row["watch_share"] for row in rows] == [
        pytest.approx(share / 2020) for share in (1000, 1900, 2020, 2020, 2020)
    ]
    assert [row["tail_share"] for row in rows] == [pytest.approx(1020 / 2020)] * 5


def test_the_long_tail_follows_the_filters(ask: Ask) -> None:
    """Of the two titles of a genre in a country, the head is one; where nobody watched, there is no tail."""
    rows = ask(content.LONG_TAIL, chosen(genres=("Drama",), countries=("FR",)))
    assert [(row["place"], row["titles"], row["watch_share"]) for row in rows] == [(1, 2, 1.0), (2, 2, 1.0)]
    assert ask(content.LONG_TAIL, chosen(countries=("SG",))) == []


def test_plays_are_counted_at_the_percent_where_they_ended(ask: Ask) -> None:
    """Of the title and of all."""
    rows = ask(content.ENDED_AT_PERCENT, ALL, content_id=ELAN)
    assert {row["percent"]: (row["chosen"], row["everything"]) for row in rows} == {
        0: (0, 2), 25: (0, 1), 50: (1, 1), 95: (0, 1), 100: (1, 1),
    }  # fmt: skip


def test_titles_to_choose_have_names_that_tell_them_apart(ask: Ask) -> None:
    """Those watched most come first."""
    rows = ask(content.CHOICES_OF_TITLES, top=3)
    assert [row["title"] for row in rows] == ["Twin (#12)", "Élan", "Twin (#11)"]
