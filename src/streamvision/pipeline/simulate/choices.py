"""What people choose: a title, a device, the place from which they watch."""

import numpy as np

from streamvision.pipeline.simulate import countries
from streamvision.pipeline.simulate.catalogue import Catalogue
from streamvision.pipeline.simulate.chance import choose, happens
from streamvision.pipeline.simulate.columns import Ints
from streamvision.pipeline.simulate.people import People
from streamvision.pipeline.simulate.timeline import days_of

_AT_HOME = 0.97
_USUAL_DEVICE = 0.72
_OTHER_DEVICE = (0.34, 0.34, 0.11, 0.16, 0.05)
_TAKES_ANOTHER_GENRE = 0.55
_LOOKS = 24


def choose_countries(rng: np.random.Generator, people: People, user: Ints) -> Ints:
    """Let most watch at home and a few on a journey."""
    home = happens(rng, _AT_HOME, len(user))
    return np.where(home, people.country[user], choose(rng, countries.SHARES, len(user)))


def choose_devices(rng: np.random.Generator, people: People, user: Ints) -> Ints:
    """Let most take the device they prefer."""
    usual = happens(rng, _USUAL_DEVICE, len(user))
    return np.where(usual, people.device[user], choose(rng, _OTHER_DEVICE, len(user)))


def choose_titles(
    rng: np.random.Generator, people: People, catalogue: Catalogue, user: Ints, country: Ints, at: Ints
) -> Ints:
    """Choose for each row a title that its country has at its instant, rather of the user's genre.

    Popular titles are offered until one fits and pleases; who found none in two dozen takes one of the
    launch titles, which are everywhere and always there.
    """
    day = days_of(at)
    chosen = np.empty(len(user), dtype=np.int64)
    undecided = np.arange(len(user))
    for _ in range(_LOOKS):
        title = choose(rng, catalogue.popularity, len(undecided))
        there = catalogue.available[title, country[undecided]] & (
            catalogue.added_day[title] <= day[undecided]
        )
        pleases = catalogue.genre[title] == people.genre[user[undecided]]
        pleases |= happens(rng, _TAKES_ANOTHER_GENRE, len(undecided))
        taken = there & pleases
        chosen[undecided[taken]] = title[taken]
        undecided = undecided[~taken]
    chosen[undecided] = choose(rng, catalogue.popularity[: catalogue.launch], len(undecided))
    return chosen
