"""Mistakes in what people type."""

import numpy as np

from streamvision.pipeline.simulate.columns import Bools, Floats

_SHORTEST = 4
_WAYS = 3


def misspell(texts: list[str], misspelt: Bools, slip: Floats) -> list[str]:
    """Return the texts, each that is misspelt with two letters exchanged, one lost, or one doubled.

    Args:
        texts: what was meant; the shortest stay as they are.
        misspelt: which of them are typed with a mistake.
        slip: a share in [0, 1) that says where and how.

    """
    typed = list(texts)
    for row in np.flatnonzero(misspelt):
        typed[row] = _slipped(typed[row], float(slip[row]))
    return typed


def _slipped(text: str, slip: float) -> str:
    if len(text) < _SHORTEST:
        return text
    places = len(text) - 2
    at = 1 + int(slip * places)
    way = int(slip * places * _WAYS) % _WAYS
    before, letter, following, after = text[:at], text[at], text[at + 1 : at + 2], text[at + 2 :]
    if way == 0:
        return before + following + letter + after
    return before + following + after if way == 1 else before + letter + letter + following + after
