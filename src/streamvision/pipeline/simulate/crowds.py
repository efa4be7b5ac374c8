"""How many people watch at once."""

from collections.abc import Sequence
from dataclasses import dataclass

LARGEST_SHARE = 0.1
"""Of those subscribed: some watch a hundred times as much as others, and a day has no more hours for them."""


@dataclass(frozen=True)
class Crowd:
    """Say how many watch at once in the mean of a day, from a day on, counted from 1970."""

    first_day: int
    viewers: int


def crowd_of(crowds: Sequence[Crowd], day: int) -> int | None:
    """Return how many watch at once on a day; None where nobody has said."""
    return next((crowd.viewers for crowd in reversed(crowds) if crowd.first_day <= day), None)
