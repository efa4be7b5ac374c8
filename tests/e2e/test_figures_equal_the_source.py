"""The published marts say what the service's own rows say, reckoned without any of the models' SQL."""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction

import pytest

from tests.e2e import reckoning
from tests.e2e.changes import Changes
from tests.e2e.reckoning import Figures, Mart, grouped, viewers
from tests.e2e.service import Attempt, Service
from tests.support.cli import Home, Row

KEYS: dict[str, tuple[str, ...]] = {
    "content_performance": ("content_id",),
    "content_performance_daily": (
        "performance_date", "content_id", "country_code", "device_type", "plan_code",
    ),
    "content_ratings_daily": ("rating_date", "content_id", "country_code", "plan_code"),
    "content_scores_daily": ("rating_date", "content_id", "country_code", "plan_code", "score"),
    "viewer_days": ("viewing_date", "user_id", "country_code", "plan_code", "genre", "device_type"),
    "daily_active_users": ("activity_date",),
    "subscription_movements": (
        "movement_date", "country_code", "movement_type", "from_plan_code", "to_plan_code",
    ),
    "playback_quality_daily": (
        "playback_date", "device_type", "resolution", "country_code", "plan_code", "genre",
    ),
}  # fmt: skip
"""The grain of each mart that counts."""


@dataclass(frozen=True)
class Published:
    """Hold a source and what was published from it."""

    service: Service
    marts: dict[str, list[Row]]

    def viewers_by(self, *columns: str) -> dict[tuple[Hashable, ...], int]:
        """Count distinct viewers as the dashboards do, from the mart viewer_days."""
        groups = grouped(self.marts["viewer_days"], lambda row: tuple(row[column] for column in columns))
        return {key: len({row["user_id"] for row in rows}) for key, rows in groups.items()}

    def total(self, mart: str, column: str, *columns: str) -> dict[tuple[Hashable, ...], Fraction]:
        """Sum a mart's column, for each value of the columns given, as the dashboards do."""
        groups = grouped(self.marts[mart], lambda row: tuple(row[name] for name in columns))
        return {
            key: sum((Fraction(row[column]) for row in rows), Fraction(0)) for key, rows in groups.items()
        }


@pytest.fixture(scope="module")
def first_day(first: Home, first_source: str) -> Published:
    """Give the first day."""
    return Published(Service(first_source), first.published_tables())


@pytest.fixture(scope="module")
def second_day(second: Home, changed: tuple[str, Changes], first_day: Published) -> Published:
    """Give the day after, on which a title left the catalogue and bad rows came, among other changes."""
    url, changes = changed
    service = Service(url, first_day.service, bad_sessions={changes.backwards, changes.orphan})
    return Published(service, second.published_tables())


@pytest.fixture(scope="module")
def other_data(other_seed: Home) -> Published:
    """Give a day of a service from another seed."""
    return Published(Service(other_seed.source_url()), other_seed.published_tables())


@pytest.fixture(params=["first_day", "second_day", "other_data"])
def published(request: pytest.FixtureRequest) -> Published:
    """Give each source with its marts."""
    given: Published = request.getfixturevalue(request.param)
    return given


@pytest.mark.parametrize("mart", KEYS)
def test_every_row_of_a_mart_is_what_the_source_says(published: Published, mart: str) -> None:
    """Each mart has the rows that its grain asks for, no more, and each figure is exact."""
    reckon: Callable[[Service], Mart] = getattr(reckoning, mart)
    expected = reckon(published.service)
    found = {tuple(row[key] for key in KEYS[mart]): row for row in published.marts[mart]}
    assert len(found) == len(published.marts[mart])
    assert found.keys() == expected.keys()
    wrong = [(key, found[key], figures) for key, figures in expected.items() if not says(found[key], figures)]
    assert not wrong[:3]


def test_unique_viewers_are_the_distinct_users_with_a_play(published: Published) -> None:
    """The figure on the first page is the number of users who saw at least one first frame."""
    assert published.viewers_by() == {(): viewers(published.service.plays)}
    assert viewers(published.service.plays) < viewers(published.service.attempts)


@pytest.mark.parametrize(
    ("column", "of_the_play"),
    [
        ("country_code", lambda play: play.row["country"]),
        ("plan_code", lambda play: play.plan),
        ("genre", lambda play: play.title["genre"]),
        ("viewing_date", lambda play: play.day),
        ("device_type", lambda play: play.row["device_type"]),
    ],
)
def test_unique_viewers_under_a_filter_are_counted_anew(
    published: Published, column: str, of_the_play: Callable[[Attempt], Hashable]
) -> None:
    """Viewers per country, plan, genre, day and device are those of the source, though they do not add up."""
    groups = grouped(published.service.plays, lambda play: (of_the_play(play),))
    assert published.viewers_by(column) == {key: viewers(plays) for key, plays in groups.items()}


def test_unique_viewers_under_two_filters_are_counted_anew(published: Published) -> None:
    """Filters can be combined: viewers per country and genre are those of the source."""
    groups = grouped(published.service.plays, lambda play: (play.row["country"], play.title["genre"]))
    expected = {key: viewers(plays) for key, plays in groups.items()}
    assert published.viewers_by("country_code", "genre") == expected


