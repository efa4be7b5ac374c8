"""The marts of audience and content say what the service's own rows say, without any of the models' SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest

from tests.e2e import audience_reckoning, content_reckoning
from tests.e2e.changes import SECOND_DAY, Changes
from tests.e2e.service import Service
from tests.e2e.viewed import Mart, Viewed
from tests.support.cli import Home, Row

_RECKONINGS: dict[str, tuple[Callable[[Viewed], Mart], tuple[str, ...]]] = {
    "active_viewers_daily": (
        audience_reckoning.active_viewers_daily,
        ("activity_date", "breakdown", "breakdown_value"),
    ),
    "viewer_growth": (audience_reckoning.viewer_growth, ("period_type", "period_start_date")),
    "viewer_retention": (
        audience_reckoning.viewer_retention,
        ("period_type", "cohort_start_date", "periods_since"),
    ),
    "concurrent_plays_daily": (
        audience_reckoning.concurrent_plays_daily,
        ("playing_date", "breakdown", "breakdown_value"),
    ),
    "content_completion_daily": (
        content_reckoning.content_completion_daily,
        (
            "performance_date", "content_id", "country_code", "device_type", "plan_code",
            "completion_percent",
        ),
    ),
    "content_abandonment_curve": (
        content_reckoning.content_abandonment_curve,
        ("content_id", "completion_percent"),
    ),
    "content_completion": (content_reckoning.content_completion, ("content_id",)),
    "title_rankings": (
        content_reckoning.title_rankings,
        ("period_type", "period_start_date", "content_id"),
    ),
    "genre_rankings": (content_reckoning.genre_rankings, ("period_type", "period_start_date", "genre")),
    "originals_performance": (
        content_reckoning.originals_performance,
        ("period_type", "period_start_date", "is_original"),
    ),
    "catalogue_coverage": (
        content_reckoning.catalogue_coverage,
        ("period_type", "period_start_date"),
    ),
    "new_titles": (content_reckoning.new_titles, ("content_id",)),
    "series_progression": (content_reckoning.series_progression, ("episode_id",)),
    "series_binges_daily": (
        content_reckoning.series_binges_daily,
        ("viewing_date", "content_id", "country_code", "device_type", "plan_code"),
    ),
}  # fmt: skip
"""What reckons each mart, and the mart's grain."""


@dataclass(frozen=True)
class Told:
    """Hold what people watched, and what was published of it."""

    viewed: Viewed
    marts: dict[str, list[Row]]


@pytest.fixture(scope="module")
def first_day(first: Home, first_source: str) -> Told:
    """Give the first day."""
    return Told(Viewed(first_source, Service(first_source)), first.published_tables())


@pytest.fixture(scope="module")
def second_day(second: Home, first_source: str, changed: tuple[str, Changes]) -> Told:
    """Give the day after, with late and bad rows, and without a title that was there before."""
    url, changes = changed
    service = Service(url, Service(first_source), bad_sessions={changes.backwards, changes.orphan})
    removed = {changes.removed_title: date.fromisoformat(SECOND_DAY)}
    viewed = Viewed(url, service, bad_viewings={changes.follower}, removed=removed)
    return Told(viewed, second.published_tables())


@pytest.fixture(scope="module")
def other_data(other_seed: Home) -> Told:
    """Give a day of a service from another seed."""
    url = other_seed.source_url()
    return Told(Viewed(url, Service(url)), other_seed.published_tables())


@pytest.fixture(scope="module")
def third_data(third_seed: Home) -> Told:
    """Give a day of a service from a third seed."""
    url = third_seed.source_url()
    return Told(Viewed(url, Service(url)), third_seed.published_tables())


@pytest.fixture(params=["first_day", "second_day", "other_data", "third_data"])
def told(request: pytest.FixtureRequest) -> Told:
    """Give each source with its marts."""
    given: Told = request.getfixturevalue(request.param)
    return given


@pytest.mark.parametrize("mart", _RECKONINGS)
def test_every_row_of_a_mart_of_viewing_is_what_the_source_says(told: Told, mart: str) -> None:
    """Each mart has the rows that its grain asks for, no more, and each figure is exact, ratios included."""
    reckon, grain = _RECKONINGS[mart]
    expected = reckon(told.viewed)
    found = {tuple(row[name] for name in grain): row for row in told.marts[mart]}
    assert len(found) == len(told.marts[mart])
    assert found.keys() == expected.keys()
    columns = next(iter(found.values())).keys()
    assert {frozenset(figures) | set(grain) for figures in expected.values()} == {frozenset(columns)}
    wrong = [
        (key, name, found[key][name], figure)
        for key, figures in expected.items()
        for name, figure in figures.items()
        if found[key][name] != figure
    ]
    assert not wrong[:3]


def test_what_the_figures_tell_of_did_happen(first_day: Told) -> None:
    """The data has binges, resurrected and dormant viewers, cohorts that shrink, peaks and a long tail."""
    marts = first_day.marts
    assert any(row["binge_sessions"] for row in marts["series_binges_daily"])
    assert any(row["resurrected_viewers"] and row["dormant_viewers"] for row in marts["viewer_growth"])
    assert any(0 < row["retained_viewers"] < row["cohort_viewers"] for row in marts["viewer_retention"])
    assert any(row["peak_concurrent_plays"] > 2 for row in marts["concurrent_plays_daily"])
    assert any(row["continued_viewers"] for row in marts["series_progression"])
    assert any(row["tail_watch_seconds"] for row in marts["catalogue_coverage"])
    assert any(row["seconds_to_first_play"] for row in marts["new_titles"])
