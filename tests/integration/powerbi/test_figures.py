"""Each measure, evaluated as DAX over the files of `publish --parquet`, equals SQL on the marts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from streamvision.adapters.powerbi.sources import PARQUET, SNOWFLAKE
from streamvision.adapters.powerbi.spec_file import read_spec
from streamvision.adapters.transformer.documented import documented_tables
from streamvision.adapters.warehouse.duckdb.published import PublishedMarts
from streamvision.assets import asset
from streamvision.bootstrap import open_metrics
from streamvision.domain.metric import Metric
from streamvision.pipeline.powerbi.assemble import assemble
from streamvision.pipeline.powerbi.project import differences
from streamvision.pipeline.powerbi.references import unknown_references
from streamvision.pipeline.publish.parquet import write_parquet
from tests.support.cli import Home
from tests.support.metric_sql import MetricSql, Selection
from tests.support.star import FilledModel

_SPRING = (date(2024, 4, 1), date(2024, 6, 15))
_SELECTIONS = {
    "everything": Selection(),
    "some days": Selection(days=_SPRING),
    "countries": Selection(days=_SPRING, countries=("US", "FR", "BR", "IN")),
    "plans": Selection(plans=("basic", "premium")),
    "genres and devices": Selection(genres=("Drama", "Comedy", "Crime"), devices=("tv", "mobile")),
    "a title": Selection(titles=(7,), days=(date(2023, 7, 1), date(2024, 6, 30))),
}
_SHOWN = {"hours": 3600, "money": 100}
"""What is kept in seconds and cents is shown in hours and units."""
_SELDOM = 0.9
"""So many of the metrics say something in at least one selection: of a small service, some have no row."""


@pytest.fixture(scope="module")
def marts(published_home: Path) -> PublishedMarts:
    """Give the marts that one run on a small source has published."""
    return PublishedMarts(Home(published_home).published)


@pytest.fixture(scope="module")
def written(marts: PublishedMarts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder into which they were written as files."""
    folder = tmp_path_factory.mktemp("parquet")
    write_parquet(marts, folder)
    return folder


@pytest.fixture(scope="module")
def filled(published_home: Path, written: Path) -> FilledModel:
    """Give the semantic model that the run's own dbt describes, filled with the files."""
    manifest = (published_home / "dbt" / "target" / "manifest.json").read_bytes()
    spec = read_spec(asset("dashboards/powerbi/model.yml"))
    return FilledModel(assemble(spec, documented_tables(manifest), open_metrics()), written)


@pytest.fixture(scope="module")
def sql(marts: PublishedMarts) -> MetricSql:
    """Give what asks the marts in SQL."""
    return MetricSql(marts)


def test_nothing_is_named_that_is_not_there(filled: FilledModel) -> None:
    """The engine says BLANK of what it does not find, so that this comes before every comparison."""
    assert list(unknown_references(filled.model)) == []


def test_the_project_that_is_kept_is_what_dbt_says(filled: FilledModel) -> None:
    """Whoever changes a table or a metric generates it anew."""
    assert differences(filled.model, PARQUET, asset("dashboards/powerbi")) == []


def test_a_project_for_snowflake_is_built_by_the_command(
    filled: FilledModel, published_home: Path, tmp_path: Path
) -> None:
    """With the address that was asked for, the report, and a window for the facts that grow by day."""
    server = "myorg-myaccount.snowflakecomputing.com"
    options = ("--source", "snowflake", "--to", str(tmp_path), "--set", f"SnowflakeServer={server}")
    document = Home(published_home).run("powerbi", "build", *options, "--format", "json").document
    assert "StreamVision.pbip" in document["changed"]
    chosen = SNOWFLAKE.with_values({"SnowflakeServer": server})
    assert differences(filled.model, chosen, tmp_path) == []
    definition = tmp_path / "StreamVision.SemanticModel" / "definition"
    policies = [
        path.stem for path in definition.rglob("*.tmdl") if "refreshPolicy" in path.read_text("utf-8")
    ]
    assert sorted(policies) == sorted(table.name for table in filled.model.tables if table.window)
    assert len(policies) == 4


