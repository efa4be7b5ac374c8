"""The whole walk with the lake in S3 and the warehouse in Snowflake: the same figures as on one machine."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Page

from streamvision.adapters.warehouse.duckdb.published import PublishedMarts
from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.assets import asset
from streamvision.bootstrap import open_marts
from tests.browser import test_dashboards, test_visuals
from tests.browser.conftest import Seen, served
from tests.conftest import PUBLISHED_DAY
from tests.e2e.changes import SECOND_DAY, change
from tests.e2e.cloud import CloudDashboards, CloudHome, shown_in_cloud
from tests.e2e.conftest import new_database
from tests.e2e.homes import assert_same, shown
from tests.support.cli import Home, new_folder
from tests.support.object_store import StandIn
from tests.support.snowflake import SnowflakeStandIn

# The dashboards are a folder of their own, which the server puts on the path when it starts them.
sys.path.insert(0, str(asset("dashboards/web")))

from streamvision_web.filters import Filters
from streamvision_web.queries import Query, choices, content, engagement, quality, subscriptions, title

OpenPage: TypeAlias = Callable[..., Page]
Look: TypeAlias = Callable[[OpenPage, CloudDashboards], None]

LOOKS: tuple[Look, ...] = (
    test_dashboards.test_the_figures_are_those_of_the_marts,
    test_dashboards.test_the_map_holds_the_sessions_of_every_country,
    test_dashboards.test_filters_change_the_figures,
    test_dashboards.test_french_readers_find_french_words_and_numbers,
    test_visuals.test_what_is_watched_is_that_of_the_marts,
    test_visuals.test_playback_and_viewers_are_those_of_the_marts,
    test_visuals.test_subscriptions_are_those_of_the_marts,
)
"""What a browser looks at on one machine."""

_OF_THE_RUN = {"run_id", "loaded_at", "snapshot_at", "manifest_sha256", "source_id"}
GOING_ON = {
    "fct_viewing_sessions",
    "fct_episode_viewings",
    "fct_ratings",
    "fct_subscription_events",
    "fct_searches",
    "fct_subscription_days",
    "content_performance_daily",
    "content_completion_daily",
    "playback_quality_daily",
    "playback_errors_daily",
    "viewer_days",
}
"""Those tables that go on with the rows that they had the day before."""
_CONTRADICTION = """
    update raw.users__versions set is_active = not is_active
    where _valid_to_batch is null and id = (select min(id) from raw.users__versions)
"""


@dataclass(frozen=True)
class Walk:
    """Hold a home in the cloud after its second day, and what it showed after its first."""

    home: CloudHome
    first_day: dict[str, list[str]]


@pytest.fixture(scope="module")
def walk(first_source: str, stand_in: StandIn, snowflake_server: SnowflakeStandIn) -> Iterator[Walk]:
    """Run two days in the cloud, on a copy of the source that the other homes have run on."""
    source = new_database(first_source)
    home = CloudHome(new_folder() / "home", source, stand_in, snowflake_server)
    try:
        home.run("run", "--date", PUBLISHED_DAY)
        first_day = shown_in_cloud(home)
        change(source)
        home.run("run", "--date", SECOND_DAY)
        yield Walk(home, first_day)
    finally:
        shutil.rmtree(home.folder.parent)


@pytest.fixture(scope="module")
def dashboards(walk: Walk) -> Iterator[CloudDashboards]:
    """Serve the dashboards of that home."""
    with served(walk.home) as serving:
        yield CloudDashboards(serving.url, walk.home)


def test_the_first_day_is_shown_as_on_one_machine(walk: Walk, first: Home) -> None:
    """Every row of core and marts, with nothing of lake and warehouse on this machine."""
    assert_same(walk.first_day, shown(first))
    assert not walk.home.lake.exists()
    assert not walk.home.warehouse.parent.exists()


def test_tables_are_transient_and_the_long_ones_clustered_by_day(
    walk: Walk, snowflake_server: SnowflakeStandIn
) -> None:
    """What each build makes anew needs no history, and a question for some days is not to read all of it."""
    models = walk.home.folder / "dbt" / "target" / "run" / "streamvision" / "models"
    second_day = {
        path.stem: path.read_text(encoding="utf-8")
        for layer in ("intermediate", "core", "marts")
        for path in (models / layer).glob("*.sql")
    }
    said = "\n".join(snowflake_server.said(walk.home.url)).lower()
    clustered = {name for name in second_day if f".{name} cluster by (" in said}
    assert len(second_day) > 20
    gone_on = {name for name, sql in second_day.items() if "create or replace transient table" not in sql}
    assert gone_on == GOING_ON
    assert all("insert into" in second_day[name] for name in GOING_ON)
    assert clustered == {
        "fct_viewing_sessions",
        "content_completion_daily",
        "content_performance_daily",
        "playback_quality_daily",
        "viewer_days",
    }


def test_no_secret_is_written_anywhere(walk: Walk) -> None:
    """Neither by the runs nor by dbt, whose logs and parsed project stay in the home."""
    written = [path for path in walk.home.folder.rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in written)
    secrets = (walk.home.environment["SNOWFLAKE_PASSWORD"], walk.home.environment["AWS_SECRET_ACCESS_KEY"])
    for path in written:
        assert not [secret for secret in secrets if secret.encode() in path.read_bytes()], path


def test_the_second_day_is_shown_as_on_one_machine(walk: Walk, second: Home) -> None:
    """With what was changed, deleted, late and bad."""
    assert_same(shown_in_cloud(walk.home), shown(second))


def test_every_row_is_accounted_for_as_on_one_machine(walk: Walk, second: Home) -> None:
    """Of both days: extracted, loaded, in RAW and in quarantine."""
    assert _accounts(walk.home) == _accounts(second)


def test_the_dashboards_show_the_same_figures(
    walk: Walk, second: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each query of theirs, over all days and under all filters, with the same names and types."""
    for name, value in {**walk.home.environment, "STREAMVISION_HOME": str(walk.home.folder)}.items():
        monkeypatch.setenv(name, value)
    files, tables = PublishedMarts(second.published), open_marts()
    with_rows = 0
    for name, query, filters in _questions():
        sql, parameters = query.bind(filters, _choices(query))
        expected, found = files.query(sql, parameters), tables.query(sql, parameters)
        assert found.schema == expected.schema, name
        # Where a query says nothing of an order, there is none.
        in_order = "order by" in sql
        assert _rows(found, in_order=in_order) == _rows(expected, in_order=in_order), name
        with_rows += expected.num_rows > 0
    assert with_rows > 20


