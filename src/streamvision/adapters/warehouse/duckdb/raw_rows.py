"""Puts the rows that hold their contract into RAW, as the source told them."""

from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.checks import passed_rows
from streamvision.adapters.warehouse.duckdb.incoming import VIEW
from streamvision.adapters.warehouse.duckdb.sql_text import literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import StoredTable
from streamvision.domain.changes import (
    COMMIT_LSN,
    COMMITTED_AT,
    MOVED_FROM,
    OPERATION,
    POSITION,
    UNCHANGED,
)


def insert_passed(
    connection: duckdb.DuckDBPyConnection, stored: StoredTable, batch_id: str, loaded_at: datetime
) -> int:
    """Insert those of the incoming rows that are not broken, and return how many they are."""
    values = stored.values("i")
    technical = {
        OPERATION: f"coalesce(i.{OPERATION}, 'read')",
        **{name: f"i.{name}" for name in (COMMIT_LSN, COMMITTED_AT, POSITION, UNCHANGED, MOVED_FROM)},
        "_batch_id": literal(batch_id),
        "_source_file": "i._source_file",
        "_source_row": "i._source_row",
        "_loaded_at": "$loaded_at",
    }
    row = connection.execute(
        f"insert into {stored.raw} ({name_list([*values, *technical])})"
        f" select {', '.join([*values.values(), *technical.values()])}"
        f" from {passed_rows(connection, VIEW)} as i",
        {"loaded_at": loaded_at},
    ).fetchone()
    return int(row[0]) if row else 0
