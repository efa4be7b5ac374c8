"""What the days after a history follow from, gathered from all parts of its people."""

from dataclasses import asdict, dataclass

import numpy as np

from streamvision.pipeline.simulate.columns import Ints, joined
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.ratings import first_plays
from streamvision.pipeline.simulate.shards import in_order, part_of, stocked
from streamvision.pipeline.simulate.spec import SimulationSpec
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
class History:
    """Keep what a history leaves to the days after it.

    Attributes:
        people: everybody, in the order of their numbers.
        pair, episode: how far they are with series, as in `watching.Progress`.
        last: the title that each played last; -1 is none.
        rated: pairs of user and title that are rated, in ascending order.
        last_login: per person; 0 is none.
        rows: how many rows each table of what people do was given.

    """

    people: People
    pair: Ints
    episode: Ints
    last: Ints
    rated: Ints
    last_login: Ints
    pace: Pace
    rows: dict[str, int]


@dataclass(frozen=True)
class _Part:
    people: People
    pair: Ints
    episode: Ints
    last: Ints
    rated: Ints
    last_login: Ints
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
    return History(
        people=joined(*(part.people for part in parts)),
        pair=np.concatenate([part.pair for part in parts]),
        episode=np.concatenate([part.episode for part in parts]),
        last=np.concatenate([part.last for part in parts]),
        rated=np.sort(np.concatenate([part.rated for part in parts])),
        last_login=np.concatenate([part.last_login for part in parts]),
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
    viewing = shard.viewing
    return _Part(
        people=shard.people,
        pair=shard.habits.progress.pair + first * PAIR,
        episode=shard.habits.progress.episode,
        last=shard.habits.last,
        rated=(shard.ratings.user + first) * PAIR + shard.ratings.content,
        last_login=shard.last_login,
        presence=shard.presence,
        first_plays=len(first_plays(viewing)[0]),
        episodes=len(sample_episode_viewing(_ALL, shard.chance, viewing, catalogue).session),
        events=len(shard.events.user),
        length=int((viewing.ended_at - viewing.started_at).sum()),
    )
