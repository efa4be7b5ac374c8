"""Letters with accents and the letters below them, so that a search finds a title however it was typed.

No function for it is on every warehouse, but `translate` is: each letter of the first text becomes the one at
its place in the second, and what has no place there goes.
"""

import unicodedata

_LETTERS = (*range(0x00C0, 0x0530), *range(0x1E00, 0x2000))
"""Latin, Greek and Cyrillic."""
_MARKS = "".join(map(chr, range(0x0300, 0x0370)))
"""Accents that stand for themselves, behind their letter."""


def _bare(letter: str) -> str:
    """Return the letter below the accents; the letter itself where there are none."""
    taken_apart = unicodedata.normalize("NFD", letter)
    return taken_apart[0] if all(map(unicodedata.combining, taken_apart[1:])) else letter


_FOLDED = {
    letter: _bare(letter)
    for letter in map(chr, _LETTERS)
    if letter == letter.lower() and _bare(letter) != letter and letter not in _MARKS
}

ACCENTED = "".join(_FOLDED) + _MARKS
BARE = "".join(_FOLDED.values())