@pytest.mark.parametrize("look", LOOKS)
def test_a_browser_shows_the_figures_of_the_warehouse(
    look: Look, open_page: OpenPage, dashboards: CloudDashboards
) -> None:
    """Every visual of both pages, under filters and in both languages, as it does on one machine."""
    look(open_page, dashboards)


def test_every_visual_is_drawn_from_the_warehouse(open_page: OpenPage, seen: Seen) -> None:
    """Reached by the sidebar; on the way no other host is asked for anything."""
    test_dashboards.test_both_pages_show_every_visual(open_page, seen)


def test_marts_that_fail_their_tests_are_shown_to_nobody(walk: Walk) -> None:
    """They stay beside what is shown, to be looked at; nor can they be published by hand."""
    before = shown_in_cloud(walk.home)
    with connect(walk.home.snowflake.address, "load") as session:
        session.run(_CONTRADICTION)
    refused = walk.home.run("transform", exits=3)
    assert "is_active_agrees_with_subscription" in refused.stderr
    assert "BUILD_MARTS" in refused.stderr
    kept = walk.home.run("failures", "list", "--format", "json").document
    assert ["is_active_agrees_with_subscription", 1] in [[each["test"], each["rows"]] for each in kept]
    shown_rows = walk.home.run("failures", "show", "is_active_agrees_with_subscription", "--format", "json")
    with connect(walk.home.snowflake.address, "load") as session:
        ((user_id,),) = session.rows("SELECT MIN(id) FROM raw.users__versions")
    assert [row["user_id"] for row in shown_rows.document] == [user_id]
    assert "The marts have not passed their tests" in walk.home.run("publish", exits=2).stderr
    assert_same(shown_in_cloud(walk.home), before)


def _accounts(home: Home) -> list[dict[str, Any]]:
    tables = home.run("status", "--format", "json").document["tables"]
    return [{name: value for name, value in row.items() if name not in _OF_THE_RUN} for row in tables]


def _questions() -> Iterator[tuple[str, Query, Filters | None]]:
    """Yield every query of the dashboards, without filters that narrow and with."""
    wide = Filters(date(2020, 1, 1), date(2030, 1, 1))
    narrow = Filters(
        date(2023, 9, 1),
        date(2024, 6, 30),
        ("US", "FR", "DE"),
        ("basic", "free", "none"),
        ("Drama", "Comedy"),
    )
    for page in (choices, content, title, quality, engagement, subscriptions):
        for name, query in vars(page).items():
            if isinstance(query, Query):
                # Active users over windows of days are asked for without a filter alone.
                filtered = [wide] if name == "ACTIVE_USERS" else [wide, narrow]
                for filters in filtered if query.reach else (None,):
                    yield f"{page.__name__}.{name} under {filters}", query, filters


def _choices(query: Query) -> dict[str, object]:
    """Return what a reader would have chosen beside the filters."""
    chosen = {
        "search": "É",
        "top": 7,
        "step": "week",
        "movements": ["start", "upgrade"],
        "content_id": 1,
        "least": 20,
        "breakdown": "country",
        "value": "FR",
        "member": "FR",
        "period": "month",
        "furthest": 12,
    }
    return {name: value for name, value in chosen.items() if f"${name}" in query.sql}


def _rows(table: Any, *, in_order: bool) -> list[dict[str, Any]]:  # noqa: ANN401 - Arrow ships no types
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows if in_order else sorted(rows, key=repr)
