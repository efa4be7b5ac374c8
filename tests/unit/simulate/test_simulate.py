"""The step: counts, repeatability, refusals."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.columns import BATCH_ROWS
from streamvision.pipeline.simulate.step import (
    PRESETS,
    SimulationSpec,
    Volumes,
    go_on,
    simulate,
    simulated_tables,
)
from tests.support import life_stories
from tests.support.memory_service import MIGRATIONS, MemoryServiceDatabase

UNTIL = date(2026, 11, 22)
TINY = Volumes(
    users=80, content=20, episodes=30, viewing_sessions=400, episode_viewing=20, ratings=30, search_queries=30
)


def silent(_table: str, _rows: int) -> None:
    """Ignore progress."""


def ipc_bytes(spec: SimulationSpec, workers: int | None = None) -> dict[str, bytes]:
    """Return each table as the bytes of an Arrow stream."""
    written = {}
    tables: dict[str, list[pa.RecordBatch]] = {}
    for table, batches in simulated_tables(spec, workers):
        tables.setdefault(table, []).extend(batches)
    for table, rows in tables.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows[0].schema) as stream:
            for batch in rows:
                stream.write_batch(batch)
        written[table] = sink.getvalue().to_pybytes()
    return written


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    """Return the tables whose bytes differ."""
    return {table for table in before if before[table] != after[table]}


@pytest.mark.parametrize("preset", ["report", "small"])
def test_a_preset_gives_the_rows_it_names(preset: str) -> None:
    """Each table has exactly the preset's rows, in batches of bounded size."""
    counted: dict[str, int] = {}
    for table, batches in simulated_tables(SimulationSpec(PRESETS[preset], seed=42, until=UNTIL)):
        sizes = [batch.num_rows for batch in batches]
        counted[table] = sum(sizes)
        assert max(sizes) <= BATCH_ROWS
    events = counted.pop("subscription_events")
    assert counted.pop("subscription_plans") == 5
    assert counted == asdict(PRESETS[preset])
    assert events > PRESETS[preset].users


def test_the_report_preset_is_the_one_that_was_asked_for() -> None:
    """The report preset has the volumes of the project's purpose."""
    assert asdict(PRESETS["report"]) == {
        "users": 100_000,
        "content": 2_000,
        "episodes": 5_000,
        "viewing_sessions": 500_000,
        "episode_viewing": 30_000,
        "ratings": 50_000,
        "search_queries": 25_000,
    }


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Two simulations from one spec do not differ in a single byte."""
    spec = SimulationSpec(TINY, seed=7, until=UNTIL)
    assert ipc_bytes(spec) == ipc_bytes(spec)


def test_several_processes_give_the_same_bytes() -> None:
    """Drawn in parts, the bytes do not depend on how many processes draw them."""
    volumes = replace(TINY, users=240, viewing_sessions=1_200, ratings=90)
    spec = SimulationSpec(volumes, seed=7, until=UNTIL, people_at_once=80)
    assert spec.shards == 3
    assert ipc_bytes(spec, workers=2) == ipc_bytes(spec, workers=1)


def test_a_world_of_several_parts_keeps_every_rule_as_it_goes_on() -> None:
    """The parts together are as many rows as asked for, hold together, and go on as one."""
    volumes = replace(TINY, users=240, viewing_sessions=1_200, ratings=90)
    spec = SimulationSpec(volumes, seed=7, until=UNTIL, people_at_once=80)
    database = MemoryServiceDatabase()
    written = simulate(database, spec, silent)
    assert {table: written[table] for table in asdict(volumes)} == asdict(volumes)
    go_on(database, UNTIL + timedelta(days=2), silent)
    after = replace(spec, until=UNTIL + timedelta(days=2), days=spec.days + 2)
    service = life_stories.Service(database.tables, after)
    assert [fault for rule in life_stories.RULES for fault in rule(service)] == []


def test_a_scale_multiplies_the_rows() -> None:
    """All tables grow with it, the catalogue with its root."""
    scaled = PRESETS["report"].scaled(4)
    assert asdict(scaled) == {
        "users": 400_000,
        "content": 4_000,
        "episodes": 10_000,
        "viewing_sessions": 2_000_000,
        "episode_viewing": 120_000,
        "ratings": 200_000,
        "search_queries": 100_000,
    }
    assert min(asdict(PRESETS["report"].scaled(0.000_001)).values()) == 1


def test_another_seed_gives_other_data() -> None:
    """Only the plans, which are no matter of chance, stay the same under another seed."""
    spec = SimulationSpec(TINY, seed=7, until=UNTIL)
    kept = set(ipc_bytes(spec)) - changed(ipc_bytes(spec), ipc_bytes(replace(spec, seed=8)))
    assert kept == {"subscription_plans"}


def test_a_change_of_one_table_leaves_the_others_as_they_were() -> None:
    """More searches move the users' last logins and nothing else."""
    spec = SimulationSpec(TINY, seed=7, until=UNTIL)
    more = replace(spec, volumes=replace(TINY, search_queries=60))
    assert changed(ipc_bytes(spec), ipc_bytes(more)) == {"search_queries", "users"}


