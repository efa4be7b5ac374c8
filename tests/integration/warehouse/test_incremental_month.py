"""Thirty days, each built from what the day before published: core and marts as if all were built anew."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from streamvision.adapters.warehouse.duckdb.publishing import read_pointer
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.basis import BatchWindow
from streamvision.domain.batch import Batch
from tests.integration.warehouse.conftest import Rows
from tests.integration.warehouse.days import GOING_ON, Days
from tests.support.service_month import DAYS, FIRST_DAY, Row, ServiceMonth

_NOT_BUILT = {8, 9}
"""On these days the batch is loaded and no build is made: the next window is of several batches."""
_REPLAYED, _REPLAYED_FROM = 20, 19
"""On this day the batches from that one on are taken back, and others are loaded in their places."""


class Month(Days):
    """Days in a file, which can be looked into while they are built."""

    warehouse: DuckDBWarehouse

    @contextmanager
    def built(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Look at the build that goes on."""
        path = self.warehouse.published_folder / "building.duckdb"
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute(f"attach '{self.warehouse.path}' as streamvision_raw (read_only)")
            yield connection


@pytest.fixture
def month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Month:
    """Return a warehouse before its first day."""
    return Month(tmp_path, DuckDBWarehouse(f"duckdb://{tmp_path / 'warehouse.duckdb'}"), monkeypatch)


def test_thirty_days_built_day_by_day_are_what_one_full_build_makes(month: Month) -> None:
    """With late rows, corrections, deletions, a plan and a title renamed, a user erased and days replayed."""
    service, full = ServiceMonth(seed=3), dict[str, str]()
    pictures: list[Mapping[str, list[Row]]] = []
    windows: list[BatchWindow | None] = []
    for number in range(DAYS):
        service.pass_day(number)
        pictures.append(service.picture())
        month.load(number, pictures[number])
        if number == _REPLAYED:
            month.warehouse.forget_from(Batch(FIRST_DAY + timedelta(days=_REPLAYED_FROM)))
            del pictures[_REPLAYED_FROM]["ratings"][::2]
            for again in range(_REPLAYED_FROM, _REPLAYED + 1):
                month.load(again, pictures[again])
        if number in _NOT_BUILT:
            continue
        place, window = month.begin()
        windows.append(window)
        month.build(place, *(GOING_ON if number < DAYS - 1 else ()))
        with month.built() as connection:
            full = full or {name: month.compiled(name.split(".")[1]) for name in _tables(connection)}
            different = [name for name in full if _differs(connection, name, full[name])]
        assert different == [], f"on day {number}, looking at {window}"
        month.publish(number)
    assert [number for number, window in enumerate(windows) if window is None] == [
        0,
        _REPLAYED - len(_NOT_BUILT),
    ]
    assert BatchWindow("2026-03-09", "2026-03-12") in windows
    _assert_the_month_was_hard(month, service)
    day_by_day = _shown(month)
    month.build(month.warehouse.begin_build())
    month.publish(DAYS)
    anew = _shown(month)
    assert [name for name in anew if anew[name] != day_by_day[name]] == []
    assert anew.keys() == day_by_day.keys()


def _differs(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> bool:
    query = f"(from {name} except all ({sql})) union all (({sql}) except all from {name})"
    return connection.execute(query).fetchone() is not None


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of the tables of core and marts, without what a build keeps while it goes on."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('core', 'marts')"
        " and not prefix(table_name, '_') order by all"
    ).fetchall()
    return [name for (name,) in found]


def _shown(month: Month) -> dict[str, Rows]:
    """Return all rows of core and marts that are shown."""
    shown = read_pointer(month.warehouse.published_folder)
    assert shown is not None
    with duckdb.connect(str(shown[0]), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where schema_name in ('core', 'marts')"
        ).fetchall()
        return {name: connection.execute(f"from {name} order by all").fetchall() for (name,) in tables}


def _assert_the_month_was_hard(month: Month, service: ServiceMonth) -> None:
    """Fail where what the month is to show did not happen."""
    shown = _shown(month)
    of_users = ("fct_viewing_sessions", "fct_ratings", "fct_searches", "fct_subscription_events")
    core = {name: shown[f"core.{name}"] for name in ("dim_users", *of_users)}
    (erased,) = service.erased
    assert [row for row in core["dim_users"] if row[1] == erased]
    assert not [row for row in core["dim_users"] if row[1] == erased and row[-1]]
    assert not [row for name in of_users for row in core[name] if row[1] == erased]
    assert len(core["fct_viewing_sessions"]) == len(service.tables["viewing_sessions"])
    assert len(core["fct_viewing_sessions"]) > 300
    assert "renamed" in {row[3] for row in core["fct_viewing_sessions"]}
    with duckdb.connect(str(month.warehouse.path), read_only=True) as connection:
        late = connection.execute(
            "select count(*) from raw.viewing_sessions__versions"
            " where _valid_from_batch::date > started_at::date + 1"
        ).fetchone()
    assert late
    assert late[0] > 30
    assert "Another genre" in {row[3] for row in shown["marts.content_performance"]}
    attempts = sum(row[8] for row in shown["marts.content_performance_daily"])
    assert attempts == len(core["fct_viewing_sessions"])
    assert not [row for row in shown["marts.viewer_days"] if row[1] == erased]
