"""Pieces of Snowflake's SQL: names, literals and types, and which of DuckDB's types they stand for."""

import re
import string
from collections.abc import Iterable, Mapping

from streamvision.adapters.warehouse.duckdb.column_types import TEXT

_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_TYPES = {
    "SMALLINT": "NUMBER(5,0)",
    "INTEGER": "NUMBER(10,0)",
    "BIGINT": "NUMBER(19,0)",
    "FLOAT": "FLOAT",
    "DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "BLOB": "BINARY",
    "VARCHAR": "VARCHAR",
    "VARCHAR[]": "ARRAY",
    "JSON": "VARCHAR",
    "TIMESTAMP": "TIMESTAMP_NTZ(6)",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_TZ(6)",
}
_KEPT = {
    "TEXT": "VARCHAR",
    "TIMESTAMP_NTZ": "TIMESTAMP_NTZ(6)",
    "TIMESTAMP_TZ": "TIMESTAMP_TZ(6)",
    "VARIANT": "ARRAY",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_NUMBER = re.compile(r"NUMBER\((\d+),(\d+)\)")


def upper(name: str) -> str:
    """Return a name as Snowflake keeps it where it stands without quotes."""
    return name.translate(_UPPER)


def identifier(*parts: str) -> str:
    """Return a quoted name, with its schema where one is given."""
    return ".".join('"' + upper(part).replace('"', '""') + '"' for part in parts)


def literal(value: object) -> str:
    """Return a text literal; NULL for None."""
    if value is None:
        return "NULL"
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def name_list(names: Iterable[str], row: str = "") -> str:
    """Return quoted names with commas between, each with the name of a row before it where one is given."""
    prefix = f"{row}." if row else ""
    return ", ".join(f"{prefix}{identifier(name)}" for name in names)


def snowflake_type(duckdb_type: str) -> str:
    """Return the type that holds every value that a type of DuckDB and Snowflake can both hold."""
    if found := _DECIMAL.fullmatch(duckdb_type):
        return f"NUMBER({found[1]},{found[2]})"
    return _TYPES[duckdb_type]


def kept_type(name: object, precision: object, scale: object) -> str:
    """Return the type of a column from what Snowflake's catalogue says of it."""
    if name == "NUMBER":
        return f"NUMBER({precision},{scale})"
    return _KEPT.get(str(name), str(name))


def duckdb_type_of(kept: str, expected: str | None) -> str:
    """Return DuckDB's type for a column in Snowflake.

    Args:
        kept: the column's type there.
        expected: the type that the contract gives it; where both are kept alike, it is that one.

    """
    if expected is not None and snowflake_type(expected) == kept:
        return expected
    for name, type_ in _TYPES.items():
        if type_ == kept:
            return "DOUBLE" if name == "FLOAT" else name
    found = _NUMBER.fullmatch(kept)
    return f"DECIMAL({found[1]},{found[2]})" if found else TEXT


def converted(value: str, given: str, wanted: str) -> str:
    """Return an expression of one type as one of a type that is wider; text as DuckDB would write it."""
    if given == wanted:
        return value
    if wanted != "VARCHAR":
        return f"CAST({value} AS {wanted})"
    if given == "ARRAY":
        return f"TO_JSON({value})"
    if given == "BINARY":
        return f"'\\\\x' || LOWER(HEX_ENCODE({value}))"
    if given.startswith("TIMESTAMP"):
        text = f"TO_VARCHAR({value}, 'YYYY-MM-DD HH24:MI:SS.FF6')"
        zone = " || '+00'" if given.startswith("TIMESTAMP_TZ") else ""
        return f"REGEXP_REPLACE({text}, '\\\\.?0+$', ''){zone}"
    return f"CAST({value} AS VARCHAR)"


def same_values(columns: Mapping[str, str], first: str, second: str) -> str:
    """Return the condition that two rows are the same; NULL is the same as NULL."""
    return all_hold(
        f"{first}.{identifier(name)} IS NOT DISTINCT FROM {second}.{identifier(name)}" for name in columns
    )


def all_hold(conditions: Iterable[str]) -> str:
    """Return the condition that all of these hold; true where there are none."""
    return " AND ".join(f"({condition})" for condition in conditions) or "TRUE"
