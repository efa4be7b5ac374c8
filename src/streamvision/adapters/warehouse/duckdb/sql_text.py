"""Pieces of DuckDB's SQL: names, literals and types."""

from collections.abc import Callable, Iterable

import pyarrow as pa

from streamvision.ports.arrow_types import arrow_type

_TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_int32, "INTEGER"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_float32, "FLOAT"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_date32, "DATE"),
    (pa.types.is_binary, "BLOB"),
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_list, "VARCHAR[]"),
)


def identifier(*parts: str) -> str:
    """Return a quoted name, with its schema where one is given."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(value: object) -> str:
    """Return a text literal; NULL for None."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def name_list(names: Iterable[str]) -> str:
    """Return quoted names with commas between."""
    return ", ".join(identifier(name) for name in names)


def all_hold(conditions: Iterable[str]) -> str:
    """Return the condition that all of these hold; true where there are none."""
    return " and ".join(f"({condition})" for condition in conditions) or "true"


def duckdb_type(contract_type: str) -> str:
    """Return DuckDB's type for a contract's type: the one that reads the lake's files as they are."""
    type_ = arrow_type(contract_type)
    if pa.types.is_decimal(type_):
        return f"DECIMAL({type_.precision},{type_.scale})"
    if pa.types.is_timestamp(type_):
        return "TIMESTAMP WITH TIME ZONE" if type_.tz else "TIMESTAMP"
    return next(name for is_of_kind, name in _TYPES if is_of_kind(type_))