def test_every_metric_in_dax_equals_the_same_metric_in_sql(filled: FilledModel, sql: MetricSql) -> None:
    """Ratios, distinct counts, balances and windows mean in the model what they mean in the marts."""
    differing: list[str] = []
    told: set[str] = set()
    for name, chosen in _SELECTIONS.items():
        for metric in open_metrics().values():
            expected, found = _both(metric, chosen, filled, sql)
            told |= {metric.name} if found is not None else set()
            if not _same(expected, found):
                differing.append(f"{metric.name} of {name}: SQL {expected}, DAX {found}")
    assert not differing, "\n".join(differing)
    assert len(told) >= _SELDOM * len(open_metrics()), sorted(open_metrics().keys() - told)


def _both(
    metric: Metric, chosen: Selection, filled: FilledModel, sql: MetricSql
) -> tuple[float | None, float | None]:
    by_hand = _BY_HAND.get(metric.name)
    fixed = chosen if by_hand else replace(chosen, fixed=sql.fixing(metric.expression, chosen))
    expected = by_hand(sql, fixed) if by_hand else sql.value(metric.expression, fixed)
    if expected is not None:
        expected /= _SHOWN.get(metric.format, 1)
    return expected, filled.value(metric.label["en"], fixed.filters())


def _average_dau(sql: MetricSql, chosen: Selection) -> float | None:
    """Count the users of each day anew; the days are all days of viewing."""
    days = f"activity_date between '{chosen.days[0]}' and '{chosen.days[1]}'" if chosen.days else "true"
    where = sql.conditions("viewer_days", "viewing_date", chosen)
    return sql.figure(
        "with active as (select viewing_date, count(distinct user_id) as users from marts.viewer_days"
        f" where {where} group by viewing_date)"
        " select avg(coalesce(users, 0)) from marts.daily_active_users"
        f" left join active on activity_date = viewing_date where {days}"
    )


def _plan_price(sql: MetricSql, chosen: Selection) -> float | None:
    """Tell the price of one plan, and of several nothing."""
    return sql.figure(
        "select case when count(*) = 1 then max(monthly_price_cents) end from marts.plans"
        f" where {sql.conditions('plans', '', chosen)}"
    )


_BY_HAND = {"average_dau": _average_dau, "plan_price": _plan_price}


def _same(expected: float | None, found: float | None) -> bool:
    """Compare a figure; what was counted of no row is nothing in DAX and 0 in SQL."""
    if expected is None or found is None:
        return not expected and not found
    return abs(expected - found) <= 1e-9 * max(1.0, abs(expected))


def test_what_is_written_by_hand_equals_its_sql(filled: FilledModel, sql: MetricSql) -> None:
    """Measures that no metric stands for are held against the marts one by one."""
    chosen = _SELECTIONS["countries"]
    first, last = _SPRING
    playback = sql.conditions("playback_quality_daily", "playback_date", chosen)
    week = sql.conditions(
        "playback_quality_daily", "playback_date", replace(chosen, days=(last - timedelta(days=6), last))
    )
    viewers = sql.conditions("viewer_days", "viewing_date", chosen)
    titles = sql.conditions("content_performance_daily", "performance_date", chosen)
    expected = {
        "Sessions that played": sql.one(
            f"select sum(sessions) from marts.playback_quality_daily where {playback}"
        ),
        "Rebuffering ratio over 7 days": sql.one(
            "select sum(buffering_seconds)::double / sum(playing_seconds + buffering_seconds)"
            f" from marts.playback_quality_daily where {week}"
        ),
        "Rebuffering threshold": 0.01,
        "Days without viewing": (last - first).days
        + 1
        - sql.one(f"select count(distinct viewing_date) from marts.viewer_days where {viewers}"),
        "Sessions that disagree": 0,
        "Titles with a session": sql.one(
            "select count(distinct content_id) from marts.content_performance_daily"
            f" where {titles} and sessions > 0"
        ),
    }
    found = {name: filled.value(name, chosen.filters()) for name in expected}
    assert found == pytest.approx({name: float(value) for name, value in expected.items()})
    assert filled.value("Monthly price", {"Plans.plan_code": ["premium_annual"]}) == pytest.approx(14.99)
    newest = sql.one("select max(viewing_date) from marts.viewer_days where " + viewers)
    assert filled.value("Last day of viewing", chosen.filters()).date() == newest


