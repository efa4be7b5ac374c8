"""Viewing sessions: who played what, when, and for how long."""

from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.chance import Chance, happens
from streamvision.pipeline.simulate.choices import Shelf, choose_countries, choose_devices
from streamvision.pipeline.simulate.columns import Ints
from streamvision.pipeline.simulate.moments import Moments
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.plans import MAX_RESOLUTION
from streamvision.pipeline.simulate.playback import (
    Conditions,
    draw_bitrates,
    draw_buffering,
    draw_conditions,
)
from streamvision.pipeline.simulate.subscriptions import Spells
from streamvision.pipeline.simulate.timeline import MILLISECOND, MINUTE, SECOND, Window, days_of
from streamvision.pipeline.simulate.watching import Progress, draw_intents, watch

_SECOND_MS = SECOND // MILLISECOND
_PAUSES = 0.22
_MEAN_PAUSE_MS = 4 * MINUTE // MILLISECOND


@dataclass(frozen=True)
class Viewing:
    """Keep the sessions in the order of time.

    Attributes:
        subscription_end: when the subscription ends in which it was played.
        parts, watched, first_episode: as in `watching.Watched`.
        begun: how many parts were played, wholly or in part.
        conditions: `starts` tells the plays from the attempts that never began.
        buffering_events, buffering_ms, kbps: 0 where nothing played.

    """

    user: Ints
    subscription_end: Ints
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


@dataclass(frozen=True)
class Habits:
    """Keep what users bring along from before: how far they are with series, and what they played last."""

    progress: Progress
    last: Ints


@dataclass(frozen=True)
class Audience:
    """Keep who may watch in a window, from which shelf, and which country fails on each day (-1: none)."""

    behaviour: Behaviour
    window: Window
    people: People
    spells: Spells
    shelf: Shelf
    outages: Ints


def make_viewing(
    audience: Audience, chance: Chance, moments: Moments, habits: Habits
) -> tuple[Viewing, Habits]:
    """Draw the sessions that begin at some moments; also return the habits that follow from them.

    A user watches one thing at a time, and each session ends before the next one begins, before the
    subscription ends, and before the limit of the window.
    """
    behaviour, people, spells = audience.behaviour, audience.people, audience.spells
    catalogue = audience.shelf.catalogue
    user, at, count = spells.user[moments.spell], moments.at, len(moments.at)
    rng = chance.topic("viewing choices")
    country = choose_countries(rng, behaviour, people, user)
    device = choose_devices(rng, behaviour, people, user)
    content = audience.shelf.choose(rng, people, user, country, at)
    content = audience.shelf.go_on(rng, content, user, country, at, habits.last)

    rng = chance.topic("viewing playback")
    struck = audience.outages[days_of(at) - audience.window.first_day] == country
    plan_max = MAX_RESOLUTION[spells.plan[moments.spell]]
    conditions = draw_conditions(rng, behaviour, people.network[user], device, plan_max, struck)
    room = _room_ms(audience, moments)
    conditions = _hurried(conditions, room)
    starts, startup = conditions.starts, conditions.startup_ms
    seconds = np.where(starts, (room - startup) // _SECOND_MS, 0)
    intent = draw_intents(rng, behaviour, catalogue.quality[content], conditions.breaks, seconds)
    watched, progress = watch(catalogue, user, content, intent, habits.progress)

    playing = watched.seconds * _SECOND_MS
    events, stalled = draw_buffering(rng, conditions.line, playing)
    stalled = np.where(starts, np.minimum(stalled, room - startup - playing), 0)
    pause = _pauses(rng, count, np.where(starts, room - startup - playing - stalled, 0))
    spent = np.where(starts, startup + playing + stalled + pause, np.minimum(startup, room))
    viewing = Viewing(
        user=user,
        subscription_end=spells.subscription_end[moments.spell],
        content=content,
        country=country,
        device=device,
        started_at=at,
        ended_at=at + spent * MILLISECOND,
        parts=watched.parts,
        begun=_begun(watched.parts, watched.seconds),
        watched=watched.seconds,
        first_episode=watched.first_episode,
        conditions=conditions,
        buffering_events=np.where(stalled > 0, events, 0),
        buffering_ms=stalled,
        kbps=np.where(starts, draw_bitrates(rng, conditions), 0),
    )
    last = habits.last.copy()
    # Later rows overwrite earlier ones: assignment by index keeps the last value of each user.
    last[user] = content
    return viewing, Habits(progress, last)


def _begun(parts: Ints, watched: Ints) -> Ints:
    before = np.cumsum(parts, axis=1) - parts
    return np.asarray(np.maximum(((before < watched[:, None]) & (parts > 0)).sum(axis=1), 1))


def _room_ms(audience: Audience, moments: Moments) -> Ints:
    """Return the milliseconds that each session may last."""
    spells, limit = audience.spells, audience.window.limit
    user = spells.user[moments.spell]
    order = np.lexsort((moments.at, user))
    following = np.full(len(user), limit, dtype=np.int64)
    same = user[order][1:] == user[order][:-1]
    following[order[:-1][same]] = moments.at[order[1:][same]]
    over = np.minimum(spells.subscription_end[moments.spell], limit) - SECOND
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
