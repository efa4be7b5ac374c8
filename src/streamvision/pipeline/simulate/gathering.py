"""What the days after a history follow from, gathered from all parts of its people."""

from dataclasses import asdict, dataclass, replace

import numpy as np

from streamvision.pipeline.simulate.columns import Ints, joined
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.ratings import first_plays
from streamvision.pipeline.simulate.shards import in_order, part_of, stocked
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.viewing import Habits
from streamvision.pipeline.simulate.viewing_rows import sample_episode_viewing
from streamvision.pipeline.simulate.watching import PAIR

_ALL = 1.1
"""More than a certain chance."""


@dataclass(frozen=True)
class Pace:
    """Keep how much of each there was in the history: sessions and searches for all presence, and so on.

    Attributes:
        session_length: microseconds from the start of a session to its end, in the mean.

    """

    sessions: float
    searches: float
    episodes: float
    ratings: float
    session_length: float


@dataclass(frozen=True)
class Legacy:
    """Keep what people leave to the days after a history, a row for each or for each pair.

    Attributes:
        people: in the order of their numbers.
        rated: pairs of user and title that are rated.
        last_login: per person; 0 is none.

    """

    people: People
    habits: Habits
    rated: Ints
    last_login: Ints


@dataclass(frozen=True)
class History:
    """Keep what the days after a history follow from.

    Attributes:
        legacy: of everybody; what is rated is in ascending order.
        rows: how many rows each table of what people do was given.

    """

    legacy: Legacy
    pace: Pace
    rows: dict[str, int]


@dataclass(frozen=True)
class _Part:
    legacy: Legacy
    presence: float
    first_plays: int
    episodes: int
    events: int
    length: int


def gather(spec: SimulationSpec, workers: int) -> History:
    """Draw the history anew, its parts by several processes, and keep what is needed of it."""
    # One part is not worth a process.
    with in_order(_gathered, spec, range(spec.shards), workers if spec.shards > 1 else 1) as gathered:
        parts = list(gathered)
    presence = sum(part.presence for part in parts)
    volumes = spec.volumes
    rows = asdict(volumes) | {"subscription_events": sum(part.events for part in parts)}
    legacy = joined(*(part.legacy for part in parts))
    return History(
        legacy=replace(legacy, rated=np.sort(legacy.rated)),
        pace=Pace(
            sessions=volumes.viewing_sessions / presence,
            searches=volumes.search_queries / presence,
            episodes=volumes.episode_viewing / sum(part.episodes for part in parts),
            ratings=volumes.ratings / sum(part.first_plays for part in parts),
            session_length=sum(part.length for part in parts) / volumes.viewing_sessions,
        ),
        rows=rows,
    )


def _gathered(spec: SimulationSpec, number: int) -> _Part:
    catalogue, _ = stocked(spec)
    shard = part_of(spec, number)
    first = int(shard.people.number[0])
    viewing, progress = shard.viewing, shard.habits.progress
    return _Part(
        Legacy(
            shard.people,
            replace(shard.habits, progress=replace(progress, pair=progress.pair + first * PAIR)),
            rated=(shard.ratings.user + first) * PAIR + shard.ratings.content,
            last_login=shard.last_login,
        ),
        presence=shard.presence,
        first_plays=len(first_plays(viewing)[0]),
        episodes=len(sample_episode_viewing(_ALL, shard.chance, viewing, catalogue).session),
        events=len(shard.events.user),
        length=int((viewing.ended_at - viewing.started_at).sum()),
    )
