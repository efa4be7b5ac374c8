"""The Arrow type in which the lake keeps each type of the source, exactly."""

import re

import pyarrow as pa

from streamvision.domain.changes import (
    COMMIT_LSN,
    COMMITTED_AT,
    MOVED_FROM,
    OPERATION,
    POSITION,
    ROW,
    UNCHANGED,
    UNFIT,
)
from streamvision.domain.contract import Contract

TIMESTAMPTZ = pa.timestamp("us", tz="UTC")
_SIMPLE = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "bytea": pa.binary(),
    "text[]": pa.list_(pa.string()),
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_TIMESTAMP = re.compile(r"timestamp(tz)?(\(\d\))?")
_MOST_DIGITS = 38
_CHANGE_FIELDS = (
    pa.field(OPERATION, pa.string()),
    pa.field(COMMIT_LSN, pa.int64()),
    pa.field(COMMITTED_AT, TIMESTAMPTZ),
    pa.field(POSITION, pa.int64()),
    pa.field(UNCHANGED, pa.string()),
    pa.field(MOVED_FROM, pa.int64()),
)


def arrow_type(type_name: str) -> pa.DataType:
    """Return the Arrow type of one of the source's types.

    A type that no Arrow type holds exactly is kept as text, in the form in which the source writes it.
    """
    if numeric := _NUMERIC.fullmatch(type_name):
        digits, scale = int(numeric[1]), int(numeric[2])
        return pa.decimal128(digits, scale) if scale <= digits <= _MOST_DIGITS else pa.string()
    if timestamp := _TIMESTAMP.fullmatch(type_name):
        return TIMESTAMPTZ if timestamp[1] else pa.timestamp("us")
    return _SIMPLE.get(type_name, pa.string())


def can_be_unfit(type_: pa.DataType) -> bool:
    """Tell whether the source's type has values that this Arrow type, which stands for it, has not."""
    return bool(pa.types.is_decimal(type_) or pa.types.is_timestamp(type_) or pa.types.is_list(type_))


def data_fields(contract: Contract) -> list[pa.Field]:
    """Return a field per column; its metadata keeps the source's name of the type under `postgresql_type`."""
    return [
        pa.field(column.name, arrow_type(column.type), metadata={"postgresql_type": column.type})
        for column in contract.columns
    ]


def snapshot_schema(contract: Contract) -> pa.Schema:
    """Return the schema of a table's files in a `snapshot`: its columns, and UNFIT where it can be needed."""
    fields = data_fields(contract) or [pa.field(ROW, pa.bool_())]
    return pa.schema([*fields, *_unfit(fields)])


def changes_schema(contract: Contract) -> pa.Schema:
    """Return the schema of a table's files in `changes`."""
    fields = data_fields(contract)
    return pa.schema([*fields, *_CHANGE_FIELDS, *_unfit(fields)])


def cursor_schema(contract: Contract) -> pa.Schema:
    """Return the schema of a table's files in `cursor`."""
    fields = data_fields(contract)
    return pa.schema([*fields, pa.field(OPERATION, pa.string()), *_unfit(fields)])


def _unfit(fields: list[pa.Field]) -> list[pa.Field]:
    return [pa.field(UNFIT, pa.string())] if any(can_be_unfit(field.type) for field in fields) else []
