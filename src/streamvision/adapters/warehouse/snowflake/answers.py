"""Gives rows from Snowflake the names and types that they have on every warehouse."""

from collections.abc import Sequence

import pyarrow as pa
from snowflake.connector.constants import FIELD_ID_TO_NAME
from snowflake.connector.cursor import ResultMetadata

_TYPES = {
    "REAL": pa.float64(),
    "TEXT": pa.string(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP_NTZ": pa.timestamp("us"),
    "TIMESTAMP_LTZ": pa.timestamp("us", tz="UTC"),
    "TIMESTAMP_TZ": pa.timestamp("us", tz="UTC"),
}


def as_elsewhere(rows: pa.Table, description: Sequence[ResultMetadata]) -> pa.Table:
    """Return rows with names in small letters, whole numbers in 64 bits and moments in UTC.

    Snowflake sends whole numbers in as few bits as each part of an answer needs, and names in capitals; an
    answer without rows has no types but those of its description.
    """
    columns = [_cast(column, each) for column, each in zip(rows.columns, description, strict=True)]
    return pa.table(columns, names=[each.name.lower() for each in description])


def _cast(column: pa.ChunkedArray, described: ResultMetadata) -> pa.ChunkedArray:
    kind = FIELD_ID_TO_NAME[described.type_code]
    if kind == "FIXED" and described.scale:
        return column.cast(pa.decimal128(described.precision or 38, described.scale))
    if kind == "FIXED":
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            return column.cast(pa.decimal128(38, 0))
    return column.cast(_TYPES[kind]) if kind in _TYPES else column
