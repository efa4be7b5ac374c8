"""Viewing sessions: who played what, when, and for how long."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.catalogue import SERIES, Catalogue
from streamvision.pipeline.simulate.chance import Chance, choose, happens
from streamvision.pipeline.simulate.choices import choose_countries, choose_devices, choose_titles
from streamvision.pipeline.simulate.columns import Floats, Ints
from streamvision.pipeline.simulate.moments import Moments, draw_moments
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.plans import MAX_RESOLUTION
from streamvision.pipeline.simulate.playback import (
    Conditions,
    draw_bitrates,
    draw_buffering,
    draw_conditions,
)
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Spells
from streamvision.pipeline.simulate.timeline import MILLISECOND, MINUTE, SECOND

MOST_EPISODES = 4
_SECOND_MS = SECOND // MILLISECOND
_GOES_ON = (0.52, 0.26, 0.14, 0.08)  # one, two, three, four episodes in a row
_LEAVES_SOON, _LEAVES_IN_THE_MIDDLE = 0.2, 0.45
_PAUSES = 0.22
_MEAN_PAUSE_MS = 4 * MINUTE // MILLISECOND


@dataclass(frozen=True)
class Viewing:
    """Keep the sessions in the order of time; position i is the session with the id i + 1.

    Attributes:
        parts: seconds of each part that a session could play in a row: a film is one part, a series
            the episode chosen and those after it; 0 where there is none.
        begun: how many parts were played, wholly or in part.
        watched: seconds played.
        first_episode: position in the catalogue's episodes; of no meaning for other titles.
        conditions: `starts` tells the plays from the attempts that never began.
        buffering_events, buffering_ms, kbps: 0 where nothing played.

    """

    user: Ints
    spell: Ints
    content: Ints
    country: Ints
    device: Ints
    started_at: Ints
    ended_at: Ints
    parts: Ints
    begun: Ints
    watched: Ints
    first_episode: Ints
    conditions: Conditions
    buffering_events: Ints
    buffering_ms: Ints
    kbps: Ints

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.user)

    @property
    def length(self) -> Ints:
        """Return the seconds of all parts that were begun."""
        return np.asarray(np.cumsum(self.parts, axis=1)[np.arange(self.count), self.begun - 1])


def make_viewing(
    spec: SimulationSpec, chance: Chance, people: People, spells: Spells, catalogue: Catalogue
) -> Viewing:
    """Draw the sessions.

    A user watches one thing at a time, and each session ends before the next one begins, before the
    subscription ends, and before the simulation ends.
    """
    count = spec.volumes.viewing_sessions
    moments = draw_moments(spec, people, spells, chance.topic("viewing moments"), count)
    user, at = spells.user[moments.spell], moments.at
    rng = chance.topic("viewing choices")
    country = choose_countries(rng, people, user)
    device = choose_devices(rng, people, user)
    content = choose_titles(rng, people, catalogue, user, country, at)
    first_episode, parts = _parts(rng, catalogue, content)
    wanted = _wanted_seconds(rng, parts, catalogue.quality[content])

    rng = chance.topic("viewing playback")
    plan_max = MAX_RESOLUTION[spells.plan[moments.spell]]
    conditions = draw_conditions(rng, people.network[user], device, plan_max)
    wanted = np.where(conditions.breaks, (wanted * rng.random(count)).astype(np.int64), wanted)
    room = _room_ms(spec, spells, moments)
    conditions = _hurried(conditions, room)
    starts, startup = conditions.starts, conditions.startup_ms
    watched = np.where(starts, np.minimum(wanted, (room - startup) // _SECOND_MS), 0)
    room_left = room - startup - watched * _SECOND_MS
    events, stalled = draw_buffering(rng, conditions.line, watched * _SECOND_MS)
    stalled = np.where(starts, np.minimum(stalled, room_left), 0)
    pause = _pauses(rng, count, np.where(starts, room_left - stalled, 0))
    spent = np.where(starts, startup + watched * _SECOND_MS + stalled + pause, np.minimum(startup, room))
    return Viewing(
        user=user,
        spell=moments.spell,
        content=content,
        country=country,
        device=device,
        started_at=at,
        ended_at=at + spent * MILLISECOND,
        parts=parts,
        begun=_begun(parts, watched),
        watched=watched,
        first_episode=first_episode,
        conditions=conditions,
        buffering_events=np.where(stalled > 0, events, 0),
        buffering_ms=stalled,
        kbps=np.where(starts, draw_bitrates(rng, conditions), 0),
    )


def _parts(rng: np.random.Generator, catalogue: Catalogue, content: Ints) -> tuple[Ints, Ints]:
    """Choose where in a series to begin, early episodes rather; return that and the parts from there on."""
    episodes = np.maximum(catalogue.episode_count[content], 1)
    offset = (episodes * rng.random(len(content)) ** 2).astype(np.int64)
    first = catalogue.first_episode[content] + offset
    series = catalogue.kind[content] == SERIES
    parts = np.zeros((len(content), MOST_EPISODES), dtype=np.int64)
    parts[:, 0] = catalogue.seconds[content]
    for ahead in range(MOST_EPISODES):
        there = series & (offset + ahead < episodes)
        parts[there, ahead] = catalogue.episodes.seconds[first[there] + ahead]
    return first, parts


def _wanted_seconds(rng: np.random.Generator, parts: Ints, quality: Floats) -> Ints:
    """Draw how long each would watch: some parts wholly, then a share of one more."""
    count = len(parts)
    whole = np.minimum(choose(rng, _GOES_ON, count), (parts > 0).sum(axis=1) - 1)
    # People leave soon, in the middle, or at the end; better titles hold more of them to the end.
    mood = rng.random(count) - 0.03 * (quality - 6.7)
    shares = [rng.beta(0.8, 6.0, count), rng.beta(2.0, 2.0, count)]
    share = np.select(
        [mood < _LEAVES_SOON, mood < _LEAVES_IN_THE_MIDDLE], shares, rng.uniform(0.93, 1.0, count)
    )
    row = np.arange(count)
    before = np.cumsum(parts, axis=1)[row, whole] - parts[row, whole]
    return np.asarray(before + np.rint(share * parts[row, whole]).astype(np.int64))


def _begun(parts: Ints, watched: Ints) -> Ints:
    before = np.cumsum(parts, axis=1) - parts
    return np.asarray(np.maximum(((before < watched[:, None]) & (parts > 0)).sum(axis=1), 1))


def _room_ms(spec: SimulationSpec, spells: Spells, moments: Moments) -> Ints:
    """Return the milliseconds that each session may last."""
    user = spells.user[moments.spell]
    order = np.lexsort((moments.at, user))
    following = np.full(len(user), spec.end, dtype=np.int64)
    same = user[order][1:] == user[order][:-1]
    following[order[:-1][same]] = moments.at[order[1:][same]]
    over = np.minimum(spells.subscription_end[moments.spell], spec.end) - SECOND
    room = (np.minimum(following, over) - moments.at) // MILLISECOND - 1
    return np.asarray(np.maximum(room, 0))


def _hurried(conditions: Conditions, room: Ints) -> Conditions:
    """Turn plays for which there is no time into exits before the start."""
    hurried = conditions.starts & (conditions.startup_ms > room - _SECOND_MS)
    return Conditions(
        line=conditions.line,
        resolution=conditions.resolution,
        starts=conditions.starts & ~hurried,
        breaks=conditions.breaks & ~hurried,
        error=np.where(hurried, -1, conditions.error),
        startup_ms=conditions.startup_ms,
    )


def _pauses(rng: np.random.Generator, count: int, room: Ints) -> Ints:
    pause = np.where(happens(rng, _PAUSES, count), rng.exponential(_MEAN_PAUSE_MS, count), 0.0)
    return np.minimum(pause.astype(np.int64), room)
