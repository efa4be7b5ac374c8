"""The days after the history: the same in one go and one by one, and no life breaks a rule on any of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.note import read_note
from streamvision.pipeline.simulate.step import SimulationSpec, Volumes, go_on, simulate
from streamvision.pipeline.simulate.timeline import DAY
from streamvision.pipeline.simulate.world import World
from tests.support import life_stories
from tests.support.memory_service import MemoryServiceDatabase

VOLUMES = Volumes(
    users=300,
    content=400,
    episodes=600,
    viewing_sessions=3_000,
    episode_viewing=200,
    ratings=300,
    search_queries=300,
)
# More of what is rare, so that some of it happens in a few days.
BEHAVIOUR = Behaviour(
    new_titles=0.6,
    expiries_a_year=2.0,
    erasures=0.9,
    leaves_first_year=0.4,
    leaves_later=0.3,
    free_leaves=0.4,
)
SPEC = SimulationSpec(VOLUMES, seed=5, until=date(2026, 9, 30), days=30, behaviour=BEHAVIOUR)
DAYS = 6
LAST = SPEC.until + timedelta(days=DAYS)
Row = dict[str, Any]


def silent(_table: str, _rows: int) -> None:
    """Ignore progress."""


def begun(spec: SimulationSpec = SPEC) -> MemoryServiceDatabase:
    """Return a database with the history."""
    database = MemoryServiceDatabase()
    simulate(database, spec, silent)
    return database


def rows(database: MemoryServiceDatabase) -> dict[str, dict[int, Row]]:
    """Return the rows by table and key."""
    return {name: {row["id"]: row for row in table.to_pylist()} for name, table in database.tables.items()}


@pytest.fixture(scope="module")
def days() -> list[MemoryServiceDatabase]:
    """Give the database as it is after the history and after each day, played one by one."""
    pictures = [begun()]
    for number in range(DAYS):
        database = MemoryServiceDatabase()
        database.fill([(name, table.to_batches()) for name, table in pictures[-1].tables.items()])
        database.fill([], note=pictures[-1].note())
        go_on(database, SPEC.until + timedelta(days=number + 1), silent)
        pictures.append(database)
    return pictures


def changes(days: list[MemoryServiceDatabase]) -> Iterator[tuple[date, dict[str, Any], dict[str, Any]]]:
    """Yield each day with the rows before and after it."""
    pictures = [rows(database) for database in days]
    for number, (before, after) in enumerate(pairwise(pictures), 1):
        yield SPEC.until + timedelta(days=number), before, after


def test_a_day_is_the_same_in_one_go_and_one_by_one(days: list[MemoryServiceDatabase]) -> None:
    """Whether all days are played at once, in two goes, or one by one: the rows are the same."""
    at_once, in_two = begun(), begun()
    go_on(at_once, LAST, silent)
    go_on(in_two, SPEC.until + timedelta(days=5), silent)
    go_on(in_two, LAST, silent)
    assert rows(at_once) == rows(days[-1])
    assert rows(in_two) == rows(days[-1])


def test_a_day_is_the_same_whoever_draws_the_history() -> None:
    """Its parts may be drawn by one process or by several at once."""
    spec = replace(SPEC, people_at_once=100)
    number = spec.end // DAY + 1
    alone, together = (list(World(spec, number, workers=workers).days()) for workers in (1, 2))
    assert [day.changes for day in alone] == [day.changes for day in together]


def test_no_life_breaks_a_rule_on_any_day(days: list[MemoryServiceDatabase]) -> None:
    """The story of the events and what stands in users agree on every day, and all other rules hold."""
    for number, database in enumerate(days[1:], 1):
        spec = replace(SPEC, until=SPEC.until + timedelta(days=number), days=SPEC.days + number)
        service = life_stories.Service(database.tables, spec)
        assert [fault for rule in life_stories.RULES for fault in rule(service)] == []


def test_each_day_brings_news_of_every_kind(days: list[MemoryServiceDatabase]) -> None:
    """Rows are added to every table of people every day or so; users are updated, and some are erased."""
    erased: set[int] = set()
    for _, before, after in changes(days):
        assert len(after["viewing_sessions"].keys() - before["viewing_sessions"].keys()) > 50
        assert after["search_queries"].keys() - before["search_queries"].keys()
        updated = [key for key, row in before["users"].items() if after["users"].get(key, row) != row]
        assert len(updated) > 10
        erased |= before["users"].keys() - after["users"].keys()
    assert erased
    first, last = rows(days[0]), rows(days[-1])
    titles = first["content"]
    assert any(
        last["content"][key]["available_countries"] != row["available_countries"]
        for key, row in titles.items()
    )
    for table in ("users", "subscription_events", "ratings", "episode_viewing", "content"):
        assert last[table].keys() - first[table].keys()
    assert all(row["user_id"] not in erased for row in last["viewing_sessions"].values())


def test_what_is_added_happened_on_the_day_or_ended_on_it(days: list[MemoryServiceDatabase]) -> None:
    """New rows are the day's; a session that began the day before and ended after midnight comes late."""
    late = 0
    for day, before, after in changes(days):
        for table, column in (
            ("subscription_events", "occurred_at"),
            ("ratings", "rated_at"),
            ("search_queries", "searched_at"),
            ("viewing_sessions", "ended_at"),
        ):
            new = after[table].keys() - before[table].keys()
            assert {after[table][key][column].date() for key in new} <= {day}
        new = after["viewing_sessions"].keys() - before["viewing_sessions"].keys()
        late += sum(after["viewing_sessions"][key]["started_at"].date() < day for key in new)
    assert late > 3


