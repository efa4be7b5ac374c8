"""Puts the rows that hold their contract into RAW, as the source told them."""

from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.checks import passed_rows
from streamvision.adapters.warehouse.duckdb.incoming import VIEW
from streamvision.adapters.warehouse.duckdb.sql_text import literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import CHANGE_COLUMNS, StoredTable
from streamvision.domain.changes import Mode


def insert_passed(
    connection: duckdb.DuckDBPyConnection,
    stored: StoredTable,
    mode: Mode,
    batch_id: str,
    loaded_at: datetime,
) -> int:
    """Insert those of the incoming rows that are not broken, and return how many they are."""
    values = stored.values("i")
    technical = {
        **({} if mode == "snapshot" else {name: f"i.{name}" for name in CHANGE_COLUMNS}),
        "_batch_id": literal(batch_id),
        "_source_file": "i._source_file",
        "_source_row": "i._source_row",
        "_loaded_at": "$loaded_at",
    }
    row = connection.execute(
        f"insert into {stored.part(mode)} ({name_list([*values, *technical])})"
        f" select {', '.join([*values.values(), *technical.values()])}"
        f" from {passed_rows(connection, VIEW)} as i",
        {"loaded_at": loaded_at},
    ).fetchone()
    return int(row[0]) if row else 0
