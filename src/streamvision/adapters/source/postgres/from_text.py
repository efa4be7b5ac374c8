"""Turns PostgreSQL's text of values into the lake's types, whole columns at a time.

The text must have been written under `session.SETTINGS`.
"""

import re
from binascii import unhexlify
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Converted = tuple[pa.Array, pa.StringArray | None]
Convert = Callable[[pa.StringArray, pa.DataType], Converted]

_DAY = 86_400_000_000
_DAYS_TO_1970 = date(1970, 1, 1).toordinal()
_YEARS_OF_CYCLE, _DAYS_OF_CYCLE = 400, 146_097
# Arrow has no infinities; DuckDB and its like take the greatest integer, and its negative, for them.
INFINITE_DAY = 2**31 - 1
INFINITE_MOMENT = 2**63 - 1

_PLAIN_DAY = r"^\d{4}-\d\d-\d\d$"
# The source writes years beyond four digits in full, and " BC" at the end.
_PLAIN_MOMENT = r"^\d{4}-\d\d-\d\d [\d:.]+(\+00)?$"
_ANY_MOMENT = re.compile(r"(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:\+00)?)?( BC)?")
_ELEMENT = re.compile(r'[{,](?:"((?:[^"\\]|\\.)*)"|([^,{}"\\]+))', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def from_text(texts: pa.StringArray, field: pa.Field) -> Converted:
    """Return values in a field's type, and the texts of those that it cannot hold.

    Args:
        texts: values as the source writes them; NULL stays NULL.
        field: with a type that `arrow_types.arrow_type` gives.

    Returns:
        The values, NULL where one does not fit; and, where there is such a value, its text, NULL elsewhere.
        In place of the latter None where all values fit.

    Raises:
        ValueError: when a text is not one that the source writes for the type.

    """
    for is_of_kind, convert in _CONVERSIONS:
        if is_of_kind(field.type):
            return convert(texts, field.type)
    return texts.cast(field.type), None


def _booleans(texts: pa.StringArray, _type: pa.DataType) -> Converted:
    values = pc.equal(texts, "t")
    if pc.any(pc.and_not(pc.not_equal(texts, "f"), values)).as_py():
        raise pa.ArrowInvalid("A text is neither t nor f")
    return values, None


def _decimals(texts: pa.StringArray, type_: pa.DataType) -> Converted:
    try:
        return texts.cast(type_), None
    except pa.ArrowInvalid:
        unfit = pc.equal(texts, "NaN")
        return pc.if_else(unfit, None, texts).cast(type_), _only(unfit, texts)


def _dates(texts: pa.StringArray, type_: pa.DataType) -> Converted:
    try:
        return texts.cast(type_), None
    except pa.ArrowInvalid:
        odd = pc.invert(pc.match_substring_regex(texts, _PLAIN_DAY))
        days = _with_odd_ones(texts, odd, type_, _day)
        return days.view(type_), None


def _timestamps(texts: pa.StringArray, type_: pa.DataType) -> Converted:
    try:
        return texts.cast(type_), None
    except pa.ArrowInvalid:
        odd = pc.invert(pc.match_substring_regex(texts, _PLAIN_MOMENT))
        moments = _with_odd_ones(texts, odd, type_, _moment)
        unfit = pc.and_(moments.is_null(), texts.is_valid())
        return moments.view(type_), _only(unfit, texts)


def _with_odd_ones(
    texts: pa.StringArray, odd: pa.Array, type_: pa.DataType, read: Callable[[str], int | None]
) -> pa.Array:
    """Return the integers of all values: of the odd ones one by one, of the others at once."""
    integers = pa.int32() if pa.types.is_date32(type_) else pa.int64()
    plain = pc.if_else(odd, None, texts).cast(type_).view(integers)
    read_ones = pa.array([read(text) for text in texts.filter(odd).to_pylist()], integers)
    return pc.replace_with_mask(plain, odd, read_ones)


def _day(text: str) -> int:
    return {"infinity": INFINITE_DAY, "-infinity": -INFINITE_DAY}.get(text) or _microseconds(text) // _DAY


def _moment(text: str) -> int | None:
    if infinite := {"infinity": INFINITE_MOMENT, "-infinity": -INFINITE_MOMENT}.get(text):
        return infinite
    moment = _microseconds(text)
    return moment if moment < INFINITE_MOMENT else None


def _microseconds(text: str) -> int:
    """Return the microseconds from 1970 of a day or a moment of any year."""
    found = _ANY_MOMENT.fullmatch(text)
    if not found:
        raise pa.ArrowInvalid(f"A text is not a moment: {text}")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    cycles, within = divmod((1 - year if found[8] else year) - 1, _YEARS_OF_CYCLE)
    days = date(within + 1, month, day).toordinal() + cycles * _DAYS_OF_CYCLE - _DAYS_TO_1970
    fraction = int((found[7] or "").ljust(6, "0"))
    return days * _DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction


def _bytes(texts: pa.StringArray, type_: pa.DataType) -> Converted:
    r"""Read \x and two digits for each byte, all at once."""
    if pc.all(pc.starts_with(texts, "\\x")).as_py() is False:
        raise pa.ArrowInvalid("A text of bytes is not hexadecimal")
    digits = pc.utf8_slice_codeunits(texts.cast(pa.large_string()), 2)
    _, offsets, data = digits.buffers()
    ends = pa.Array.from_buffers(pa.int64(), len(digits) + 1, [None, offsets], offset=digits.offset)
    first, last = ends[0].as_py(), ends[-1].as_py()
    content = unhexlify(data[first:last]) if last > first else b""
    shorter = pc.divide(pc.subtract(ends, first), 2)
    values = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(digits), [None, shorter.buffers()[1], pa.py_buffer(content)]
    )
    return pc.if_else(texts.is_valid(), values, None).cast(type_), None


