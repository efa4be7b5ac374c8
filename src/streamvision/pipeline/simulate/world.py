"""A world that goes on: what happens on each day after its history.

A day follows from the seed and from the days before it, and from nothing else: reached in one go or one by
one, it is the same. Nothing is asked of the database; the history is drawn anew instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from streamvision.domain.errors import WrongUseError
from streamvision.pipeline.simulate.catalogue import Catalogue, with_new_titles
from streamvision.pipeline.simulate.catalogue_rows import (
    availability_column,
    content_batches,
    episode_batches,
)
from streamvision.pipeline.simulate.chance import Chance, happens
from streamvision.pipeline.simulate.choices import Shelf
from streamvision.pipeline.simulate.columns import Bools, Ints, joined, numbers, taken
from streamvision.pipeline.simulate.crowds import LARGEST_SHARE, Crowd, crowd_of, eagerness
from streamvision.pipeline.simulate.gathering import History, gather
from streamvision.pipeline.simulate.lives import Told, tell_lives
from streamvision.pipeline.simulate.moments import Moments, Presence
from streamvision.pipeline.simulate.people import People, draw_people, standing_columns, user_batches
from streamvision.pipeline.simulate.playback import outages
from streamvision.pipeline.simulate.ratings import Ratings, first_plays, rate, rating_batches
from streamvision.pipeline.simulate.searches import Searches, make_searches, search_batches
from streamvision.pipeline.simulate.shards import stocked, usual_workers
from streamvision.pipeline.simulate.sign_ups import sign_up_moments, sign_up_rates
from streamvision.pipeline.simulate.spec import SimulationSpec
from streamvision.pipeline.simulate.subscriptions import Standing, conclude, event_batches
from streamvision.pipeline.simulate.timeline import DAY, MINUTE, Window, whole_milliseconds
from streamvision.pipeline.simulate.viewing import Audience, Habits, Viewing, make_viewing
from streamvision.pipeline.simulate.viewing_rows import (
    episode_viewing_batches,
    sample_episode_viewing,
    session_batches,
)
from streamvision.ports.service import ServiceChanges

_DAYS = 1
"""What stands before the number of a day among the parts of a world; the parts of people stand alone."""
_PLAN_IS_CHOSEN_WITHIN = 15 * MINUTE
_NOBODY = np.empty(0, dtype=np.int64)


@dataclass
class _State:
    """Keep what a day leaves for the next one.

    Attributes:
        habits: of all people, those of days to come among them.
        rated: pairs of user and title that are rated, in ascending order.
        late: sessions that went on after midnight; they are written when they have ended.
        last_login: per person; 0 is none.
        rows: how many rows each table was given so far.

    """

    catalogue: Catalogue
    habits: Habits
    rated: Ints
    late: Viewing | None
    last_login: Ints
    rows: dict[str, int]


@dataclass(frozen=True)
class _Acts:
    """Keep what is written of a day."""

    viewing: Viewing
    ratings: Ratings
    searches: Searches
    doers: tuple[tuple[Ints, Ints], ...] = field(default=())
    started_at: Ints = field(default_factory=_NOBODY.copy)
    ended_at: Ints = field(default_factory=_NOBODY.copy)


@dataclass(frozen=True)
class Logins:
    """Keep who was seen when, in the order of time: `value` is their last login from the instant `at` on."""

    user_id: Ints
    at: Ints
    value: Ints


@dataclass(frozen=True)
class Day:
    """Keep what happens on a day.

    Attributes:
        number: of the day, counted from 1970.
        changes: all of it, as it stands when the day is over.
        logins: what becomes of last logins in the course of the day.
        erased_at: when each of the erased users goes.
        started_at, ended_at: of the sessions that begin on the day or go on from the day before, in the
            order in which they are told; some end after the day.

    """

    number: int
    changes: ServiceChanges
    logins: Logins
    erased_at: Ints
    started_at: Ints
    ended_at: Ints


class World:
    """Play the days after the history, each once and in their order."""

    def __init__(
        self,
        spec: SimulationSpec,
        until: int,
        crowds: Sequence[Crowd] = (),
        workers: int | None = None,
    ) -> None:
        """Draw the history, and the people who come up to a last day.

        Args:
            spec: the history.
            until: the last day, counted from 1970.
            crowds: how many watch at once from which day on; without one, as many as in the history.
            workers: how many processes draw the history; without it, two.

        Raises:
            WrongUseError: when more should watch at once than there are subscribers for.

        """
        self._spec, self._chance = spec, Chance(spec.seed)
        self._first_day, self._until = spec.end // DAY, until
        self._crowds = tuple(crowds)
        catalogue, _ = stocked(spec)
        history = gather(spec, workers or usual_workers())
        self._pace = history.pace
        self._people, self._end_of_day = self._with_newcomers(history.legacy.people)
        # A session may go on into the day after: what ends it there has to be known.
        self._told = self._tell((until + 2) * DAY)
        self._state = _state_after(history, catalogue, self._people.count)
        for crowd in self._crowds[-1:]:
            self._refuse_too_many(crowd)

    def _with_newcomers(self, people: People) -> tuple[People, Ints]:
        """Return all people, and how many there are at the end of each day."""
        everybody, counts = [people], []
        count = people.count
        for day in range(self._first_day, self._until + 1):
            newcomers = self._newcomers(day, count)
            everybody.append(newcomers)
            count += newcomers.count
            counts.append(count)
        return joined(*everybody), np.array(counts, dtype=np.int64)

    def _newcomers(self, day: int, first: int) -> People:
        spec, chance = self._spec, Chance(self._spec.seed, _DAYS, day)
        rng = chance.topic("sign-ups")
        history = np.arange(spec.sign_up_start // DAY, self._first_day)
        usual = sign_up_rates(spec.behaviour, history, self._first_day).sum() / spec.volumes.users
        rate_of_day = sign_up_rates(spec.behaviour, np.array([day]), self._first_day)[0]
        shares = rng.random(rng.poisson(rate_of_day / usual))
        at = sign_up_moments(spec.behaviour, day, 1, self._first_day, shares)
        last = (day + 1) * DAY - _PLAN_IS_CHOSEN_WITHIN
        created_at = np.minimum(np.sort(whole_milliseconds(at)), last)
        return draw_people(spec.behaviour, chance, created_at, first)

    def _tell(self, end: int) -> Told:
        fates, behaviour = self._chance.fates("subscriptions"), self._spec.behaviour
        return tell_lives(self._people.created_at, 0, end, fates, behaviour, erasures_from=self._spec.end)

    def days(self) -> Iterator[Day]:
        """Play the days up to the last one, and yield each."""
        for day in range(self._first_day, self._until + 1):
            yield self._play(day)

    def _play(self, day: int) -> Day:
        state, chance = self._state, Chance(self._spec.seed, _DAYS, day)
        titles, episodes = state.catalogue.count, len(state.catalogue.episodes.content)
        state.catalogue = with_new_titles(state.catalogue, self._spec, self._chance, chance, day)
        start, end = day * DAY, (day + 1) * DAY
        acts = self._act(day, chance)
        told = self._told.events.occurred_at
        first, last = np.searchsorted(told, [start, end])
        _, standing = conclude(taken(self._told.events, slice(0, int(last))), self._people.count, end)
        erased = (self._told.erased_at >= start) & (self._told.erased_at < end)
        events = taken(self._told.events, slice(int(first), int(last)))
        events = taken(events, ~erased[events.user])
        logins = self._see(acts, start)
        inserts = [
            ("content", list(content_batches(chance, state.catalogue, day, titles))),
            ("episodes", list(episode_batches(chance, state.catalogue, episodes))),
            ("users", self._new_users(day, chance, standing, erased)),
            *self._rows_of(acts, chance),
        ]
        event_rows = list(event_batches(events, self._people.number, state.rows["subscription_events"]))
        state.rows["subscription_events"] += len(events.user)
        inserts.insert(3, ("subscription_events", event_rows))
        updates = [
            ("users", self._updated(day, standing, [events.user, *(user for user, _ in acts.doers)], erased)),
            ("content", self._expired(day)),
        ]
        changes = ServiceChanges(
            inserts=[(table, batches) for table, batches in inserts if batches],
            updates=[(table, batch) for table, batch in updates if batch.num_rows],
            erased_users=[int(number) + 1 for number in self._people.number[erased]],
        )
        return Day(day, changes, logins, self._told.erased_at[erased], acts.started_at, acts.ended_at)

    def _act(self, day: int, chance: Chance) -> _Acts:
        """Let people watch, rate and search."""
        spec, state, people = self._spec, self._state, self._people
        window = Window(day * DAY, (day + 1) * DAY, (day + 2) * DAY)
        known = int(np.searchsorted(self._told.events.occurred_at, window.limit))
        spells, _ = conclude(taken(self._told.events, slice(0, known)), people.count, window.limit)
        shelf = Shelf(spec.behaviour, state.catalogue, window)
        struck = outages(spec.behaviour, self._chance, spec.history, window)
        audience = Audience(spec.behaviour, window, people, spells, shelf, struck)
        presence = Presence(window, people, spells)
        eager = self._eagerness(day, presence)
        moments = self._moments(presence, chance, "viewing moments", eager * self._pace.sessions)
        viewing, state.habits = make_viewing(audience, chance, self._idle(moments, audience), state.habits)
        searched = self._moments(presence, chance, "search moments", eager * self._pace.searches)
        searches = make_searches(len(searched.at), audience, chance, searched, viewing)
        on_time = viewing.ended_at < window.end
        arrived = taken(viewing, on_time)
        if state.late is not None:
            arrived = joined(state.late, arrived)
        state.late = taken(viewing, ~on_time)
        ratings = self._rate(arrived, chance, window.end)
        told = self._without_erased(_Acts(arrived, ratings, searches), day)
        running = (told.viewing, state.late)
        return replace(
            told,
            started_at=np.concatenate([viewing.started_at for viewing in running]),
            ended_at=np.concatenate([viewing.ended_at for viewing in running]),
        )

    def _eagerness(self, day: int, presence: Presence) -> float:
        """Return how much more people watch on a day than they would by themselves."""
        viewers = crowd_of(self._crowds, day)
        if viewers is None or not presence.total:
            return 1.0
        return eagerness(viewers, presence.amounts * self._pace.sessions * self._pace.session_length / DAY)

    def _refuse_too_many(self, crowd: Crowd) -> None:
        before = int(np.searchsorted(self._told.events.occurred_at, crowd.first_day * DAY))
        events = taken(self._told.events, slice(0, before))
        _, standing = conclude(events, self._people.count, crowd.first_day * DAY)
        subscribed = int(((standing.started_at > 0) & (standing.ended_at == 0)).sum())
        most = int(LARGEST_SHARE * subscribed)
        if crowd.viewers > most:
            raise WrongUseError(
                f"{crowd.viewers:,} people cannot watch at once: {subscribed:,} are subscribed, and of those "
                f"{most:,} can",
                safe="nothing was written",
                next_command=f"choose at most {most}, or simulate a larger service into an empty database",
            )

    def _moments(self, presence: Presence, chance: Chance, topic: str, pace: float) -> Moments:
        rng = chance.topic(topic)
        return presence.draw(rng, int(rng.poisson(pace * presence.total)))

    def _idle(self, moments: Moments, audience: Audience) -> Moments:
        """Leave out the moments at which a user still watches what they began the day before."""
        late = self._state.late
        if late is None or not late.count:
            return moments
        busy_until = np.zeros(self._people.count, dtype=np.int64)
        busy_until[late.user] = late.ended_at
        return taken(moments, moments.at > busy_until[audience.spells.user[moments.spell]])

    def _rate(self, arrived: Viewing, chance: Chance, end: int) -> Ratings:
        state, rng = self._state, chance.topic("ratings")
        pairs, plays = first_plays(arrived)
        says = happens(rng, self._pace.ratings, len(pairs)) & ~np.isin(pairs, state.rated)
        state.rated = np.union1d(state.rated, pairs[says])
        plays = np.sort(plays[says])
        return rate(self._spec.behaviour, rng, arrived, plays, self._people, state.catalogue, end)

    def _without_erased(self, acts: _Acts, day: int) -> _Acts:
        at = self._told.erased_at
        stays = ~((at >= day * DAY) & (at < (day + 1) * DAY))
        viewing = taken(acts.viewing, stays[acts.viewing.user])
        ratings = taken(acts.ratings, stays[acts.ratings.user])
        searches = taken(acts.searches, stays[acts.searches.user])
        doers = (
            (viewing.user, viewing.started_at),
            (ratings.user, ratings.rated_at),
            (searches.user, searches.searched_at),
        )
        return _Acts(viewing, ratings, searches, doers)

    def _see(self, acts: _Acts, start: int) -> Logins:
        """Take down who was seen; who has been watching since the day before is seen when it begins."""
        seen = self._state.last_login
        user, instant = (np.concatenate(columns) for columns in zip(*acts.doers, strict=True))
        at, value = np.maximum(instant, start), np.maximum(instant, seen[user])
        order = np.lexsort((value, at))
        np.maximum.at(seen, user, instant)
        return Logins(self._people.number[user[order]] + 1, at[order], value[order])

    def _rows_of(self, acts: _Acts, chance: Chance) -> list[tuple[str, list[pa.RecordBatch]]]:
        rows, number = self._state.rows, self._people.number
        catalogue = self._state.catalogue
        played = sample_episode_viewing(self._pace.episodes, chance, acts.viewing, catalogue)
        sessions = rows["viewing_sessions"]
        made = [
            ("viewing_sessions", list(session_batches(acts.viewing, number, sessions))),
            (
                "episode_viewing",
                list(
                    episode_viewing_batches(acts.viewing, played, number, rows["episode_viewing"], sessions)
                ),
            ),
            ("ratings", list(rating_batches(acts.ratings, number, rows["ratings"]))),
            (
                "search_queries",
                list(search_batches(acts.searches, catalogue, number, rows["search_queries"])),
            ),
        ]
        for table, batches in made:
            rows[table] += sum(batch.num_rows for batch in batches)
        return made

    def _new_users(self, day: int, chance: Chance, standing: Standing, erased: Bools) -> list[pa.RecordBatch]:
        first, last = self._state.rows["users"], int(self._end_of_day[day - self._first_day])
        self._state.rows["users"] = last
        rows = np.arange(first, last)[~erased[first:last]]
        people, logins = taken(self._people, rows), self._state.last_login[rows]
        return list(user_batches(chance, people, taken(standing, rows), logins))

    def _updated(
        self, day: int, standing: Standing, changed: Sequence[Ints], erased: Bools
    ) -> pa.RecordBatch:
        """Return what changes in the rows of users who were there before the day."""
        users = np.unique(np.concatenate(changed))
        came = int(self._end_of_day[day - self._first_day - 1]) if day > self._first_day else 0
        before = came or self._spec.volumes.users
        users = users[(users < before) & ~erased[users]]
        key = numbers(self._people.number[users] + 1, pa.int64())
        columns = standing_columns(standing, self._state.last_login, users)
        return pa.RecordBatch.from_pydict({"id": key, **columns})

    def _expired(self, day: int) -> pa.RecordBatch:
        catalogue = self._state.catalogue
        gone = np.flatnonzero(catalogue.removed_day == day)
        return pa.RecordBatch.from_pydict(
            {
                "id": numbers(gone + 1, pa.int64()),
                "available_countries": availability_column(catalogue, gone, day),
            }
        )


def _state_after(history: History, catalogue: Catalogue, people: int) -> _State:
    """Return what the first day begins with; those of the people who are to come have no habits yet."""
    legacy = history.legacy
    to_come = people - legacy.people.count
    last = np.concatenate([legacy.habits.last, np.full(to_come, -1, dtype=np.int64)])
    return _State(
        catalogue=catalogue,
        habits=replace(legacy.habits, last=last),
        rated=legacy.rated,
        late=None,
        last_login=np.concatenate([legacy.last_login, np.zeros(to_come, dtype=np.int64)]),
        rows=dict(history.rows),
    )
