"""What people choose: a title, a device, the place from which they watch."""

import numpy as np

from streamvision.pipeline.simulate import countries
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.catalogue import SERIES, Catalogue
from streamvision.pipeline.simulate.chance import choose, happens
from streamvision.pipeline.simulate.columns import Bools, Floats, Ints
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.timeline import Window, days_of

_OTHER_DEVICE = (0.34, 0.34, 0.11, 0.16, 0.05)
_LOOKS = 24
_GOOD, _BEST = 6.5, 9.5
_MOST_TALKED_OF = 0.8


class Shelf:
    """Offer titles on each day of a window, popular and new ones rather than others.

    A title's pull is its popularity times how much attention it has: that of a new title falls day by day,
    that of a good one rises first, while people talk of it.
    """

    def __init__(self, behaviour: Behaviour, catalogue: Catalogue, window: Window) -> None:
        """Weigh every title for every day; what is not there on a day weighs nothing."""
        self.catalogue, self._behaviour = catalogue, behaviour
        self._first_day = window.first_day
        day = self._first_day + np.arange(window.days)[:, None]
        pull = attention(behaviour, day - catalogue.added_day, catalogue.quality)
        there = (day >= catalogue.added_day) & (day < catalogue.removed_day)
        edges = np.cumsum(np.where(there, catalogue.popularity * pull, 0.0), axis=1)
        # The days one behind the other: day 3's shares lie between 3 and 4.
        self._edges = (edges / edges[:, -1:] + np.arange(window.days)[:, None]).ravel()

    def offer(self, rng: np.random.Generator, day: Ints) -> Ints:
        """Return a title for each of some days."""
        row = day - self._first_day
        place = np.searchsorted(self._edges, row + rng.random(len(day)), side="right")
        return np.asarray(np.minimum(place - row * self.catalogue.count, self.catalogue.count - 1))

    def has(self, title: Ints, country: Ints, day: Ints) -> Bools:
        """Tell which titles are there in a country on a day."""
        listed = (self.catalogue.added_day[title] <= day) & (day < self.catalogue.removed_day[title])
        return np.asarray(listed & self.catalogue.available[title, country])

    def choose(self, rng: np.random.Generator, people: People, user: Ints, country: Ints, at: Ints) -> Ints:
        """Choose for each row a title that its country has at its instant, rather of the user's genres.

        Titles are offered until one fits and pleases; who found none in two dozen takes one of the launch
        titles, which are everywhere and always there.
        """
        catalogue, taste, day = self.catalogue, self._behaviour, days_of(at)
        chosen = np.empty(len(user), dtype=np.int64)
        undecided = np.arange(len(user))
        for _ in range(_LOOKS):
            title, who = self.offer(rng, day[undecided]), user[undecided]
            genre = catalogue.genre[title]
            likes = [genre == people.genre[who], genre == people.second_genre[who]]
            chance = np.select(likes, [1.0, taste.second_taste], taste.other_taste)
            taken = self.has(title, country[undecided], day[undecided]) & happens(rng, chance, len(who))
            chosen[undecided[taken]] = title[taken]
            undecided = undecided[~taken]
            if not undecided.size:
                break
        chosen[undecided] = choose(rng, catalogue.popularity[: catalogue.launch], len(undecided))
        return chosen

    def go_on(
        self, rng: np.random.Generator, chosen: Ints, user: Ints, country: Ints, at: Ints, last: Ints
    ) -> Ints:
        """Let many go on with the series that they play, in place of what they would choose.

        Args:
            rng: the chance.
            chosen: what each would choose; the rows stand in the order of time.
            user: whose play each is.
            country: where.
            at: when.
            last: per user, what they played last before; -1 is nothing.

        """
        order = np.argsort(user, kind="stable")
        who, choice = user[order], chosen[order]
        stays = happens(rng, self._behaviour.goes_on_with_series, len(who))
        is_first = np.append(True, who[1:] != who[:-1])[: len(who)]
        begins = is_first | ~stays
        leader = np.maximum.accumulate(np.where(begins, np.arange(len(who)), 0))
        before = np.where(is_first[leader] & stays[leader], last[who], choice[leader])
        before = np.where(is_first & ~stays, -1, before)
        follows = stays & (before >= 0)
        follows &= self.catalogue.kind[before] == SERIES
        follows &= self.has(before, country[order], days_of(at[order]))
        result = np.empty_like(chosen)
        result[order] = np.where(follows, before, choice)
        return result


def attention(behaviour: Behaviour, age_days: Ints, quality: Floats) -> Floats:
    """Return how much of its pull a title has so many days after it came."""
    age = np.maximum(age_days, 0)
    told = _MOST_TALKED_OF * np.clip((quality - _GOOD) / (_BEST - _GOOD), 0.0, 1.0)
    fading = np.exp(-age / behaviour.attention_days)
    peak = age / behaviour.word_of_mouth_days
    talk = peak * np.exp(1.0 - peak)
    floor = behaviour.attention_floor
    return np.asarray(floor + (1.0 - floor) * ((1.0 - told) * fading + told * talk))


def choose_countries(rng: np.random.Generator, behaviour: Behaviour, people: People, user: Ints) -> Ints:
    """Let most watch at home and a few on a journey."""
    home = happens(rng, behaviour.at_home, len(user))
    return np.where(home, people.country[user], choose(rng, countries.SHARES, len(user)))


def choose_devices(rng: np.random.Generator, behaviour: Behaviour, people: People, user: Ints) -> Ints:
    """Let most take the device they prefer."""
    usual = happens(rng, behaviour.usual_device, len(user))
    return np.where(usual, people.device[user], choose(rng, _OTHER_DEVICE, len(user)))
