"""A service that lives on as a clock goes leaves what its days leave when they are played at once."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest

from streamvision.domain.errors import RunInProgressError, SourceError, WrongUseError
from streamvision.pipeline.simulate.live import Glimpse, Tempo, live
from streamvision.pipeline.simulate.note import WorldNote, read_note
from streamvision.pipeline.simulate.step import go_on
from streamvision.ports.service import ServiceChanges
from tests.fakes.run import SteppingClock
from tests.support.memory_service import MemoryServiceDatabase
from tests.unit.simulate import test_days
from tests.unit.simulate.test_days import begun, rows, silent

# So few people come and go a day that much of it has to happen for some to be forgotten in a few days.
SPEC = replace(
    test_days.SPEC,
    seed=34,
    volumes=replace(
        test_days.VOLUMES,
        users=200,
        content=300,
        episodes=450,
        viewing_sessions=1_500,
        episode_viewing=100,
        ratings=150,
        search_queries=200,
    ),
    behaviour=replace(
        test_days.BEHAVIOUR,
        leaves_first_quarter=0.6,
        leaves_first_year=0.6,
        leaves_later=0.6,
        free_leaves=0.6,
        returns=1.0,
        mean_absence_days=20.0,
        erasures=1.0,
    ),
)
DAYS = 3
LAST = SPEC.until + timedelta(days=DAYS)
MIDNIGHT = datetime.combine(SPEC.until + timedelta(days=1), time(), tzinfo=UTC)
A_YEAR_LATER = MIDNIGHT + timedelta(days=365)
HOURLY = 3_600.0
VIEWERS = 5


def until(moment: datetime | None, told: list[Glimpse]) -> Callable[[], bool]:
    """Return what stops a life at a moment of the service."""
    return lambda: moment is not None and told[-1].moment >= moment


def lived(
    database: MemoryServiceDatabase,
    *,
    stops_at: datetime | None = None,
    last: date | None = LAST,
    speed: float = 4 * HOURLY,
    viewers: int | None = None,
    clock: SteppingClock | None = None,
) -> list[Glimpse]:
    """Let a service live on, and return what was told of it."""
    told: list[Glimpse] = []
    tempo = Tempo(speed, viewers, last)
    live(database, tempo, clock or SteppingClock(A_YEAR_LATER), until(stops_at, told), told.append)
    return told


def noted(database: MemoryServiceDatabase) -> WorldNote:
    """Return the note of the world in a database."""
    note = read_note(database.note())
    assert note is not None
    return note


@pytest.fixture(scope="module")
def history() -> MemoryServiceDatabase:
    """Give the database as it is after the history; it stays as it is."""
    return begun(SPEC)


def copy(database: MemoryServiceDatabase) -> MemoryServiceDatabase:
    """Return another database with the same rows and the same note."""
    other = MemoryServiceDatabase()
    other.fill([(name, table.to_batches()) for name, table in database.tables.items()], database.note())
    return other


@pytest.fixture(scope="module")
def played(history: MemoryServiceDatabase) -> MemoryServiceDatabase:
    """Give the database whose days were played at once."""
    database = copy(history)
    go_on(database, LAST, silent)
    return database


class Watched(MemoryServiceDatabase):
    """Keep what each transaction changed, and what the rows of users were after it."""

    def __init__(self, history: MemoryServiceDatabase) -> None:
        """Begin with the rows of another database."""
        super().__init__()
        self.fill([(name, table.to_batches()) for name, table in history.tables.items()], history.note())
        self.changes: list[ServiceChanges] = []
        self.fails_at: int | None = None

    def change(self, changes: ServiceChanges, note: str) -> dict[str, int]:
        """Change the rows, unless the time has come to fail."""
        if len(self.changes) == self.fails_at:
            raise SourceError("the disk is full")
        self.changes.append(changes)
        return super().change(changes, note)


def test_days_that_were_lived_are_the_days_that_were_played(
    history: MemoryServiceDatabase, played: MemoryServiceDatabase
) -> None:
    """Whatever the speed, each row is the same in the end, and so is the note."""
    for speed in (7_919.0, 100_000.0):
        database = copy(history)
        lived(database, speed=speed)
        assert rows(database) == rows(played)
        assert database.note() == played.note()


@pytest.mark.parametrize("hours", [3.9, 30.0])
def test_a_life_that_ended_at_any_moment_goes_on_from_it(
    history: MemoryServiceDatabase, played: MemoryServiceDatabase, hours: float
) -> None:
    """Played on, or lived on, a service that stopped within a day comes to the same rows."""
    stopped = copy(history)
    told = lived(stopped, stops_at=MIDNIGHT + timedelta(hours=hours))
    assert MIDNIGHT + timedelta(hours=hours) <= told[-1].moment < MIDNIGHT + timedelta(hours=hours + 4.1)
    lived_on = copy(stopped)
    go_on(stopped, LAST, silent)
    lived(lived_on)
    assert rows(stopped) == rows(played) == rows(lived_on)


def test_rows_are_written_at_their_moments(history: MemoryServiceDatabase) -> None:
    """Each transaction brings what happened since the one before it, and nothing of what is to come."""
    database = Watched(history)
    moments: list[datetime] = [MIDNIGHT]
    tempo = Tempo(HOURLY, None, SPEC.until + timedelta(days=1))
    written: list[int] = []

    def tell(glimpse: Glimpse) -> None:
        moments.append(glimpse.moment)
        written.append(len(database.changes))

    live(database, tempo, SteppingClock(A_YEAR_LATER), lambda: False, tell)
    columns = {
        "viewing_sessions": "ended_at",
        "search_queries": "searched_at",
        "ratings": "rated_at",
        "subscription_events": "occurred_at",
    }
    seen: Counter[str] = Counter()
    for (before, now), (already, done) in zip(pairwise(moments), pairwise([0, *written]), strict=True):
        for changes in database.changes[already:done]:
            for table, batches in changes.inserts:
                for row in (row for batch in batches for row in batch.to_pylist() if table in columns):
                    assert before <= row[columns[table]] < now + timedelta(seconds=1)
                    seen[table] += 1
    assert set(seen) == set(columns)
    assert len(database.changes) > 20


def test_a_user_is_at_every_moment_what_the_story_says(history: MemoryServiceDatabase) -> None:
    """After each transaction the plan, the end and the last login follow from what is written so far."""
    database = copy(history)
    faults: list[str] = []

    def tell(_glimpse: Glimpse) -> None:
        faults.extend(contradictions(database))

    tempo = Tempo(4 * HOURLY, None, LAST)
    live(database, tempo, SteppingClock(A_YEAR_LATER), lambda: False, tell)
    assert faults == []


def contradictions(database: MemoryServiceDatabase) -> Iterable[str]:
    """Yield what stands in users against the events, searches and ratings that are there."""
    tables = rows(database)
    plans = {row["id"]: row["code"] for row in tables["subscription_plans"].values()}
    story: dict[int, list[dict[str, object]]] = {}
    for event in sorted(tables["subscription_events"].values(), key=lambda row: row["occurred_at"]):
        story.setdefault(event["user_id"], []).append(event)
    seen: dict[int, datetime] = {}
    for table, column in (("search_queries", "searched_at"), ("ratings", "rated_at")):
        for row in tables[table].values():
            seen[row["user_id"]] = max(row[column], seen.get(row["user_id"], row[column]))
    for key, user in tables["users"].items():
        last = story[key][-1]
        over = last["event_type"] == "cancellation"
        if user["is_active"] == over or user["subscription_end"] != (last["occurred_at"] if over else None):
            yield f"user {key} has not the end of the last event"
        if not over and user["subscription_plan"] != plans[last["to_plan_id"]]:
            yield f"user {key} has not the plan of the last event"
        if key in seen and user["last_login"] < seen[key]:
            yield f"user {key} was there after the last login"


def test_who_asks_for_it_is_deleted_at_that_moment(
    history: MemoryServiceDatabase, played: MemoryServiceDatabase
) -> None:
    """Erasures are spread over the day, and those who are gone are those whom played days leave out."""
    database = Watched(history)
    told = lived(database)
    gone = [user for changes in database.changes for user in changes.erased_users]
    assert set(gone) >= rows(history)["users"].keys() - rows(played)["users"].keys() != set()
    assert len(gone) == len(set(gone))
    assert sum(bool(changes.erased_users) for changes in database.changes) >= DAYS
    assert told[-1].rows["users"] > 0


def test_so_many_watch_at_once_as_are_asked_for(history: MemoryServiceDatabase) -> None:
    """In the mean of a day it is the number, more in the evening than in the morning."""
    database = copy(history)
    told = lived(database, viewers=VIEWERS, speed=HOURLY)
    viewers = np.array([glimpse.viewers for glimpse in told if glimpse.moment.date() > MIDNIGHT.date()])
    assert viewers.mean() == pytest.approx(VIEWERS, rel=0.2)
    assert viewers.max() > 1.4 * viewers.mean()
    assert [crowd.viewers for crowd in noted(database).crowds] == [VIEWERS]


def test_the_number_of_viewers_belongs_to_the_world(
    history: MemoryServiceDatabase, played: MemoryServiceDatabase
) -> None:
    """Days that are played go on with it, and come to the same rows; without it there are others."""
    at_once, in_part = copy(history), copy(history)
    at_once.fill([], noted(history).with_viewers(VIEWERS).to_json())
    go_on(at_once, LAST, silent)
    lived(in_part, viewers=VIEWERS, stops_at=MIDNIGHT + timedelta(hours=19))
    go_on(in_part, LAST, silent)
    assert rows(in_part) == rows(at_once)
    sessions, usual = (len(rows(database)["viewing_sessions"]) for database in (at_once, played))
    assert sessions > usual + 100


def test_another_number_of_viewers_comes_with_the_next_day(history: MemoryServiceDatabase) -> None:
    """The day that has begun goes on as it was drawn; what comes after it has the new number."""
    database = copy(history)
    lived(database, viewers=VIEWERS, stops_at=MIDNIGHT + timedelta(hours=8))
    lived(database, viewers=2, last=SPEC.until + timedelta(days=2))
    first = noted(history).next_day
    assert [(crowd.first_day, crowd.viewers) for crowd in noted(database).crowds] == [
        (first, VIEWERS),
        (first + 1, 2),
    ]


def test_more_viewers_than_subscribers_can_be_are_refused(history: MemoryServiceDatabase) -> None:
    """The error says how many can watch at once, and nothing was written."""
    database = copy(history)
    with pytest.raises(WrongUseError, match="cannot watch at once"):
        lived(database, viewers=SPEC.volumes.users)
    assert database.note() == history.note()


def test_without_a_last_day_the_clock_is_not_overtaken(history: MemoryServiceDatabase) -> None:
    """The service catches up with the clock, and goes at its pace from then on."""
    database, clock = copy(history), SteppingClock(MIDNIGHT + timedelta(hours=5))
    behind: list[timedelta] = []
    tempo = Tempo(HOURLY)
    live(
        database,
        tempo,
        clock,
        lambda: len(behind) == 20,
        lambda glimpse: behind.append(clock.now() - glimpse.moment),
    )
    assert behind[0] == timedelta(hours=5)
    assert behind[2] > timedelta(hours=2)
    assert behind[-10:] == [timedelta()] * 10
    assert all(row["ended_at"] <= clock.now() for row in rows(database)["viewing_sessions"].values())


def test_a_service_that_is_ahead_of_the_clock_needs_a_last_day(history: MemoryServiceDatabase) -> None:
    """It does not stand still until the clock has come; the error names the way out."""
    database = copy(history)
    with pytest.raises(WrongUseError, match="still to come") as raised:
        lived(database, last=None, clock=SteppingClock(MIDNIGHT - timedelta(hours=1)))
    assert "--until" in str(raised.value)
    lived(database, last=SPEC.until + timedelta(days=1), clock=SteppingClock(MIDNIGHT))
    assert noted(database).until == SPEC.until + timedelta(days=1)


def test_a_database_that_fails_keeps_the_moment_before(
    history: MemoryServiceDatabase, played: MemoryServiceDatabase
) -> None:
    """What was written stays, and the service goes on from there."""
    database = Watched(history)
    database.fails_at = 4
    with pytest.raises(SourceError, match="disk"):
        lived(database)
    assert noted(database).moment is not None
    database.fails_at = None
    lived(database)
    assert rows(database) == rows(played)


def test_days_gone_by_are_refused(history: MemoryServiceDatabase) -> None:
    """Neither a day that is over nor one that has begun can be the last one again."""
    database = copy(history)
    with pytest.raises(WrongUseError, match="does not go back"):
        lived(database, last=SPEC.until)
    lived(database, stops_at=MIDNIGHT + timedelta(hours=2))
    with pytest.raises(WrongUseError, match="does not go back"):
        go_on(database, SPEC.until, silent)


def test_one_simulation_at_a_time_is_at_work(history: MemoryServiceDatabase) -> None:
    """As long as a service lives on, its days are not played by another command."""
    database = copy(history)
    refused: list[bool] = []

    def tell(_glimpse: Glimpse) -> None:
        with pytest.raises(RunInProgressError):
            go_on(database, LAST, silent)
        refused.append(True)

    live(database, Tempo(HOURLY, until=LAST), SteppingClock(A_YEAR_LATER), lambda: bool(refused), tell)
    assert refused


def test_a_world_without_a_moment_reads_as_before() -> None:
    """A note of a version that knew no moments is a world at the end of its day."""
    note = WorldNote(SPEC, SPEC.until)
    text = note.to_json().replace(', "moment": null, "crowds": []', "")
    assert "moment" not in text
    assert read_note(text) == note
    begun_day = replace(note, moment=5, crowds=(*note.crowds,)).with_viewers(3)
    assert read_note(begun_day.to_json()) == begun_day
