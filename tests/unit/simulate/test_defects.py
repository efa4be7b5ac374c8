"""Planted faults: where the list says, and nowhere else."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.defects import Defects
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, go_on, simulate
from tests.support.memory_service import MemoryServiceDatabase

SPEC = SimulationSpec(PRESETS["small"], seed=9, until=date(2026, 11, 20))
RATE, DAYS = 0.04, 4
END = datetime(2026, 11, 21, tzinfo=UTC)
Row = dict[str, Any]


def silent(_table: str, _rows: int) -> None:
    """Ignore progress."""


def rows(database: MemoryServiceDatabase, table: str) -> dict[int, Row]:
    """Return a table's rows by key."""
    return {row["id"]: row for row in database.tables[table].to_pylist()}


@pytest.fixture(scope="module")
def sound() -> MemoryServiceDatabase:
    """Give the history without faults."""
    database = MemoryServiceDatabase()
    simulate(database, SPEC, silent)
    return database


@pytest.fixture(scope="module")
def spoiled() -> tuple[MemoryServiceDatabase, Defects]:
    """Give the history with faults, and what was planted."""
    database, defects = MemoryServiceDatabase(), Defects(SPEC.seed, RATE)
    simulate(database, SPEC, silent, defects)
    return database, defects


def faults(row: Row) -> set[str]:
    """Return what is wrong with a session, as plain Python sees it."""
    found = {
        "completion over 1": row["completion_rate"] > Decimal(1),
        "ended before started": row["ended_at"] < row["started_at"],
        "clock ahead": row["started_at"] > END,
        "country that does not exist": row["country"] == "QQ",
    }
    return {name for name, is_there in found.items() if is_there}


def test_every_fault_is_in_the_list_and_every_line_of_it_is_a_fault(
    spoiled: tuple[MemoryServiceDatabase, Defects],
) -> None:
    """Each session has the fault that the list names for it; the others have none."""
    database, defects = spoiled
    listed = {
        each.id: each.defect for each in defects.planted if each.table == "viewing_sessions" and each.rule
    }
    wrong = {key: found for key, row in rows(database, "viewing_sessions").items() if (found := faults(row))}
    assert {key: {defect} for key, defect in listed.items()} == {
        key: found for key, found in wrong.items() if key in listed
    }
    again = {each.id for each in defects.planted if each.defect == "duplicate from a retry"}
    assert wrong.keys() - listed.keys() <= again
    assert set(Counter(listed.values())) == {
        "completion over 1",
        "ended before started",
        "clock ahead",
        "country that does not exist",
    }


def test_as_many_are_hit_as_asked_for(spoiled: tuple[MemoryServiceDatabase, Defects]) -> None:
    """The share of the sessions that are in the list is the rate."""
    hit = sum(each.table == "viewing_sessions" for each in spoiled[1].planted)
    assert hit / SPEC.volumes.viewing_sessions == pytest.approx(RATE, rel=0.15)


def test_a_retry_is_the_same_session_under_another_key(
    spoiled: tuple[MemoryServiceDatabase, Defects], sound: MemoryServiceDatabase
) -> None:
    """All but the key of a duplicate is what the first had."""
    database, defects = spoiled
    before, after = rows(sound, "viewing_sessions"), rows(database, "viewing_sessions")
    again = [each.id for each in defects.planted if each.defect == "duplicate from a retry"]
    assert again
    for key in again:
        assert {**after[key], "id": 0} == {**before[key % (1 << 42)], "id": 0}
    assert len(after) == len(before) + len(again)


def test_an_email_stands_twice(spoiled: tuple[MemoryServiceDatabase, Defects]) -> None:
    """Who is in the list has the email of another."""
    users = rows(spoiled[0], "users")
    counted = Counter(row["email"] for row in users.values())
    listed = [each.id for each in spoiled[1].planted if each.table == "users"]
    assert {email for email, count in counted.items() if count > 1} == {users[key]["email"] for key in listed}


def test_everything_else_is_as_it_would_be(
    spoiled: tuple[MemoryServiceDatabase, Defects], sound: MemoryServiceDatabase
) -> None:
    """Rows that are not in the list are those of the world without faults."""
    database, defects = spoiled
    listed = {(each.table, each.id) for each in defects.planted}
    for table in database.tables:
        before = rows(sound, table)
        for key, row in rows(database, table).items():
            assert (table, key) in listed or row == before[key]


def test_late_rows_come_within_three_days(sound: MemoryServiceDatabase) -> None:
    """Of the days after the history some sessions come later; none is lost but those still under way."""
    spec = SimulationSpec(PRESETS["small"], seed=9, until=date(2026, 11, 10))
    punctual, late = MemoryServiceDatabase(), MemoryServiceDatabase()
    for database in (punctual, late):
        simulate(database, spec, silent)
    last = spec.until + timedelta(days=40)
    defects = Defects(spec.seed, RATE)
    go_on(punctual, last, silent)
    go_on(late, last, silent, defects)
    came = {each.id for each in defects.planted if each.defect == "late row"}
    assert came
    expected, found = rows(punctual, "viewing_sessions"), rows(late, "viewing_sessions")
    missing = expected.keys() - found.keys()
    assert all(expected[key]["ended_at"].date() > last - timedelta(days=4) for key in missing)
    assert all(found[key] == expected[key] for key in came)
    assert sound.tables


def test_the_list_is_json_a_line(spoiled: tuple[MemoryServiceDatabase, Defects]) -> None:
    """Programs can read it."""
    lines = [json.loads(line) for line in spoiled[1].lines()]
    assert len(lines) == len(spoiled[1].planted)
    assert set(lines[0]) == {"table", "id", "defect", "rule"}


@pytest.mark.parametrize("rate", [-0.1, 0.05, 2.0])
def test_a_rate_that_the_contracts_would_stop_is_refused(rate: float) -> None:
    """More faults than contracts let pass are wrong use."""
    with pytest.raises(WrongUseError, match="share of defects"):
        Defects(1, rate)