def test_fewer_days_of_viewing_leave_the_lives_as_they_were() -> None:
    """The subscriptions do not depend on how many days of viewing there are."""
    spec = SimulationSpec(TINY, seed=7, until=UNTIL)
    assert "subscription_events" not in changed(ipc_bytes(spec), ipc_bytes(replace(spec, days=90)))


def test_the_database_is_migrated_and_filled_in_order() -> None:
    """The step migrates, writes every table, and tells the rows of each."""
    database = MemoryServiceDatabase()
    seen: list[tuple[str, int]] = []
    spec = SimulationSpec(TINY, seed=7, until=UNTIL)
    written = simulate(database, spec, lambda table, rows: seen.append((table, rows)))
    assert database.migrate() == ()
    assert MIGRATIONS
    assert written == {name: table.num_rows for name, table in database.tables.items()}
    assert seen == list(written.items())


def test_a_database_with_rows_is_refused() -> None:
    """A second simulation is refused, says what to type, and changes nothing."""
    database = MemoryServiceDatabase()
    spec = SimulationSpec(TINY, seed=7, until=UNTIL)
    simulate(database, spec, silent)
    before = dict(database.tables)
    with pytest.raises(WrongUseError, match="streamvision extract"):
        simulate(database, replace(spec, seed=8), silent)
    assert database.tables == before


@pytest.mark.parametrize(
    ("volumes", "reason"),
    [
        (replace(TINY, ratings=100_000), "pairs of user and title"),
        (replace(TINY, episode_viewing=100_000), "episode_viewing"),
    ],
)
def test_volumes_that_cannot_be_met_are_refused(volumes: Volumes, reason: str) -> None:
    """What the plays cannot give is refused before anything is written."""
    database = MemoryServiceDatabase()
    with pytest.raises(WrongUseError, match=reason):
        simulate(database, SimulationSpec(volumes, seed=7, until=UNTIL), silent)
    assert database.is_empty()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"volumes": replace(TINY, users=0)}, "at least one row"),
        ({"seed": -1}, "seed"),
        ({"days": 0}, "days of viewing"),
        ({"days": 1_096}, "days of viewing"),
        ({"until": date(1989, 12, 31)}, "last day"),
        ({"until": date(2101, 1, 1)}, "last day"),
    ],
)
def test_a_senseless_spec_is_refused(changes: dict[str, Any], reason: str) -> None:
    """Empty tables, a negative seed, days without sign-ups and far-off years are wrong use."""
    with pytest.raises(WrongUseError, match=reason):
        replace(SimulationSpec(TINY, seed=7, until=UNTIL), **changes)


def test_the_window_is_made_of_whole_utc_days() -> None:
    """The window ends with the last day, UTC, and holds exactly the days asked for."""
    spec = SimulationSpec(TINY, seed=7, until=UNTIL, days=2)
    assert datetime.fromtimestamp(spec.end / 1e6, UTC) == datetime(2026, 11, 23, tzinfo=UTC)
    assert datetime.fromtimestamp(spec.viewing_start / 1e6, UTC) == datetime(2026, 11, 21, tzinfo=UTC)
