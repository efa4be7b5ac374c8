"""Keeps the rows at which tests warned, of a build that passed, where readers do not look.

The rows may be whole rows of staging, with people in them; the file of the build goes to readers.
"""

from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal

WARNED = "warned.duckdb"
"""The file beside the builds."""
SCHEMA = "warnings"
"""Where tests that warn keep what they found, in the file of a build and in that file."""


def take_warned_rows(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Move the rows from a build to the file beside it."""
    tables = connection.execute(
        "select table_name from duckdb_tables()"
        " where database_name = current_database() and schema_name = $schema order by all",
        {"schema": SCHEMA},
    ).fetchall()
    if tables:
        forget_warned_rows(folder)
        connection.execute(f"attach {literal(str(folder / WARNED))} as warned")
        connection.execute(f"create schema warned.{identifier(SCHEMA)}")
        for (table,) in tables:
            here = identifier(SCHEMA, table)
            connection.execute(f"create table warned.{here} as from {here}")
        connection.execute("detach warned")
    connection.execute(f"drop schema if exists {identifier(SCHEMA)} cascade")


def forget_warned_rows(folder: Path) -> None:
    """Remove the file."""
    for path in folder.glob(f"{WARNED}*"):
        path.unlink()
