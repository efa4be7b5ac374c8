"""Writes single floats as PostgreSQL does: the shortest digits that nothing else can be meant by."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

Float = np.floating[Any]
_SPECIAL = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_MOST_WHOLE_DIGITS = {4: 6, 8: 15}
"""By the float's bytes: how many digits it may have before the point until it gets an exponent."""
_MOST_ZEROS = 3
"""How many zeros may follow the point until it gets an exponent."""
_MOST_DIGITS = 17
_FIRST_GAP = {4: 2.0**24, 8: 2.0**53}
"""From here on not every whole number is a float."""


def float_text(value: Float) -> str:
    """Return a float's text."""
    shortest = _SPECIAL.get(str(value)) or _shortest(value)
    sign, digits, exponent = Decimal(shortest).as_tuple()
    if not isinstance(exponent, int):
        return shortest
    significant = "".join(map(str, digits)).rstrip("0")
    point = exponent + len(digits)
    if not significant or -_MOST_ZEROS <= point <= _MOST_WHOLE_DIGITS[value.itemsize]:
        text = f"{Decimal(shortest):f}"
        return text.rstrip("0").removesuffix(".") if "." in text else text
    fraction = f".{significant[1:]}" if len(significant) > 1 else ""
    return f"{'-' if sign else ''}{significant[0]}{fraction}e{point - 1:+03d}"


def _shortest(value: Float) -> str:
    """Return the shortest digits that lie nearer to the float than to any other.

    NumPy takes those half-way to the next float too, where they are rounded to this one.
    """
    text = str(value)
    if abs(value) < _FIRST_GAP[value.itemsize]:
        return text
    size = abs(value)
    exact = Fraction(float(size))
    below = exact - Fraction(float(np.nextafter(size, 0.0)))
    above = below
    if size < np.finfo(size.dtype).max:
        above = Fraction(float(np.nextafter(size, np.inf))) - exact
    digits = len(Decimal(text).as_tuple().digits)
    while not -below / 2 < abs(Fraction(text)) - exact < above / 2 and digits < _MOST_DIGITS:
        digits += 1
        text = f"{float(value):.{digits - 1}e}"
    return text
