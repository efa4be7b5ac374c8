"""Chance: one independent stream per topic, and draws that numpy lacks."""

import zlib
from collections.abc import Sequence

import numpy as np

from streamvision.pipeline.simulate.columns import Bools, Floats, Ints


class Chance:
    """Hand out random generators that follow from one seed.

    A topic's stream depends on the seed and the topic's name alone, so a change in how one table is
    made leaves the others as they were.
    """

    def __init__(self, seed: int) -> None:
        """Keep the seed."""
        self._seed = seed

    def topic(self, name: str) -> np.random.Generator:
        """Return the topic's generator, at its beginning."""
        child = np.random.SeedSequence(self._seed, spawn_key=(zlib.crc32(name.encode()),))
        return np.random.Generator(np.random.PCG64(child))


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