def test_what_happened_stays_as_it_was_told(days: list[MemoryServiceDatabase]) -> None:
    """Rows of what happened never change; they go only with the user that they tell of."""
    for _, before, after in changes(days):
        for table in ("subscription_events", "viewing_sessions", "ratings", "search_queries"):
            for key, row in before[table].items():
                assert after[table].get(key, row) == row
                if key not in after[table]:
                    assert row["user_id"] not in after["users"]


def test_nobody_is_erased_where_nobody_asks_for_it() -> None:
    """Without anybody who asks to be forgotten, all users stay."""
    database = begun(replace(SPEC, behaviour=replace(SPEC.behaviour, erasures=0.0)))
    before = set(rows(database)["users"])
    go_on(database, LAST, silent)
    assert before <= set(rows(database)["users"])


def test_the_days_go_on_at_the_pace_of_the_history(days: list[MemoryServiceDatabase]) -> None:
    """As many sessions a day as in the last weeks of the history."""
    history = rows(days[0])["viewing_sessions"].values()
    recent = sum(row["started_at"].date() > SPEC.until - timedelta(days=14) for row in history) / 14
    added = (len(days[-1].tables["viewing_sessions"]) - len(days[0].tables["viewing_sessions"])) / DAYS
    assert added == pytest.approx(recent, rel=0.25)


def test_a_world_that_is_there_already_is_left_as_it_is(days: list[MemoryServiceDatabase]) -> None:
    """The same day again changes nothing; an earlier day is refused."""
    before = rows(days[-1])
    assert go_on(days[-1], LAST, silent) == {}
    with pytest.raises(WrongUseError, match="does not go back"):
        go_on(days[-1], LAST - timedelta(days=1), silent)
    assert rows(days[-1]) == before


def test_only_a_simulated_world_goes_on() -> None:
    """Rows that nobody noted as simulated are refused, as are those of another version."""
    database = MemoryServiceDatabase()
    database.fill([("subscription_plans", [pa.record_batch({"id": [1], "code": ["free"]})])])
    with pytest.raises(WrongUseError, match="not simulated"):
        go_on(database, LAST, silent)
    database.fill([], note='{"streamvision_world": 0}')
    with pytest.raises(WrongUseError, match="Another version"):
        go_on(database, LAST, silent)


def test_the_note_tells_the_whole_world() -> None:
    """What a database keeps of its world is all that it follows from."""
    spec = replace(SPEC, behaviour=replace(SPEC.behaviour, first_plan=(0.2, 0.2, 0.2, 0.2, 0.2)))
    note = read_note(begun(spec).note())
    assert note is not None
    assert (note.spec, note.until) == (spec, SPEC.until)
