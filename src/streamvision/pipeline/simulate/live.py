"""The service lives on before one's eyes: its days go by as a clock does, only faster."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.note import WorldNote
from streamvision.pipeline.simulate.schedule import Schedule
from streamvision.pipeline.simulate.step import gone_by, known_world
from streamvision.pipeline.simulate.timeline import DAY, SECOND, number_of
from streamvision.pipeline.simulate.world import Day, World
from streamvision.ports.clock import Clock
from streamvision.ports.service import ServiceDatabase

_STEP_SECONDS = 1.0
"""Of the clock, from one transaction to the next."""
_DAYS_AHEAD = 92
"""So many days are known at once who comes on them; after them the history is drawn anew."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tempo:
    """Say how a service lives on.

    Attributes:
        speed: seconds of the service in a second of the clock.
        viewers: how many watch at once in the mean of a day, from the next day that begins; without it as
            many as before.
        until: the last day, which may be still to come. Without it there is none, and the service is never
            ahead of the clock: once it has caught up, it lives on at the clock's own pace.

    """

    speed: float
    viewers: int | None = None
    until: date | None = None


@dataclass(frozen=True)
class Glimpse:
    """Tell how far a service has come.

    Attributes:
        moment: of the service, UTC.
        viewers: how many watch at that moment.
        rows: inserted, updated and deleted per table since it began to live on.

    """

    moment: datetime
    viewers: int
    rows: dict[str, int]


def live(
    database: ServiceDatabase,
    tempo: Tempo,
    clock: Clock,
    stops: Callable[[], bool],
    tell: Callable[[Glimpse], None],
) -> Glimpse:
    """Let the service that a database holds live on as a clock goes, until it stops or a day is over.

    What happens is written in small transactions, one a second where there is something to write. Each leaves
    the database as the service is at a moment, from which it can live on, or be played to a day by `go_on`:
    a day that is over has the rows that it has when it is played at once.

    Args:
        database: holds the service.
        tempo: how fast, with how many viewers, and up to when.
        clock: goes.
        stops: is asked between transactions whether to end.
        tell: hears after each of them how far the service has come.

    Raises:
        WrongUseError: when the database holds no simulated service, when it is past the last day or ahead of
            the clock, or when more should watch at once than there are subscribers for.
        RunInProgressError: when another simulation is at work in it.
        StreamVisionError: when the database refuses; it is as it was after the last transaction then.

    """
    if tempo.speed <= 0:
        raise WrongUseError(
            f"The speed must be more than 0, not {tempo.speed:g}",
            safe="nothing was written",
            next_command="choose 1 for the clock's own pace, or more to be faster",
        )
    with database.hold():
        world = known_world(database)
        if tempo.until is not None and tempo.until <= world.until:
            raise gone_by(world, tempo.until)
        if tempo.until is None and _reached(world) > _microseconds(clock.now()):
            raise WrongUseError(
                f"The simulated service has come to {_shown(_reached(world)):%Y-%m-%d %H:%M} UTC, which is "
                "still to come",
                safe="nothing was written",
                next_command="wait until then, or name a last day with --until to live on ahead of the clock",
            )
        return _Life(database, tempo, clock, world.with_viewers(tempo.viewers)).run(stops, tell)


class _Life:
    def __init__(self, database: ServiceDatabase, tempo: Tempo, clock: Clock, world: WorldNote) -> None:
        self._database, self._tempo, self._clock, self._world = database, tempo, clock, world
        self._origin = self._moment = _reached(world)
        self._began: datetime | None = None
        self._rows: dict[str, int] = {}

    def run(self, stops: Callable[[], bool], tell: Callable[[Glimpse], None]) -> Glimpse:
        glimpse = Glimpse(_shown(self._moment), 0, self._rows)
        for day in self._days():
            schedule = Schedule(day)
            for glimpse in self._through(day.number, schedule):
                tell(glimpse)
                if stops():
                    return glimpse
        return glimpse

    def _days(self) -> Iterator[Day]:
        first = self._world.next_day
        last = None if self._tempo.until is None else number_of(self._tempo.until)
        while last is None or first <= last:
            known = first + _DAYS_AHEAD - 1 if last is None else min(first + _DAYS_AHEAD - 1, last)
            for day in World(self._world.spec, known, self._world.crowds).days():
                if day.number >= first:
                    yield day
            first = known + 1

    def _through(self, day: int, schedule: Schedule) -> Iterator[Glimpse]:
        """Live through a day; yield after each step."""
        # A day begins with what happens at its first instant.
        written = self._moment if self._moment > schedule.start else schedule.start - 1
        last = schedule.end - 1
        while True:
            now = min(self._present(), last)
            if now > written:
                self._write(day, schedule, written, now)
                written = self._moment = now
            yield Glimpse(_shown(self._moment), schedule.viewers(self._moment), dict(self._rows))
            if written == last:
                self._moment = schedule.end
                return
            self._clock.pause(_STEP_SECONDS)

    def _present(self) -> int:
        """Return the moment that the service should have come to."""
        now = self._clock.now()
        # Not before the first day is drawn, which takes its time.
        self._began = self._began or now
        passed = (now - self._began) / timedelta(microseconds=1)
        reached = self._origin + int(passed * self._tempo.speed)
        return reached if self._tempo.until is not None else min(reached, _microseconds(now))

    def _write(self, day: int, schedule: Schedule, after: int, until: int) -> None:
        is_over = until == schedule.end - 1
        changes = schedule.between(after, until)
        if not (is_over or changes.inserts or changes.updates or changes.erased_users):
            return
        self._world = self._world.after(day, None if is_over else until)
        for table, rows in self._database.change(changes, self._world.to_json()).items():
            self._rows[table] = self._rows.get(table, 0) + rows


def _reached(world: WorldNote) -> int:
    return world.next_day * DAY if world.moment is None else world.moment


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _shown(moment: int) -> datetime:
    return _EPOCH + timedelta(seconds=moment // SECOND)
