"""What every reader of failing rows does, over DuckDB's build and in a stand-in for Snowflake."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from streamvision.adapters.warehouse.duckdb.failures import DuckDBFailures
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.failures import SnowflakeFailures
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.errors import WarehouseError
from streamvision.ports.failures import FailingRows
from streamvision.ports.warehouse import Warehouse

if TYPE_CHECKING:
    from tests.support.snowflake import SnowflakeStandIn

MOMENT = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
Run = Callable[[str], object]


@dataclass(frozen=True)
class Subject:
    """Hold a reader, its warehouse, and what opens the place where dbt would keep the rows."""

    reader: FailingRows
    warehouse: Warehouse
    opened: Callable[[], object]


def _duckdb(folder: Path) -> Subject:
    warehouse = DuckDBWarehouse(f"duckdb://{folder}/wh.duckdb")

    @contextmanager
    def opened() -> Iterator[Run]:
        with duckdb.connect(str(warehouse.published_folder / "building.duckdb")) as connection:
            yield connection.execute

    return Subject(DuckDBFailures(warehouse.published_folder), warehouse, opened)


def _snowflake(url: str) -> Subject:
    warehouse = SnowflakeWarehouse(url, os.environ)

    @contextmanager
    def opened() -> Iterator[Run]:
        with connect(warehouse.address, "transform") as session:
            yield session.run

    return Subject(SnowflakeFailures(warehouse.address), warehouse, opened)


@pytest.fixture(params=["duckdb", "snowflake"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    """Return a warehouse in which nothing was ever built."""
    if request.param == "snowflake":
        server: SnowflakeStandIn = request.getfixturevalue("snowflake")
        return _snowflake(server.new_url())
    return _duckdb(tmp_path)


def fail(subject: Subject) -> None:
    """Leave what a build leaves of a test that found two rows, and of one that found none."""
    variables = subject.warehouse.begin_build().variables
    schema, marts = (
        variables.get(f"STREAMVISION_DBT_{name.upper()}_SCHEMA", name) for name in ("failures", "marts")
    )
    with subject.opened() as run:  # type: ignore[attr-defined]
        run(f"create schema {schema}")
        run(f"create schema if not exists {marts}")
        run(f"create table {marts}.numbers as select 1 as number")
        run(
            f"create table {schema}.keys_are_unique as"
            " select 7 as user_id, cast(1.50 as decimal(9, 2)) as price, cast(null as varchar) as plan_code,"
            " cast('2026-03-14' as date) as seen_on, cast('2026-03-14 01:02:03' as timestamp) as seen_at"
            " union all select 8, 2.5, 'basic', null, null"
        )
        run(f"create table {schema}.nothing_is_wrong as select 1 as one where 1 = 2")
        warnings = variables.get("STREAMVISION_DBT_WARNINGS_SCHEMA", "warnings")
        run(f"create schema {warnings}")
        run(f"create table {warnings}.day_is_usual as select 40 as usual_rows, 3 as day_rows")
        run(f"create table {warnings}.nothing_is_odd as select 1 as one where 1 = 2")


def test_before_the_first_build_no_test_has_failed(subject: Subject) -> None:
    """Nothing is made either."""
    assert list(subject.reader.failed_tests()) == []
    assert list(subject.reader.rows("keys_are_unique", 10)) == []


def test_tests_that_failed_are_listed_with_their_rows(subject: Subject) -> None:
    """One without rows has not failed."""
    fail(subject)
    (found,) = subject.reader.failed_tests()
    assert (found.test, found.rows) == ("keys_are_unique", 2)
    assert "keys_are_unique" in found.place.lower()


def test_tests_that_warned_are_listed_apart(subject: Subject) -> None:
    """They stop nothing; their rows are shown as those of the others."""
    assert list(subject.reader.warned_tests()) == []
    fail(subject)
    (found,) = subject.reader.warned_tests()
    assert (found.test, found.rows) == ("day_is_usual", 1)
    assert [dict(row) for row in subject.reader.rows("day_is_usual", 10)] == [
        {"usual_rows": 40, "day_rows": 3}
    ]


def test_what_warned_is_kept_past_a_publication_until_the_next_build(subject: Subject) -> None:
    """A build that passes goes to readers; what warned in it stays where they do not look."""
    fail(subject)
    subject.warehouse.record_build("2026-03-14", run_id="r-1", tested_at=MOMENT)
    subject.warehouse.publish(run_id="r-1", published_at=MOMENT)
    assert [each.test for each in subject.reader.warned_tests()] == ["day_is_usual"]
    assert len(subject.reader.rows("day_is_usual", 10)) == 1
    subject.warehouse.begin_build()
    assert list(subject.reader.warned_tests()) == []
    assert list(subject.reader.rows("day_is_usual", 10)) == []


def test_rows_are_shown_as_the_test_gives_them(subject: Subject) -> None:
    """With small letters in the names of columns, and exact values."""
    fail(subject)
    rows = sorted(subject.reader.rows("keys_are_unique", 10), key=lambda row: str(row["user_id"]))
    assert list(rows[0]) == ["user_id", "price", "plan_code", "seen_on", "seen_at"]
    assert dict(rows[0]) | {"seen_at": None} == {
        "user_id": 7,
        "price": Decimal("1.50"),
        "plan_code": None,
        "seen_on": date(2026, 3, 14),
        "seen_at": None,
    }
    assert rows[0]["seen_at"] in {datetime(2026, 3, 14, 1, 2, 3, tzinfo=zone) for zone in (None, UTC)}
    assert len(subject.reader.rows("keys_are_unique", 1)) == 1


@pytest.mark.parametrize("name", ["nothing_is_wrong", "users", "x; drop schema failures", 'a"b', ""])
def test_a_test_that_did_not_fail_has_no_rows(subject: Subject, name: str) -> None:
    """Whatever its name is, it is a name and no SQL."""
    fail(subject)
    assert list(subject.reader.rows(name, 10)) == []
    assert len(subject.reader.failed_tests()) == 1


def test_the_next_build_begins_without_any(subject: Subject) -> None:
    """What is listed is of the last build."""
    fail(subject)
    subject.warehouse.begin_build()
    assert list(subject.reader.failed_tests()) == []


def test_a_build_that_passes_keeps_none(subject: Subject) -> None:
    """What was mended and built on is published, and readers of the marts may not see every row."""
    fail(subject)
    subject.warehouse.record_build("2026-03-14", run_id="r-1", tested_at=MOMENT)
    assert list(subject.reader.failed_tests()) == []
    subject.warehouse.publish(run_id="r-1", published_at=MOMENT)
    assert list(subject.reader.failed_tests()) == []


def test_a_published_file_holds_no_failing_rows(tmp_path: Path) -> None:
    """Nor the name of their test."""
    subject = _duckdb(tmp_path)
    fail(subject)
    subject.warehouse.record_build("2026-03-14", run_id="r-1", tested_at=MOMENT)
    (build,) = (tmp_path / "published").glob("build-*.duckdb")
    with duckdb.connect(str(build), read_only=True) as connection:
        found = connection.execute("select schema_name from duckdb_schemas() where not internal").fetchall()
    assert {"failures", "warnings"}.isdisjoint(name for (name,) in found)


def test_a_build_that_goes_on_is_told(tmp_path: Path) -> None:
    """A file of DuckDB is open to one that writes, and to nobody else."""
    subject = _duckdb(tmp_path)
    fail(subject)
    with subject.opened(), pytest.raises(WarehouseError):  # type: ignore[attr-defined]
        subject.reader.failed_tests()
