"""How a column's type grows when the source changes it, so that no value is lost."""

import re

_INTEGERS = {"SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}
"""The digits that each type's greatest value has."""
_FLOATS = ("FLOAT", "DOUBLE")
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_MOST_DIGITS = 38
TEXT = "VARCHAR"


def wider(first: str, second: str) -> str:
    """Return the narrowest type that holds every value of two types exactly; text where no other does."""
    if first == second:
        return first
    for ordered in (tuple(_INTEGERS), _FLOATS):
        if first in ordered and second in ordered:
            return max(first, second, key=ordered.index)
    digits, other = _digits(first), _digits(second)
    if digits and other:
        whole, scale = max(digits[0], other[0]), max(digits[1], other[1])
        if whole + scale <= _MOST_DIGITS:
            return f"DECIMAL({whole + scale},{scale})"
    return TEXT


def converted(value: str, given: str, wanted: str) -> str:
    """Return an expression of one type as one of a type that is wider."""
    if given == wanted:
        return value
    if wanted != TEXT:
        return f"cast({value} as {wanted})"
    if given == "VARCHAR[]":
        return f"cast(to_json({value}) as varchar)"
    if given == "BLOB":
        return rf"'\x' || lower(hex({value}))"
    return f"cast({value} as varchar)"


def same(first: str, second: str, type_: str) -> str:
    """Return the condition that two values of a type are the same; NULL is the same as NULL."""
    equal = f"{first} is not distinct from {second}"
    if type_ in _FLOATS:
        # 0 equals -0, but it is another value.
        return f"{equal} and signbit({first}) is not distinct from signbit({second})"
    return equal


def _digits(type_: str) -> tuple[int, int] | None:
    """Return how many digits a type's values have before and after the point."""
    if type_ in _INTEGERS:
        return _INTEGERS[type_], 0
    if found := _DECIMAL.fullmatch(type_):
        return int(found[1]) - int(found[2]), int(found[2])
    return None
