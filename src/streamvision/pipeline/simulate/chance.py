"""Chance: one independent stream per topic, fates of single persons, and draws that numpy lacks."""

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streamvision.pipeline.simulate.columns import Bools, Floats, Ints

_GOLDEN, _FIRST, _SECOND = (
    np.array([number], dtype=np.uint64)
    for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_MANTISSA = 11


class Chance:
    """Hand out random generators that follow from one seed.

    A topic's stream depends on the seed, the part and the topic's name alone, so a change in how one table
    is made leaves the others as they were.
    """

    def __init__(self, seed: int, *part: int) -> None:
        """Keep the seed, and which part of the world is drawn: a shard of its people, or a day."""
        self._seed, self._part = seed, part

    def topic(self, name: str) -> np.random.Generator:
        """Return the topic's generator, at its beginning."""
        return np.random.Generator(np.random.PCG64(self._child(name)))

    def fates(self, name: str) -> "Fates":
        """Return the fates of a topic."""
        return Fates(self._child(name))

    def _child(self, name: str) -> np.random.SeedSequence:
        return np.random.SeedSequence(self._seed, spawn_key=(zlib.crc32(name.encode()), *self._part))


class Fates:
    """Draw shares that depend on the seed, a person and a turn of their life alone.

    Neither who else there is nor how far the story is told has a part in them: a life that is told a month
    further begins as it did. The numbers are those of splitmix64, a counter put through a mixer.
    """

    def __init__(self, seed: np.random.SeedSequence) -> None:
        """Take the seed of the topic."""
        self._key = seed.generate_state(1, np.uint64)

    def draw(self, person: Ints, turn: Ints, purpose: int) -> Floats:
        """Return a share in [0, 1) for each person and turn; another purpose, another share."""
        mixed = _mix(person.astype(np.uint64) * _GOLDEN + self._key)
        mixed = _mix(mixed + turn.astype(np.uint64) * _GOLDEN + np.array([purpose], dtype=np.uint64) * _FIRST)
        return np.asarray((mixed >> np.uint64(_MANTISSA)).astype(np.float64) * 2.0**-53)


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def choose(rng: np.random.Generator, weights: Sequence[float] | Floats, count: int) -> Ints:
    """Draw codes 0, 1, ... with the given weights."""
    return pick(np.asarray(weights, dtype=np.float64), rng.random(count))


def pick(weights: Floats, shares: Floats) -> Ints:
    """Return the code at which each share (0 to 1) of the total weight falls."""
    edges = np.cumsum(weights)
    codes = np.searchsorted(edges, shares * edges[-1], side="right")
    # A share so near to 1 that it rounds up to the total belongs to the last code that has a weight.
    return np.asarray(np.minimum(codes, np.flatnonzero(weights)[-1]))


def pick_by_row(weights: Floats, rows: Ints, shares: Floats) -> Ints:
    """Return for each share the code drawn with the weights of its row of a matrix."""
    edges = np.cumsum(weights, axis=1)
    edges /= edges[:, -1:]
    # The last edge is left out: the codes are then always below the number of columns.
    return np.asarray((edges[rows, :-1] <= shares[:, None]).sum(axis=1))


def happens(rng: np.random.Generator, probability: float | Floats, count: int) -> Bools:
    """Draw for each row whether something of that probability happens."""
    return np.asarray(rng.random(count) < probability)


def heavy_tail(rng: np.random.Generator, spread: float, count: int) -> Floats:
    """Draw log-normal factors around a median of 1."""
    return np.asarray(np.exp(rng.normal(0.0, spread, count)))


def waits(shares: Floats, mean: float) -> Floats:
    """Return exponential waits with a mean, from shares in [0, 1)."""
    return np.asarray(-np.log1p(-shares) * mean)
