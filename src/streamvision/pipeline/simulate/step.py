"""The step: fill an empty service database with a simulated service, and let it go on day by day."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.catalogue_rows import content_batches, episode_batches
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.defects import Defects
from streamvision.pipeline.simulate.history import Shard, Table
from streamvision.pipeline.simulate.note import WorldNote, read_note
from streamvision.pipeline.simulate.plans import plan_batches
from streamvision.pipeline.simulate.schedule import Schedule
from streamvision.pipeline.simulate.shards import part_of, people_rows, stocked, usual_workers
from streamvision.pipeline.simulate.spec import PRESETS, SimulationSpec, Volumes
from streamvision.pipeline.simulate.timeline import DAY, number_of
from streamvision.pipeline.simulate.world import Day, World
from streamvision.ports.service import ServiceChanges, ServiceDatabase

__all__ = ["PRESETS", "SimulationSpec", "Volumes", "go_on", "simulate", "simulated_tables"]

Progress = Callable[[str, int], None]


def simulate(
    database: ServiceDatabase, spec: SimulationSpec, progress: Progress, defects: Defects | None = None
) -> dict[str, int]:
    """Migrate the database, check that it is empty, and fill it in one transaction.

    `progress` is told, batch by batch, a table and how many of its rows were handed over so far. With
    `defects` the database loses the constraints that would refuse them.

    Returns:
        The rows written per table.

    Raises:
        WrongUseError: when the database holds rows already, or the volumes cannot be met.
        RunInProgressError: when another simulation is at work in it.
        StreamVisionError: when the database refuses; nothing is written then.

    """
    with database.hold():
        database.migrate()
        if not database.is_empty():
            raise WrongUseError(
                "The service's database holds rows already, and a simulation needs an empty one",
                safe="nothing was written",
                next_command="`streamvision extract` to go on with these rows, or name an empty database "
                "in STREAMVISION_SOURCE",
            )
        tables = simulated_tables(spec)
        if defects is not None:
            database.lift_constraints()
            tables = ((table, defects.in_table(table, batches)) for table, batches in tables)
        counted = _Counted(progress)
        return database.fill(
            ((table, counted.rows(table, batches)) for table, batches in tables),
            note=WorldNote(spec, spec.until).to_json(),
        )


def go_on(
    database: ServiceDatabase, until: date, progress: Progress, defects: Defects | None = None
) -> dict[str, int]:
    """Let the service that a database holds live on to the end of a day; each day is one transaction.

    Killed among the days it leaves whole ones, and given again it goes on after them; a day that was lived
    in part goes on at its moment. With `defects` the database loses the constraints that would refuse them.

    Returns:
        The rows inserted, updated or deleted per table, all days together.

    Raises:
        WrongUseError: when the database holds no simulated service, or one that is past that day.
        RunInProgressError: when another simulation is at work in it.
        StreamVisionError: when the database refuses; nothing of the day is written then.

    """
    with database.hold():
        world = known_world(database)
        if until < world.until or (until == world.until and world.moment is not None):
            raise gone_by(world, until)
        changed: dict[str, int] = {}
        if until == world.until:
            return changed
        if defects is not None:
            database.lift_constraints()
        for day in World(world.spec, number_of(until), world.crowds).days():
            if day.number >= world.next_day:
                rest = _rest_of(day, world)
                changes = rest if defects is None else defects.in_day(day.number, rest)
                for table, rows in database.change(changes, world.after(day.number).to_json()).items():
                    changed[table] = changed.get(table, 0) + rows
                    progress(table, changed[table])
    return changed


def known_world(database: ServiceDatabase) -> WorldNote:
    """Bring a database's tables up to date and return which simulated service it holds.

    Raises:
        WrongUseError: when it holds none.

    """
    database.migrate()
    world = read_note(database.note())
    if world is None:
        raise WrongUseError(
            "The service's database holds rows that were not simulated, or none",
            safe="nothing was written",
            next_command="`streamvision extract` to go on with these rows, or name an empty database "
            "in STREAMVISION_SOURCE",
        )
    return world


def gone_by(world: WorldNote, until: date) -> WrongUseError:
    """Return the error of who asks for a day that a simulated service has left behind."""
    reached = world.until if world.moment is None else world.until + timedelta(days=1)
    return WrongUseError(
        f"The simulated service has come to {reached} already, and does not go back to {until}",
        safe="nothing was written",
        next_command=f"choose a day after {world.until}, or simulate into an empty database",
    )


def _rest_of(day: Day, world: WorldNote) -> ServiceChanges:
    """Return what a database does not have yet of a day."""
    if world.moment is None or day.number > world.next_day:
        return day.changes
    schedule = Schedule(day)
    return schedule.between(world.moment, schedule.end)


def simulated_tables(spec: SimulationSpec, workers: int | None = None) -> Iterable[Table]:
    """Return the tables and their rows, in an order in which every reference is met; some come in parts.

    Args:
        spec: what to simulate; the rows follow from it alone.
        workers: how many processes draw parts of the people at once; without it, two.

    Raises:
        WrongUseError: when the volumes cannot be met.

    """
    # A first part is drawn before anything is written, so that volumes that cannot be met are refused.
    return _tables(spec, part_of(spec, 0), workers or usual_workers())


def _tables(spec: SimulationSpec, first: Shard, workers: int) -> Iterator[Table]:
    catalogue, _ = stocked(spec)
    chance, last_day = Chance(spec.seed), spec.end // DAY - 1
    yield ("subscription_plans", plan_batches(spec.sign_up_start))
    yield ("content", content_batches(chance, catalogue, last_day))
    yield ("episodes", episode_batches(chance, catalogue))
    rows = people_rows(spec, first, workers)
    for table, of_table in groupby(rows, key=itemgetter(0)):
        yield table, (batch for _, batch in of_table)


class _Counted:
    """Tell of rows as they go; a table may come in several parts."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._rows: dict[str, int] = {}

    def rows(self, table: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self._rows[table] = self._rows.get(table, 0) + batch.num_rows
            yield batch
            self._progress(table, self._rows[table])
