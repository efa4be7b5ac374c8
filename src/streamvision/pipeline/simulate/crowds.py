"""How many people watch at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streamvision.pipeline.simulate.columns import Floats
from streamvision.pipeline.simulate.moments import HOURS

LARGEST_SHARE = 0.1
"""Of those subscribed: some watch a hundred times as much as others, and a day has no more hours for them."""
_CLASSES = 64
_A_LITTLE_MORE = 1 + 1e-9
_LEAST, _MOST = 2.0**-20, 2.0**30
_HALVINGS = 40


@dataclass(frozen=True)
class Crowd:
    """Say how many watch at once in the mean of a day, from a day on, counted from 1970."""

    first_day: int
    viewers: int


def crowd_of(crowds: Sequence[Crowd], day: int) -> int | None:
    """Return how many watch at once on a day; None where nobody has said."""
    return next((crowd.viewers for crowd in reversed(crowds) if crowd.first_day <= day), None)


def eagerness(viewers: int, shares: Floats) -> float:
    """Return by what all people have to watch more, so that so many watch at once in the mean of a day.

    Who begins something new while they watch leaves off what they watched, so that a share of the day in
    which somebody would watch, x, comes to x / (1 + x) of it; more of it in the evening than in the morning.

    Args:
        viewers: how many should watch.
        shares: of the day in which each would watch by themselves, were nothing left off; some are above 0.

    """
    hours = HOURS / HOURS.mean()
    edges = np.geomspace(shares[shares > 0].min(), shares.max() * _A_LITTLE_MORE, _CLASSES + 1)
    people, _ = np.histogram(shares, edges)
    total, _ = np.histogram(shares, edges, weights=shares)
    usual = np.divide(total, people, out=np.zeros(_CLASSES), where=people > 0)

    def watching(factor: float) -> float:
        wanted = factor * usual[:, None] * hours
        return float((people * (wanted / (1 + wanted)).mean(axis=1)).sum())

    low, high = 0.0, _LEAST
    while watching(high) < viewers and high < _MOST:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if watching(middle) < viewers else (low, middle)
    return high