def _lists(texts: pa.StringArray, type_: pa.DataType) -> Converted:
    """Read one-dimensional arrays that begin at 1; others, which Arrow's lists are not, do not fit."""
    unfit = pc.or_(pc.starts_with(texts, "["), pc.starts_with(texts, "{{"))
    fitting = pc.if_else(unfit, None, texts)
    quoted = pc.fill_null(pc.match_substring(fitting, '"'), fill_value=False)
    lists = _plain_lists(pc.if_else(quoted, None, fitting), type_)
    if pc.any(quoted).as_py():
        found = [_elements(text) for text in fitting.filter(quoted).to_pylist()]
        lists = _put(lists, quoted, pa.array(found, type_))
    return lists, _only(unfit, texts)


def _plain_lists(texts: pa.StringArray, type_: pa.DataType) -> pa.Array:
    """Read arrays in which no element stands in quotes, so that every comma is a separator."""
    split = pc.split_pattern(pc.utf8_slice_codeunits(texts, 1, -1), ",")
    empty = pc.fill_null(pc.equal(texts, "{}"), fill_value=False)
    if pc.any(empty).as_py():
        split = _put(split, empty, pa.repeat(pa.scalar([], split.type), pc.sum(empty).as_py()))
    elements = split.values
    without = pc.if_else(pc.equal(elements, "NULL"), None, elements)
    return pa.ListArray.from_arrays(split.offsets, without, mask=split.is_null()).cast(type_)


def _put(lists: pa.Array, places: pa.Array, others: pa.Array) -> pa.Array:
    """Return lists with others in some places."""
    number = pc.subtract(pc.cumulative_sum(places.cast(pa.int64())), 1)
    here = pa.array(np.arange(len(lists)))
    return pa.concat_arrays([lists, others]).take(pc.if_else(places, pc.add(number, len(lists)), here))


def _elements(text: str) -> list[str | None]:
    found: list[str | None] = []
    for quoted, plain in _ELEMENT.findall(text):
        if plain:
            found.append(None if plain == "NULL" else plain)
        else:
            found.append(_ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted)
    return found


def _only(places: pa.Array, texts: pa.StringArray) -> pa.StringArray | None:
    return pc.if_else(places, texts, None) if pc.any(places).as_py() else None


_CONVERSIONS: tuple[tuple[Callable[[pa.DataType], bool], Convert], ...] = (
    (pa.types.is_boolean, _booleans),
    (pa.types.is_decimal, _decimals),
    (pa.types.is_date32, _dates),
    (pa.types.is_timestamp, _timestamps),
    (pa.types.is_binary, _bytes),
    (pa.types.is_list, _lists),
)
