"""Writes the lake's values as PostgreSQL's manual says, one by one, to hold them against what it writes."""

import math
import re
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa

_DAY = 86_400_000_000
_NEEDS_QUOTES = re.compile(r'[{},"\\ \t\n\r\v\f]')


def to_text(values: pa.Array) -> list[str | None]:
    """Return the source's text of each value; None for NULL."""
    write = _writer(values.type)
    plain: list[object]
    if pa.types.is_timestamp(values.type):
        plain = values.view(pa.int64()).to_pylist()
    elif pa.types.is_date32(values.type):
        plain = values.view(pa.int32()).to_pylist()
    else:
        plain = values.to_pylist()
    return [None if value is None else write(value) for value in plain]


def _writer(type_: pa.DataType) -> Callable[..., str]:
    if pa.types.is_floating(type_):
        return _float32 if type_ == pa.float32() else _float64
    if pa.types.is_timestamp(type_):
        return _timestamptz if type_.tz else _timestamp
    if pa.types.is_list(type_):
        return _array
    writers: dict[pa.DataType, Callable[..., str]] = {
        pa.bool_(): lambda value: "t" if value else "f",
        pa.date32(): _date,
        pa.binary(): lambda value: rf"\x{value.hex()}",
    }
    return writers.get(type_, lambda value: f"{value:f}" if isinstance(value, Decimal) else str(value))


def _float64(value: float) -> str:
    return _float(value, math.nextafter, 15)


def _float32(value: float) -> str:
    def next_after(number: float, towards: float) -> float:
        with np.errstate(all="ignore"):  # Beyond the greatest comes infinity.
            return float(np.nextafter(np.float32(number), np.float32(towards)))

    return _float(value, next_after, 6)


def _float(value: float, next_after: Callable[[float, float], float], most_digits: int) -> str:
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    return _with_exponent(_shortest(value, next_after), most_digits)


def _shortest(value: float, next_after: Callable[[float, float], float]) -> Decimal:
    """Return the decimal of fewest digits that is nearer to a float than to every other.

    One that lies just in the middle between two floats, which some programs take, the source does not.
    """
    exact, below = Fraction(abs(value)), Fraction(next_after(abs(value), 0))
    after = next_after(abs(value), math.inf)
    above = Fraction(after) if math.isfinite(after) else 2 * exact - below
    number = Decimal(value)
    for digits in range(1, 18):
        rounded = {
            Context(prec=digits, rounding=rounding).plus(number)
            for rounding in (ROUND_HALF_EVEN, ROUND_DOWN, ROUND_UP)
        }
        nearer = [one for one in rounded if (below + exact) / 2 < abs(Fraction(one)) < (exact + above) / 2]
        if nearer:
            return min(
                nearer, key=lambda one: (abs(abs(Fraction(one)) - exact), one.as_tuple().digits[-1] % 2)
            )
    raise AssertionError(value)


def _with_exponent(number: Decimal, most_digits: int) -> str:
    minus, digits = "-" if number.is_signed() else "", "".join(map(str, number.as_tuple().digits)).rstrip("0")
    exponent = number.adjusted()
    if not -5 < exponent < most_digits:
        return f"{minus}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{exponent:+03d}"
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    whole, fraction = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{minus}{whole}{'.' if fraction else ''}{fraction}"


def _date(days: int) -> str:
    if abs(days) == 2**31 - 1:
        return "infinity" if days > 0 else "-infinity"
    day, era = _day(days)
    return day + era


def _timestamptz(moment: int) -> str:
    return _timestamp(moment, "+00")


def _timestamp(moment: int, zone: str = "") -> str:
    if abs(moment) == 2**63 - 1:
        return "infinity" if moment > 0 else "-infinity"
    days, rest = divmod(moment, _DAY)
    seconds, microseconds = divmod(rest, 1_000_000)
    day, era = _day(days)
    time = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    fraction = f".{microseconds:06d}".rstrip("0").rstrip(".")
    return f"{day} {time}{fraction}{zone}{era}"


def _day(days: int) -> tuple[str, str]:
    """Return a day counted from 1970 in the Gregorian calendar, which begins its years in March here."""
    cycle, of_cycle = divmod(days + 719_468, 146_097)
    year = (of_cycle - of_cycle // 1460 + of_cycle // 36_524 - of_cycle // 146_096) // 365
    of_year = of_cycle - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year += 400 * cycle + (month <= 2)
    return f"{year if year > 0 else 1 - year:04d}-{month:02d}-{day:02d}", "" if year > 0 else " BC"


def _array(elements: list[str | None]) -> str:
    return "{" + ",".join(map(_element, elements)) + "}"


def _element(element: str | None) -> str:
    if element is None:
        return "NULL"
    if element and element.upper() != "NULL" and not _NEEDS_QUOTES.search(element):
        return element
    escaped = element.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
