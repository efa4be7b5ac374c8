"""The Arrow type in which the lake keeps each type that a contract may name, exactly."""

import re

import pyarrow as pa

from streamvision.domain.contract import Contract

_SIMPLE = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "text[]": pa.list_(pa.string()),
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")


def arrow_schema(contract: Contract) -> pa.Schema:
    """Return the schema of a contract's files.

    Each field keeps PostgreSQL's name of its type in its metadata under `postgresql_type`.
    """
    fields = [
        pa.field(column.name, arrow_type(column.type), metadata={"postgresql_type": column.type})
        for column in contract.columns
    ]
    return pa.schema(fields)


def arrow_type(type_name: str) -> pa.DataType:
    """Return the Arrow type of one contract type; char(n) is text, numeric(p,s) a decimal of p digits."""
    if numeric := _NUMERIC.fullmatch(type_name):
        return pa.decimal128(int(numeric[1]), int(numeric[2]))
    return pa.string() if type_name.startswith("char(") else _SIMPLE[type_name]
