"""Writes values as the source does: the text of each type, for formats that have nothing but text."""

import json
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.extract.float_text import float_text

TEXT = pa.large_string()
_DAY = 86_400_000_000
_DAYS_TO_1970 = date(1970, 1, 1).toordinal() - 1
_FIRST_PLAIN_DAY, _LAST_PLAIN_DAY = -_DAYS_TO_1970, date(9999, 12, 31).toordinal() - _DAYS_TO_1970 - 1
_DAYS_IN_400_YEARS = 146_097


def source_text(values: pa.Array) -> pa.Array:
    """Return values as the source writes them; lists as JSON. NULL stays NULL."""
    type_ = values.type
    for is_of_kind, write in _FORMS:
        if is_of_kind(type_):
            return write(values)
    return values.cast(TEXT)


def together(*parts: pa.Array | str) -> pa.Array:
    """Return texts put together value by value; NULL where a part is."""
    return pc.binary_join_element_wise(
        *(pa.scalar(part, TEXT) if isinstance(part, str) else part for part in parts), pa.scalar("", TEXT)
    )


def _floats(values: pa.Array) -> pa.Array:
    """Write the shortest digits that give the same float again."""
    size = pc.abs(values)
    # Between these bounds neither Arrow nor the source uses an exponent.
    plain = pc.or_(pc.and_(pc.greater_equal(size, 1e-4), pc.less(size, 1e6)), pc.equal(size, 0))
    kind = np.float32 if pa.types.is_float32(values.type) else np.float64
    return _with_odd_ones(values, pc.invert(plain), lambda value: float_text(kind(value)))


def _decimals(values: pa.Array) -> pa.Array:
    """Write every digit of the scale. Arrow does so too, but for small values of a large scale."""
    texts = values.cast(TEXT)
    with_exponent = pc.match_substring(texts, "E")
    if not pc.any(with_exponent).as_py():
        return texts
    return _with_odd_ones(values, with_exponent, "{:f}".format)


def _dates(values: pa.Array) -> pa.Array:
    days = values.view(pa.int32())
    odd = pc.or_(pc.less(days, _FIRST_PLAIN_DAY), pc.greater(days, _LAST_PLAIN_DAY))
    return _with_odd_ones(days, odd, _date_text, lambda plain: plain.view(pa.date32()).cast(TEXT))


def _date_text(days: int) -> str:
    return _infinity(days, 32) or "".join(_day_and_era(days))


def _timestamps(values: pa.Array) -> pa.Array:
    zone = "+00" if values.type.tz else ""
    moments = values.view(pa.int64())
    odd = pc.or_(
        pc.less(moments, _FIRST_PLAIN_DAY * _DAY), pc.greater_equal(moments, (_LAST_PLAIN_DAY + 1) * _DAY)
    )

    def write(plain: pa.Array) -> pa.Array:
        # Arrow writes six digits always, the source none that it need not.
        full = plain.view(pa.timestamp("us")).cast(TEXT)
        short = pc.utf8_rtrim(pc.utf8_rtrim(full, "0"), ".")
        return together(short, zone) if zone else short

    return _with_odd_ones(moments, odd, lambda moment: _timestamp_text(moment, zone), write)


def _timestamp_text(moment: int, zone: str) -> str:
    if infinity := _infinity(moment, 64):
        return infinity
    days, rest = divmod(moment, _DAY)
    seconds, fraction = divmod(rest, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    day, era = _day_and_era(days)
    digits = f".{fraction:06d}".rstrip("0") if fraction else ""
    return f"{day} {hour:02d}:{minute:02d}:{second:02d}{digits}{zone}{era}"


def _infinity(value: int, bits: int) -> str:
    """Return the word for the greatest integer and its negative, which stand for the infinities."""
    greatest = 2 ** (bits - 1) - 1
    return {greatest: "infinity", -greatest: "-infinity"}.get(value, "")


def _day_and_era(days: int) -> tuple[str, str]:
    """Return a day of any year, counted from 1970, and what follows it before Christ."""
    cycles, rest = divmod(days + _DAYS_TO_1970, _DAYS_IN_400_YEARS)
    within = date.fromordinal(rest + 1)
    year = within.year + 400 * cycles
    counted = year if year > 0 else 1 - year
    return f"{counted:04d}-{within.month:02d}-{within.day:02d}", "" if year > 0 else " BC"


def _hexadecimal(values: pa.Array) -> pa.Array:
    r"""Write bytes as \x and two digits each, all at once."""
    values = values.cast(pa.large_binary())
    _, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, np.int64, len(values) + 1, values.offset * 8)
    digits = data[ends[0] : ends[-1]].to_pybytes().hex().encode() if data else b""
    texts = pa.LargeStringArray.from_buffers(
        len(values), pa.py_buffer((ends - ends[0]) * 2), pa.py_buffer(digits)
    )
    return pc.if_else(values.is_null(), pa.scalar(None, TEXT), together("\\x", texts))


def _json_lists(values: pa.Array) -> pa.Array:
    items = values.flatten().cast(TEXT)
    escaped = pc.match_substring_regex(items, r'["\\\x00-\x1f]')
    in_quotes = _with_odd_ones(items, escaped, _json_text, lambda plain: together('"', plain, '"'))
    texts = pc.fill_null(in_quotes, pa.scalar("null", TEXT))
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))]).astype(np.int64)
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), texts)
    marked = together("[", pc.binary_join(lists, pa.scalar(", ", TEXT)), "]")
    return pc.if_else(values.is_null(), pa.scalar(None, TEXT), marked)


def _json_text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _as_text(values: pa.Array) -> pa.Array:
    return values.cast(TEXT)


def _with_odd_ones(
    values: pa.Array,
    odd: pa.Array,
    write_one: Callable[..., str],
    write_plain: Callable[[pa.Array], pa.Array] = _as_text,
) -> pa.Array:
    """Write all values at once, but the odd ones one by one."""
    odd = pc.fill_null(odd, fill_value=False)
    if not pc.any(odd).as_py():
        return write_plain(values)
    texts = write_plain(pc.if_else(odd, pa.scalar(None, values.type), values))
    written = pa.array([write_one(value) for value in values.filter(odd).to_pylist()], TEXT)
    return pc.replace_with_mask(texts, odd, written)


_FORMS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.Array]], ...] = (
    (pa.types.is_floating, _floats),
    (pa.types.is_decimal, _decimals),
    (pa.types.is_date32, _dates),
    (pa.types.is_timestamp, _timestamps),
    (pa.types.is_binary, _hexadecimal),
    (pa.types.is_list, _json_lists),
)
