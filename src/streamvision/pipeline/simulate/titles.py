"""Titles, made up."""

import numpy as np
import pyarrow as pa

from streamvision.pipeline.simulate import names
from streamvision.pipeline.simulate.columns import Bools


def make_titles(rng: np.random.Generator, is_fact: Bools) -> pa.Array:
    """Make up a title for each row; no two are equal."""
    fiction = [f"The {a} {n}" for a in names.ADJECTIVES for n in names.NOUNS]
    fiction += [f"{a} {n}" for a in names.ADJECTIVES for n in names.NOUNS]
    fiction += [f"The {n} of {p}" for n in names.NOUNS for p in names.PLACES]
    fact = [f"{a} {s}" for a in names.ADJECTIVES for s in names.SUBJECTS]
    fact += [f"{s}: A {a} Story" for a in names.ADJECTIVES for s in names.SUBJECTS]
    dealt = np.empty(len(is_fact), dtype=object)
    dealt[is_fact] = _deal(rng, fact, int(is_fact.sum()))
    dealt[~is_fact] = _deal(rng, fiction, int((~is_fact).sum()))
    return pa.array(dealt, type=pa.string())


def _deal(rng: np.random.Generator, pack: list[str], count: int) -> list[str]:
    """Deal titles like cards; when the pack is used up, the next round carries its number."""
    order = rng.permutation(len(pack))
    rounds = [divmod(place, len(pack)) for place in range(count)]
    return [pack[order[card]] + (f" {lap + 1}" if lap else "") for lap, card in rounds]
