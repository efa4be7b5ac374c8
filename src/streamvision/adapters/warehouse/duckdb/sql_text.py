"""Pieces of DuckDB's SQL: names, literals and types."""

from collections.abc import Iterable


def identifier(*parts: str) -> str:
    """Return a quoted name, with its schema where one is given."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(value: object) -> str:
    """Return a text literal; NULL for None."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def name_list(names: Iterable[str]) -> str:
    """Return quoted names with commas between."""
    return ", ".join(identifier(name) for name in names)


def duckdb_type(contract_type: str) -> str:
    """Return DuckDB's type for a contract's type; each holds the same values."""
    if contract_type.startswith("char("):
        return "VARCHAR"
    simple = {"text": "VARCHAR", "text[]": "VARCHAR[]", "timestamptz": "TIMESTAMP WITH TIME ZONE"}
    return simple.get(contract_type, contract_type.upper())
