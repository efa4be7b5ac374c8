"""The history with which a world begins: exactly as many rows as are asked for, people part by part."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.catalogue import Catalogue
from streamvision.pipeline.simulate.chance import Chance
from streamvision.pipeline.simulate.choices import Shelf
from streamvision.pipeline.simulate.columns import Ints
from streamvision.pipeline.simulate.lives import Events, tell_lives
from streamvision.pipeline.simulate.moments import Moments, Presence
from streamvision.pipeline.simulate.people import (
    People,
    draw_people,
    history_moments,
    last_logins,
    user_batches,
)
from streamvision.pipeline.simulate.playback import outages
from streamvision.pipeline.simulate.ratings import Ratings, make_ratings, rating_batches
from streamvision.pipeline.simulate.searches import Searches, make_searches, search_batches
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Standing, conclude, event_batches
from streamvision.pipeline.simulate.viewing import Audience, Habits, Viewing, make_viewing
from streamvision.pipeline.simulate.viewing_rows import (
    EpisodeViewing,
    episode_viewing_batches,
    make_episode_viewing,
    session_batches,
)
from streamvision.pipeline.simulate.watching import NO_PROGRESS

Table = tuple[str, Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Shard:
    """Keep what a part of the people did in the history.

    Attributes:
        presence: how much they were there in the days of viewing, all together.

    """

    chance: Chance
    people: People
    events: Events
    standing: Standing
    presence: float
    viewing: Viewing
    habits: Habits
    episodes_played: EpisodeViewing
    ratings: Ratings
    searches: Searches
    last_login: Ints


def make_shard(spec: SimulationSpec, catalogue: Catalogue, shelf: Shelf, number: int) -> Shard:
    """Draw a part of the people and what they did.

    Raises:
        WrongUseError: when the volumes cannot be met.

    """
    chance = Chance(spec.seed, number)
    volumes = spec.volumes.part(number, spec.shards)
    people = make_people(spec, number)
    first = spec.volumes.before(number, spec.shards).users
    fates = Chance(spec.seed).fates("subscriptions")
    events = tell_lives(people.created_at, first, spec.end, fates, spec.behaviour).events
    spells, standing = conclude(events, people.count, spec.end)
    struck = outages(spec.behaviour, Chance(spec.seed), spec.history, spec.history)
    audience = Audience(spec.behaviour, spec.history, people, spells, shelf, struck)
    presence = Presence(spec.history, people, spells)
    habits = Habits(NO_PROGRESS, np.full(people.count, -1, dtype=np.int64))
    moments = _draw(presence, chance, "viewing moments", volumes.viewing_sessions)
    viewing, habits = make_viewing(audience, chance, moments, habits)
    search_moments = _draw(presence, chance, "search moments", volumes.search_queries)
    ratings = make_ratings(volumes.ratings, spec.behaviour, chance, viewing, people, catalogue)
    searches = make_searches(volumes.search_queries, audience, chance, search_moments, viewing)
    acts = [
        (viewing.user, viewing.started_at),
        (ratings.user, ratings.rated_at),
        (searches.user, searches.searched_at),
    ]
    return Shard(
        chance=chance,
        people=people,
        events=events,
        standing=standing,
        presence=presence.total,
        viewing=viewing,
        habits=habits,
        episodes_played=make_episode_viewing(volumes.episode_viewing, chance, viewing, catalogue),
        ratings=ratings,
        searches=searches,
        last_login=last_logins(spec.end, chance, people, standing, acts),
    )


def make_people(spec: SimulationSpec, number: int) -> People:
    """Draw a part of the people, in the order in which they made their accounts."""
    chance = Chance(spec.seed, number)
    volumes = spec.volumes.part(number, spec.shards)
    created_at = history_moments(spec.behaviour, chance, spec.sign_up_start, spec.end, volumes.users)
    return draw_people(spec.behaviour, chance, created_at, spec.volumes.before(number, spec.shards).users)


def shard_tables(
    spec: SimulationSpec, catalogue: Catalogue, shard: Shard, number: int, first_event: int
) -> list[Table]:
    """Return the tables of a part of the people; `first_event` is how many events there are before."""
    before = spec.volumes.before(number, spec.shards)
    people, sessions = shard.people.number, before.viewing_sessions
    return [
        ("users", user_batches(shard.chance, shard.people, shard.standing, shard.last_login)),
        ("subscription_events", event_batches(shard.events, people, first_event)),
        ("viewing_sessions", session_batches(shard.viewing, people, sessions)),
        (
            "episode_viewing",
            episode_viewing_batches(
                shard.viewing, shard.episodes_played, people, before.episode_viewing, sessions
            ),
        ),
        ("ratings", rating_batches(shard.ratings, people, before.ratings)),
        ("search_queries", search_batches(shard.searches, catalogue, people, before.search_queries)),
    ]


def _draw(presence: Presence, chance: Chance, topic: str, count: int) -> Moments:
    if presence.total <= 0:
        raise WrongUseError(
            "Nobody is subscribed in the days of viewing",
            safe="nothing was written",
            next_command="ask for more users or more days",
        )
    return presence.draw(chance.topic(topic), count)
