"""The warehouse port over one DuckDB file."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from streamvision.adapters.warehouse.duckdb.connection import open_file, transaction, warehouse_errors
from streamvision.adapters.warehouse.duckdb.loading import BatchLoading
from streamvision.adapters.warehouse.duckdb.publishing import publish_marts, read_pointer
from streamvision.adapters.warehouse.duckdb.tables import create_fixed_tables
from streamvision.ports.marts import Publication
from streamvision.ports.warehouse import (
    IncomingBatch,
    KeepQuarantined,
    QuarantinedRow,
    QuarantineGroup,
    TableAccount,
)


class DuckDBWarehouse:
    """Keep the warehouse in one file; the published marts lie in a folder beside it.

    The file is open only while a method runs, so that other commands can have it in between.
    """

    def __init__(self, url: str) -> None:
        """Take a `duckdb:///absolute/path/of/the/file` URL."""
        self.path = Path(unquote(urlsplit(url).path))
        self.published_folder = self.path.parent / "published"

    def accounts(self) -> Sequence[TableAccount]:
        """Return the account of every table of every batch loaded, oldest first."""
        rows = self._read(
            "select batch_id, table_name, extracted_rows, loaded_rows, quarantined_rows, extracted_bytes,"
            " manifest_sha256, source_id, snapshot_at, loaded_at, run_id, mode"
            " from ops.batches order by batch_id, table_name"
        )
        return [TableAccount(*row) for row in rows]

    def load(
        self, incoming: IncomingBatch, *, run_id: str, loaded_at: datetime, keep_quarantined: KeepQuarantined
    ) -> Sequence[TableAccount]:
        """Load a batch in one transaction: all of its tables with their accounts, or nothing."""
        with open_file(self.path) as connection, transaction(connection):
            create_fixed_tables(connection)
            loading = BatchLoading(
                connection,
                incoming,
                run_id=run_id,
                loaded_at=loaded_at,
                keep_quarantined=keep_quarantined,
            )
            return [loading.load_table(table) for table in incoming.tables]

    def quarantine_groups(self) -> Sequence[QuarantineGroup]:
        """Return how many rows are in quarantine, by batch, table and rule."""
        rows = self._read(
            "select batch_id, table_name, rule, min(reason), count(*) from quarantine.rows"
            " group by all order by batch_id, table_name, rule"
        )
        return [QuarantineGroup(*row) for row in rows]

    def quarantined_rows(self, table: str, *, limit: int) -> Sequence[QuarantinedRow]:
        """Return rows of a table that are in quarantine, newest batch first."""
        rows = self._read(
            "select batch_id, table_name, rule, reason, source_file, source_row, row_values"
            " from quarantine.rows where table_name = $table"
            " order by batch_id desc, source_file, source_row limit $limit",
            {"table": table, "limit": limit},
        )
        return [
            QuarantinedRow(batch_id, name, rule, reason, file, number, row=json.loads(values))
            for batch_id, name, rule, reason, file, number, values in rows
        ]

    def forget_build(self) -> None:
        """Note that the marts are about to change and have not passed their tests."""
        with open_file(self.path) as connection:
            create_fixed_tables(connection)
            connection.execute("delete from ops.tested_build")

    def record_build(self, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
        """Note that the marts, built from everything up to a batch, passed their tests."""
        with open_file(self.path) as connection, transaction(connection):
            connection.execute("delete from ops.tested_build")
            connection.execute("insert into ops.tested_build values (?, ?, ?)", [batch_id, run_id, tested_at])

    def tested_batch(self) -> str | None:
        """Return the newest batch in the marts that passed their tests; None after a failed build."""
        rows = self._read("select batch_id from ops.tested_build")
        return str(rows[0][0]) if rows else None

    def publish(self, batch_day: date, *, run_id: str, published_at: datetime) -> Publication:
        """Show the marts as they are now to readers, in one step."""
        publication = Publication(
            batch_id=batch_day.isoformat(), batch_date=batch_day, published_at=published_at, run_id=run_id
        )
        with open_file(self.path) as connection:
            return publish_marts(connection, self.published_folder, publication)

    def published(self) -> Publication | None:
        """Return what readers are shown; None where nothing is."""
        found = read_pointer(self.published_folder)
        return found[1] if found else None

    def version(self) -> str:
        """Return the engine's name and version."""
        return f"DuckDB {duckdb.__version__}"

    def _read(self, query: str, parameters: dict[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a query on the file; a warehouse that is not there yet has no rows."""
        if not self.path.exists():
            return []
        with warehouse_errors(self.path), duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            try:
                return connection.execute(query, parameters or {}).fetchall()
            except duckdb.CatalogException:
                return []
