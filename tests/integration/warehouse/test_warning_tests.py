"""The tests of the data that warn: what they find, and where they keep it."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.integration.warehouse.conftest import Rows, SmallWarehouse

_DAY = date(2026, 3, 2)


class Facts:
    """A copy of the facts that were built, for one test to change, with the compiled SQL of tests."""

    def __init__(self, built: SmallWarehouse, folder: Path) -> None:
        """Copy the file, under the name that the SQL knows."""
        self._compiled = built.work / "target" / "compiled"
        shutil.copy(built.building, folder / "building.duckdb")
        self._connection = duckdb.connect(str(folder / "building.duckdb"))
        self._connection.execute(f"attach '{built.path}' as streamvision_raw (read_only)")
        self._connection.execute("create temp table any_session as from core.fct_viewing_sessions limit 1")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add_sessions(self, day: date, number: int) -> None:
        """Add sessions of a day."""
        self._connection.execute(
            "insert into core.fct_viewing_sessions"
            " select any_session.* replace ($first + number as session_id, $day as started_date)"
            " from any_session, range($number) as numbers (number)",
            {"day": day, "number": number, "first": day.toordinal() * 1000},
        )

    def day_rows(self, day: date) -> int:
        """Count the sessions of a day."""
        query = "select count(*) from core.fct_viewing_sessions where started_date = $day"
        ((number,),) = self._connection.execute(query, {"day": day}).fetchall()
        return int(number)

    def execute(self, sql: str) -> None:
        """Change the facts."""
        self._connection.execute(sql)

    def found_by(self, test: str) -> Rows:
        """Return what a test finds."""
        (path,) = self._compiled.rglob(f"{test}.sql")
        return self._connection.execute(path.read_text(encoding="utf-8")).fetchall()


@pytest.fixture
def facts(built: SmallWarehouse, tmp_path: Path) -> Iterator[Facts]:
    """Give facts without a session before the day of the newest batch, which has three."""
    facts = Facts(built, tmp_path)
    facts.execute("delete from core.fct_viewing_sessions where started_date < date '2026-03-02'")
    yield facts
    facts.close()


def test_a_day_with_far_fewer_or_more_rows_than_the_days_before_is_found(facts: Facts) -> None:
    """Against their mean and their spread; the day is told with both."""
    test = "viewing_sessions_of_the_day_are_as_many_as_usual"
    for ago in range(1, 29):
        facts.add_sessions(_DAY - timedelta(days=ago), 19 + 2 * (ago % 2))
    ((day, days, usual, deviation, rows),) = facts.found_by(test)
    there = facts.day_rows(_DAY)
    assert (day, days, usual, rows) == (_DAY, 28, 20, there)
    assert 1 < deviation < 1.1
    facts.add_sessions(_DAY, 20 - there)
    assert facts.found_by(test) == []
    facts.add_sessions(_DAY + timedelta(days=1), 500)
    assert facts.found_by(test) == []


def test_where_few_days_came_before_nothing_is_usual(facts: Facts) -> None:
    """Six days tell nothing of the seventh; seven do."""
    test = "viewing_sessions_of_the_day_are_as_many_as_usual"
    for ago in range(1, 7):
        facts.add_sessions(_DAY - timedelta(days=ago), 20)
    assert facts.found_by(test) == []
    facts.add_sessions(_DAY - timedelta(days=7), 20)
    assert len(facts.found_by(test)) == 1


def test_a_fact_that_stands_still_is_found(facts: Facts) -> None:
    """Two days are well, three are not; no row at all is not either."""
    facts.execute("delete from core.fct_viewing_sessions where started_date >= date '2026-03-02'")
    assert facts.found_by("viewing_sessions_are_fresh") == [(_DAY, None)]
    facts.add_sessions(_DAY - timedelta(days=3), 1)
    assert facts.found_by("viewing_sessions_are_fresh") == [(_DAY, _DAY - timedelta(days=3))]
    facts.add_sessions(_DAY - timedelta(days=2), 1)
    assert facts.found_by("viewing_sessions_are_fresh") == []


def test_every_test_that_warns_keeps_what_it_finds_by_itself(built: SmallWarehouse) -> None:
    """In the schema that outlives the build: nobody would do the test again."""
    manifest = json.loads((built.work / "target" / "manifest.json").read_text(encoding="utf-8"))
    configs = [
        (node["name"], node["config"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"]["severity"].lower() == "warn"
    ]
    assert len(configs) >= 7
    assert [
        name for name, config in configs if (config["store_failures"], config["schema"]) != (True, "warnings")
    ] == []