@pytest.mark.parametrize("mart", ["content_performance_daily", "viewer_days", "playback_quality_daily"])
def test_the_map_shows_the_sessions_of_each_country(published: Published, mart: str) -> None:
    """Whatever mart a map reads, a country's sessions are the plays that the source has there."""
    groups = grouped(published.service.plays, lambda play: (play.row["country"],))
    expected = {key: len(plays) for key, plays in groups.items()}
    found = published.total(mart, "sessions", "country_code")
    assert {key: sessions for key, sessions in found.items() if sessions} == expected


@pytest.mark.parametrize(
    ("mart", "column"),
    [
        (mart, column)
        for column, marts in {
            "sessions": (
                "content_performance", "content_performance_daily", "viewer_days", "playback_quality_daily",
            ),
            "attempts": ("content_performance", "content_performance_daily", "playback_quality_daily"),
            "watch_seconds": ("content_performance", "content_performance_daily", "viewer_days"),
            "playing_seconds": ("playback_quality_daily",),
        }.items()
        for mart in marts
    ],
)  # fmt: skip
def test_the_sum_of_a_mart_is_the_sum_of_the_source(published: Published, mart: str, column: str) -> None:
    """Nothing is lost or doubled on the way from the source's rows to a mart's sums."""
    expected = {
        "sessions": len(published.service.plays),
        "attempts": len(published.service.attempts),
        "watch_seconds": sum(attempt.watched for attempt in published.service.attempts),
        "playing_seconds": sum(attempt.watched for attempt in published.service.attempts),
    }[column]
    assert published.total(mart, column) == {(): expected}


@pytest.mark.parametrize(
    ("column", "of_the_play"),
    [
        ("genre", lambda play: play.title["genre"]),
        ("content_id", lambda play: play.row["content_id"]),
        ("device_type", lambda play: play.row["device_type"]),
    ],
)
def test_watch_time_by_genre_title_and_device_is_the_sources(
    published: Published, column: str, of_the_play: Callable[[Attempt], Hashable]
) -> None:
    """The bars of watch time are as long as the source says."""
    groups = grouped(published.service.plays, lambda play: (of_the_play(play),))
    expected = {key: sum(play.watched for play in plays) for key, plays in groups.items()}
    found = published.total("content_performance_daily", "watch_seconds", column)
    assert {key: seconds for key, seconds in found.items() if seconds} == {
        key: seconds for key, seconds in expected.items() if seconds
    }


@pytest.mark.parametrize("columns", [("device_type",), ("resolution",), ("playback_date",)])
def test_playback_quality_adds_up_to_the_sources_at_coarser_grains(
    published: Published, columns: tuple[str, ...]
) -> None:
    """Stored with numerator and denominator, the quality of a day, device or resolution is the source's."""
    names = {"device_type": "device_type", "resolution": "resolution"}
    groups = grouped(
        published.service.attempts,
        lambda attempt: tuple(
            attempt.row[names[column]] if column in names else attempt.day for column in columns
        ),
    )
    for column in ("buffering_seconds", "playing_seconds", "bitrate_kbps_seconds", "good_sessions"):
        found = published.total("playback_quality_daily", column, *columns)
        assert found == {key: reckoning.quality_of(rows)[column] for key, rows in groups.items()}


def test_subscription_movements_by_type_and_plans_are_the_sources(published: Published) -> None:
    """The donut's slices are the service's events, and the MRR they move is that of their plans' prices."""
    groups = grouped(
        published.service.movements,
        lambda movement: (movement.row["event_type"], movement.from_plan, movement.to_plan),
    )
    columns = ("movement_type", "from_plan_code", "to_plan_code")
    assert published.total("subscription_movements", "events", *columns) == {
        key: len(movements) for key, movements in groups.items()
    }
    assert published.total("subscription_movements", "mrr_change_cents", *columns) == {
        key: sum(movement.mrr_change for movement in movements) for key, movements in groups.items()
    }
    assert any(movement.to_plan == "premium_annual" for movement in published.service.movements)


def test_the_plan_of_each_session_is_the_one_held_when_it_began(first: Home, first_day: Published) -> None:
    """The fact has the plan that walking the user's events gives, not the plan that the user has today."""
    facts = first.published_tables("core")["fct_viewing_sessions"]
    found = {row["session_id"]: row["plan_code"] for row in facts}
    assert found == {attempt.row["id"]: attempt.plan for attempt in first_day.service.attempts}
    today = {user["id"]: user["subscription_plan"] for user in first_day.service.users.values()}
    assert any(attempt.plan != today[attempt.row["user_id"]] for attempt in first_day.service.attempts)


def test_plans_and_titles_are_described_as_in_the_source(published: Published) -> None:
    """What the filters and labels show comes from the source, with annual prices as a twelfth."""
    service = published.service
    assert {row["plan_code"]: Fraction(row["monthly_price_cents"]) for row in published.marts["plans"]} == {
        plan["code"]: service.monthly_price(key) for key, plan in service.plans.items()
    }
    labels = ("title", "content_type", "genre", "subgenre", "release_year", "is_original")
    assert {
        row["content_id"]: tuple(row[label] for label in labels)
        for row in published.marts["content_performance"]
    } == {key: tuple(title[label] for label in labels) for key, title in service.titles.items()}


def says(row: Row, figures: Figures) -> bool:
    """Tell whether a mart's row has the figures: exact ones exactly, doubles to their last digits."""
    return all(_is(row[name], expected) for name, expected in figures.items())


def _is(found: object, expected: Fraction | int | None) -> bool:
    if isinstance(found, float) and expected is not None:
        return math.isclose(found, expected, rel_tol=1e-14)
    return found == expected
