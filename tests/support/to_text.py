"""Writes the lake's values as PostgreSQL's manual says, one by one, to hold them against what it writes."""

import re
from collections.abc import Callable
from decimal import Decimal

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
    writers: dict[pa.DataType, Callable[..., str]] = {
        pa.bool_(): lambda value: "t" if value else "f",
        pa.date32(): _date,
        pa.binary(): lambda value: rf"\x{value.hex()}",
        pa.list_(pa.string()): _array,
    }
    return writers.get(type_, lambda value: f"{value:f}" if isinstance(value, Decimal) else str(value))


def _float64(value: float) -> str:
    return _float(repr(value), 15)


def _float32(value: float) -> str:
    """Write the fewest digits that make the same single float again."""
    shortest = next(
        text for text in (f"{value:.{digits}e}" for digits in range(10)) if _single(text) == _single(value)
    )
    return _float(shortest, 6)


def _single(value: float | str) -> str:
    return str(pa.scalar(float(value), pa.float64()).cast(pa.float32(), safe=False))


def _float(text: str, most_digits: int) -> str:
    special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    if text in special:
        return special[text]
    number = Decimal(text)
    minus, digits = "-" if number.is_signed() else "", "".join(map(str, number.as_tuple().digits)).rstrip("0")
    if not digits:
        return f"{minus}0"
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
