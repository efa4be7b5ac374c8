"""The marts of playback, subscriptions and search say what the service's own rows say, at full grain."""

import math
import shutil
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import pytest

from tests.e2e import playback_reckoning, search_reckoning, subscription_reckoning
from tests.e2e.changes import Changes
from tests.e2e.conftest import new_database
from tests.e2e.homes import external
from tests.e2e.planted import PLANTED_DAY, STORIES, plant
from tests.e2e.reckoning import Figures, Mart
from tests.e2e.search_reckoning import Search, searches_of
from tests.e2e.service import Service
from tests.support.cli import Home, Row, new_folder

KEYS: Mapping[str, tuple[str, ...]] = {
    "playback_experience_daily": ("playback_date", "breakdown", "member"),
    "playback_errors_daily": ("playback_date", "error_code", "country_code", "device_type"),
    "playback_outliers": ("playback_date", "breakdown", "member", "metric"),
    "subscription_balance_daily": ("balance_date", "country_code"),
    "plan_subscribers_daily": ("balance_date", "country_code", "plan_code"),
    "revenue_retention_monthly": ("month_start_date", "country_code", "plan_code"),
    "payer_cohorts_monthly": ("cohort_month", "country_code", "months_since"),
    "free_plan_conversion_monthly": ("start_month", "country_code"),
    "search_performance_daily": ("search_date", "country_code", "device_type"),
    "search_positions_daily": ("search_date", "device_type", "clicked_position"),
    "search_terms": ("search_term",),
}
"""The grain of each mart."""


@dataclass(frozen=True)
class Published:
    """Hold a source and what was published from it."""

    service: Service
    url: str
    marts: dict[str, list[Row]]

    @cached_property
    def searches(self) -> list[Search]:
        """Return the searches with what they led to."""
        return searches_of(self.url, self.service)

    def reckoned(self, mart: str) -> Mart:
        """Reckon a mart anew."""
        if hasattr(search_reckoning, mart):
            of_searches: Callable[[list[Search]], Mart] = getattr(search_reckoning, mart)
            return of_searches(self.searches)
        module = playback_reckoning if hasattr(playback_reckoning, mart) else subscription_reckoning
        of_service: Callable[[Service], Mart] = getattr(module, mart)
        return of_service(self.service)


@pytest.fixture(scope="module")
def first_day(first: Home, first_source: str) -> Published:
    """Give the first day."""
    return Published(Service(first_source), first_source, first.published_tables())


@pytest.fixture(scope="module")
def second_day(second: Home, changed: tuple[str, Changes], first_day: Published) -> Published:
    """Give the day after, with changes, a title that is gone, late rows and bad ones."""
    url, changes = changed
    service = Service(url, first_day.service, bad_sessions={changes.backwards, changes.orphan})
    return Published(service, url, second.published_tables())


@pytest.fixture(scope="module")
def other_data(other_seed: Home) -> Published:
    """Give a day of a service from another seed."""
    url = other_seed.source_url()
    return Published(Service(url), url, other_seed.published_tables())


@pytest.fixture(scope="module")
def hard_stories(first_source: str) -> Iterator[Published]:
    """Give a day of a dense service from a third seed, with what is hard to count planted in it."""
    url = new_database(first_source, template="template0")
    plant(url)
    home = Home(new_folder() / "home", external(url))
    try:
        home.run("run", "--date", PLANTED_DAY)
        yield Published(Service(url), url, home.published_tables())
    finally:
        shutil.rmtree(home.folder.parent)


@pytest.fixture(params=["first_day", "second_day", "other_data", "hard_stories"])
def published(request: pytest.FixtureRequest) -> Published:
    """Give each source with its marts."""
    given: Published = request.getfixturevalue(request.param)
    return given


@pytest.mark.parametrize("mart", KEYS)
def test_every_row_of_a_mart_is_what_the_source_says(published: Published, mart: str) -> None:
    """Each mart has the rows that its grain asks for, no more, and each figure is exact."""
    expected = published.reckoned(mart)
    found = {tuple(row[key] for key in KEYS[mart]): row for row in published.marts[mart]}
    assert len(found) == len(published.marts[mart])
    assert found.keys() == expected.keys()
    wrong = [
        (key, name, found[key][name], figure)
        for key, figures in expected.items()
        for name, figure in figures.items()
        if not _is(found[key][name], figure)
    ]
    assert not wrong[:3]


@pytest.mark.parametrize("mart", KEYS)
def test_no_figure_of_a_mart_goes_unchecked(hard_stories: Published, mart: str) -> None:
    """What was planted gives every mart rows, and every column but dates of counting is reckoned anew."""
    rows = hard_stories.marts[mart]
    figures: Figures = next(iter(hard_stories.reckoned(mart).values()))
    unchecked = rows[0].keys() - figures.keys() - set(KEYS[mart])
    assert unchecked <= {"counted_to_date", "first_search_date", "last_search_date"}
    assert any(row[name] for row in rows for name in figures)


def test_what_is_hard_to_count_is_there(hard_stories: Published) -> None:
    """The planted service has outliers, plays that followed searches, and movements of every kind."""
    marts = hard_stories.marts
    assert len({row["metric"] for row in marts["playback_outliers"]}) > 2
    assert sum(row["played_searches"] for row in marts["search_performance_daily"]) == 3
    assert any(row["is_catalogue_gap"] for row in marts["search_terms"])
    balance: dict[Hashable, Fraction] = {
        name: sum((Fraction(row[name]) for row in marts["subscription_balance_daily"]), Fraction(0))
        for name in marts["subscription_balance_daily"][0]
        if name.endswith(("_payers", "_subscribers", "_mrr_cents"))
    }
    assert [name for name, total in balance.items() if not total] == []
    assert len(STORIES) > 10


def test_mrr_and_payers_go_from_start_to_end_by_their_movements(published: Published) -> None:
    """Over the whole time and all countries, what is there at last is what has come less what has gone."""
    rows = published.marts["subscription_balance_daily"]

    def total(*names: str) -> Fraction:
        return sum((Fraction(row[name]) for row in rows for name in names), Fraction(0))

    last_day = max(row["balance_date"] for row in rows)
    last = [row for row in rows if row["balance_date"] == last_day]
    assert sum(row["payers_at_end"] for row in last) == total("new_payers", "reactivated_payers") - total(
        "voluntarily_churned_payers", "involuntarily_churned_payers"
    )
    came = total("new_mrr_cents", "expansion_mrr_cents", "reactivation_mrr_cents")
    went = total("contraction_mrr_cents", "voluntary_churn_mrr_cents", "involuntary_churn_mrr_cents")
    assert sum(Fraction(row["mrr_at_end_cents"]) for row in last) == came - went > 0


def _is(found: object, expected: Fraction | int | None) -> bool:
    """Tell whether a figure is the one expected: exact ones exactly, doubles to their last digits."""
    if isinstance(found, float) and expected is not None:
        return math.isclose(found, expected, rel_tol=1e-14)
    return found == expected