def test_the_curve_of_those_who_stay_falls_as_in_the_marts(filled: FilledModel, sql: MetricSql) -> None:
    """Each point counts the plays that came at least so far, over all that were played."""
    for percent in (1, 50, 90):
        expected = sql.one(
            f"select sum(case when completion_percent >= {percent} then sessions end) / sum(sessions)"
            " from marts.content_completion_daily"
        )
        found = filled.value("Share that reached", {"content_completion_daily.completion_percent": [percent]})
        assert found == pytest.approx(expected)


def test_a_page_of_a_title_names_it_and_of_several_tells_how_many(
    filled: FilledModel, sql: MetricSql
) -> None:
    """The name where one title is left, whatever leaves it; else the number of titles."""
    titles = sql.one("select count(*) from core.dim_content")
    name = sql.one("select title from core.dim_content where content_id = 7")
    assert filled.value("Title shown", {"Titles.content_id": [7]}) == name
    assert filled.value("Title shown", {"Titles.content_id": [7, 8]}) == "2"
    assert filled.value("Title shown", {}) == str(titles)
    assert titles > 2


def test_how_far_the_model_is_behind_is_counted_in_days_of_utc(
    filled: FilledModel, marts: PublishedMarts
) -> None:
    """From the day of the newest batch to today; midnight may come between two looks at the clock."""
    newest = marts.publication().batch_date
    earliest = (datetime.now(UTC).date() - newest).days
    found = filled.value("Days behind", {})
    latest = (datetime.now(UTC).date() - newest).days
    assert earliest <= found <= latest
    assert earliest > 365


def test_the_model_tells_which_publication_it_shows(filled: FilledModel, marts: PublishedMarts) -> None:
    """The newest batch and the moment of its publication come with the files."""
    publication = marts.publication()
    assert filled.value("Data until", {}).date() == publication.batch_date
    assert filled.value("Published at (UTC)", {}) == publication.published_at.replace(tzinfo=None)


def test_the_files_hold_what_is_published(written: Path, marts: PublishedMarts) -> None:
    """Every fact, dimension and mart is a file with the same columns and rows, and nothing else is there."""
    published = list(_published(marts))
    tables = [(schema, name) for schema, name in published if not name.startswith("agg_")]
    assert len(tables) < len(published), "There are no aggregates, which are left out."
    assert sorted(
        path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()
    ) == sorted(["marts/_publication.parquet", *(f"{schema}/{name}.parquet" for schema, name in tables)])
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for schema, name in tables:
            path = written / schema / f"{name}.parquet"
            rows = connection.sql(f"select * from read_parquet('{path}')").to_arrow_table()
            shown = marts.query(f"select * from {schema}.{name}")
            assert rows.column_names == shown.column_names
            # Rows stay in their order, which is that of the table.
            assert rows == shown.cast(rows.schema), name


def test_moments_in_the_files_are_utc_without_a_zone(written: Path) -> None:
    """A reader on another clock is not to turn them into its own time of day."""
    schema = pq.read_schema(written / "core" / "fct_viewing_sessions.parquet")
    assert str(schema.field("started_at").type) == "timestamp[us]"


def _published(marts: PublishedMarts) -> Iterator[tuple[str, str]]:
    for row in marts.query(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('core', 'marts') and table_catalog = current_database()"
        " and not regexp_matches(table_name, '__(snapshots|changes)$')"
    ).to_pylist():
        yield row["table_schema"], row["table_name"]
