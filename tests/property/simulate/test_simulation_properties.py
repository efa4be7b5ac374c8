"""Whatever the seed and the dates: the rules hold."""

from datetime import UTC, date, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streamvision.pipeline.simulate.step import SimulationSpec, Volumes, simulate
from streamvision.pipeline.simulate.timeline import add_months, between
from tests.support import life_stories
from tests.support.memory_service import MemoryServiceDatabase

TINY = Volumes(
    users=60, content=12, episodes=18, viewing_sessions=240, episode_viewing=12, ratings=20, search_queries=20
)
INSTANTS = st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    until=st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    days=st.integers(60, 1_095),
)
def test_every_seed_keeps_every_rule(seed: int, until: date, days: int) -> None:
    """Keys, references and life stories hold for any seed, last day and length of viewing."""
    spec = SimulationSpec(TINY, seed=seed, until=until, days=days)
    database = MemoryServiceDatabase()
    simulate(database, spec, lambda _table, _rows: None)
    service = life_stories.Service(database.tables, spec)
    assert [fault for rule in life_stories.RULES for fault in rule(service)] == []


@given(instant=INSTANTS, months=st.integers(0, 60))
def test_months_are_added_as_the_calendar_has_them(instant: datetime, months: int) -> None:
    """The vectorised arithmetic agrees with plain dates, at the ends of months too."""
    since = np.array([round(instant.timestamp() * 1_000_000)])
    expected = life_stories.add_months(instant, months)
    moved = int(add_months(since, np.array([months]))[0])
    assert moved == round(expected.timestamp() * 1_000_000)


@given(start=st.integers(0, 2**51), span=st.integers(2_001, 10**14), share=st.floats(0, 1))
def test_a_moment_between_two_lies_strictly_between_them(start: int, span: int, share: float) -> None:
    """Neither end is ever hit, so that events of one life never fall together."""
    moment = int(between(np.array([start]), np.array([start + span]), np.array([share]))[0])
    assert start < moment < start + span
