"""Gives rows from Snowflake the names and types that they have on every warehouse."""

from collections.abc import Callable

import pyarrow as pa

_WHOLE = pa.int64()


def as_elsewhere(rows: pa.Table) -> pa.Table:
    """Return rows with names in small letters, whole numbers in 64 bits and moments in UTC.

    Snowflake sends whole numbers in as few bits as each part of an answer needs, and names in capitals.
    """
    columns = [_column(column) for column in rows.columns]
    return pa.table(columns, names=[name.lower() for name in rows.column_names])


def _column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    for is_it, wanted in _KINDS:
        if is_it(column.type):
            try:
                return column.cast(wanted)
            except pa.ArrowInvalid:
                # It holds a number that 64 bits do not.
                return column
    return column


def _is_whole(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or (pa.types.is_decimal(type_) and type_.scale == 0))


def _has_zone(type_: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(type_) and type_.tz is not None)


_KINDS: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    (_is_whole, _WHOLE),
    (_has_zone, pa.timestamp("us", tz="UTC")),
    (pa.types.is_timestamp, pa.timestamp("us")),
    (pa.types.is_floating, pa.float64()),
)
