"""Whatever transactions and interruptions come together: the lake has the source's state, row for row."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.domain.errors import LakeError
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import Options, extract
from streamvision.ports.lake import Lake
from tests.fakes.building import column, contract
from tests.fakes.lake import InMemoryLake, InterruptedLake
from tests.fakes.source import InMemoryLog, InMemorySource, Transaction
from tests.support.lake_state import Rows, lake_state

FIRST_DAY = date(2026, 3, 1)
TABLES = ("people", "pets")
CONTRACTS: list[Contract] = [
    contract(table, column("id", "bigint"), column("name", "text", nullable=True)) for table in TABLES
]
Extracting = Literal["changes", "cursor"]

# What a test does: (act, table, key, value). Acts on a transaction name it by one of three places.
_ACTS = st.tuples(
    st.sampled_from(["insert", "update", "move", "delete", "log", "commit", "begin"]),
    st.integers(0, 2),
    st.sampled_from(TABLES),
    st.integers(0, 6),
    st.integers(0, 99),
)


class World:
    """A source on which transactions overlap, and the rows that each of them may touch.

    As in a database, a row that an open transaction has written waits for it: nobody else writes it then.
    """

    def __init__(self, *, truncates: bool = True, deletes: bool = True) -> None:
        """Begin with three rows a table."""
        rows = [{"id": key, "name": f"first {key}"} for key in range(3)]
        self.source = InMemorySource(dict.fromkeys(TABLES, rows))
        self.deletes, self.truncates = deletes, truncates
        self._open: dict[int, Transaction] = {}
        self._held: dict[int, set[tuple[str, int]]] = {}
        self._logged: set[int] = set()
        self._own: dict[int, dict[tuple[str, int], dict[str, Any] | None]] = {}

    def do(self, act: str, place: int, table: str, key: int, value: int) -> None:
        """Do one thing, if it can be done now."""
        if act == "begin" or place not in self._open:
            if place not in self._open:
                self._open[place] = self.source.begin()
                self._held[place], self._own[place] = set(), {}
            return
        if act == "log":
            # Between this and the commit, the log has what no snapshot shows.
            self._open[place].write_log()
            self._logged.add(place)
            return
        if act != "commit" and place in self._logged:
            return
        if act == "commit":
            self._logged.discard(place)
            self._open.pop(place).commit()
            del self._held[place], self._own[place]
            return
        self._write(act, place, table, key, value)

    def end_all(self) -> None:
        """Commit whatever is open."""
        for place in list(self._open):
            self.do("commit", place, TABLES[0], 0, 0)

    def _write(self, act: str, place: int, table: str, key: int, value: int) -> None:
        target = value % 7 if act == "move" else key
        if not (self._may(place, table, key) and self._may(place, table, target)):
            return
        row, transaction = self._seen(place, table, key), self._open[place]
        if act == "insert" and row is None:
            self._put(place, table, key, {"id": key, "name": str(value)}, transaction.insert)
        elif act == "update" and row is not None:
            new = {"id": key, "name": str(value)}
            transaction.update(table, row, new)
            self._hold(place, table, key, new)
        elif act == "delete" and row is not None and self.deletes:
            transaction.delete(table, row)
            self._hold(place, table, key, None)
        elif act == "move" and row is not None and self._seen(place, table, target) is None and self.deletes:
            new = {"id": target, "name": row["name"]}
            transaction.update(table, row, new)
            self._hold(place, table, key, None)
            self._hold(place, table, target, new)

    def _put(
        self, place: int, table: str, key: int, row: dict[str, Any], insert: Callable[..., None]
    ) -> None:
        insert(table, row)
        self._hold(place, table, key, row)

    def _hold(self, place: int, table: str, key: int, row: dict[str, Any] | None) -> None:
        self._held[place].add((table, key))
        self._own[place][table, key] = row

    def _may(self, place: int, table: str, key: int) -> bool:
        return all((table, key) not in held for other, held in self._held.items() if other != place)

    def _seen(self, place: int, table: str, key: int) -> dict[str, Any] | None:
        if (table, key) in self._own[place]:
            return self._own[place][table, key]
        found = [row for row in self.source.rows[table] if row["id"] == key]
        return dict(found[0]) if found else None


def _sorted(state: dict[str, Rows]) -> dict[str, Rows]:
    return {table: sorted(rows, key=lambda row: row["id"]) for table, rows in state.items()}


def _shown(world: World) -> dict[str, Rows]:
    return _sorted({table: [dict(row) for row in rows] for table, rows in world.source.rows.items()})


def _extract(world: World, lake: Lake, log: InMemoryLog, day: int, extracting: Extracting) -> dict[str, str]:
    done = extract(
        world.source,
        lake,
        declared(CONTRACTS),
        Batch(FIRST_DAY + timedelta(days=day)),
        run_id=f"run-{day}",
        log=log,
        options=Options(extracting=extracting, most_changes=3),
    )
    return {table.table: table.mode for table in done.tables}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days=st.lists(st.lists(_ACTS, max_size=25), min_size=1, max_size=5))
def test_changes_give_the_state_that_each_snapshot_shows(days: list[list[Any]]) -> None:
    """Transactions stay open over the boundaries of batches and are committed in any order."""
    world, lake = World(), InMemoryLake()
    log = InMemoryLog(world.source)
    for day, acts in enumerate(days):
        for act in acts:
            world.do(*act)
        modes = _extract(world, lake, log, day, "changes")
        assert _sorted(lake_state(lake)) == _shown(world)
        assert set(modes.values()) == ({"changes"} if day else {"snapshot"})


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    days=st.lists(st.lists(_ACTS, max_size=25), min_size=2, max_size=4),
    breaks=st.lists(st.integers(0, 40), max_size=6),
)
def test_a_batch_that_was_interrupted_anywhere_is_completed(days: list[list[Any]], breaks: list[int]) -> None:
    """More transactions come between the tries; what a try made durable is neither lost nor doubled."""
    world, lake = World(), InMemoryLake()
    log = InMemoryLog(world.source)
    left = list(breaks)
    for day, acts in enumerate(days):
        half, began = len(acts) // 2, log.position()
        for act in acts[:half]:
            world.do(*act)
        while left:
            interrupted = InterruptedLake(lake, left.pop())
            try:
                _extract(world, interrupted, log, day, "changes")
            except LakeError:
                # A server that crashes may forget how far its log was confirmed.
                log.kept_from = began if len(left) % 2 else log.kept_from
                for act in acts[half:]:
                    world.do(*act)
            else:
                break
        _extract(world, lake, log, day, "changes")
        state = _sorted(lake_state(lake))
        _extract(world, lake, log, day, "changes")
        assert _sorted(lake_state(lake)) == state
    world.end_all()
    _extract(world, lake, log, len(days), "changes")
    assert _sorted(lake_state(lake)) == _shown(world)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days=st.lists(st.lists(_ACTS, max_size=25), min_size=1, max_size=5))
def test_a_cursor_misses_no_late_commit(days: list[list[Any]]) -> None:
    """Without deletes, which a cursor cannot see, its state is the source's."""
    world, lake = World(deletes=False), InMemoryLake()
    log = InMemoryLog(world.source)
    for day, acts in enumerate(days):
        for act in acts:
            world.do(*act)
        _extract(world, lake, log, day, "cursor")
        assert _sorted(lake_state(lake)) == _shown(world)


@pytest.mark.parametrize("moved_to", [150, 10_000])
def test_a_log_with_a_gap_is_not_trusted(moved_to: int) -> None:
    """Whoever moved the slot on: all tables are read whole, and the state is right."""
    world, lake = World(), InMemoryLake()
    log = InMemoryLog(world.source)
    _extract(world, lake, log, 0, "changes")
    for act in [("begin", 0, "pets", 1, 1), ("update", 0, "pets", 1, 5), ("commit", 0, "pets", 1, 1)]:
        world.do(*act)
    log.confirm(moved_to)
    assert set(_extract(world, lake, log, 1, "changes").values()) == {"snapshot"}
    assert _sorted(lake_state(lake)) == _shown(world)
