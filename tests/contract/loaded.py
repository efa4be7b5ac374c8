"""Loads rows into a DuckDB warehouse and reads back what became of them."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.ports.warehouse import IncomingTable, QuarantinedRow, TableAccount
from tests.fakes.building import LOADED_AT, RUN_ID, incoming_batch


class Loaded:
    """Hold a warehouse into which one batch was loaded.

    Attributes:
        accounts: the account of each table.
        kept: the tables whose broken rows were handed over.

    """

    def __init__(self, folder: Path, *tables: IncomingTable) -> None:
        """Load a batch of tables into a new warehouse in a folder."""
        self._path = folder / "w.duckdb"
        self.warehouse = DuckDBWarehouse(f"duckdb://{self._path}")
        self.kept: list[str] = []
        accounts = self.warehouse.load(
            incoming_batch(*tables),
            run_id=RUN_ID,
            loaded_at=LOADED_AT,
            keep_quarantined=lambda table, _path: self.kept.append(table),
        )
        self.accounts: dict[str, TableAccount] = {account.table: account for account in accounts}

    def rows(self, table: str, columns: str = "*") -> list[tuple[object, ...]]:
        """Return the rows of RAW in the order of their files."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            query = f'select {columns} from raw."{table}" order by _source_file, _source_row'  # noqa: S608 - a test's own
            return connection.execute(query).fetchall()

    def ids(self, table: str) -> list[object]:
        """Return the keys of the rows that were loaded."""
        return [row[0] for row in self.rows(table, "id")]

    def broken(self, table: str) -> Sequence[QuarantinedRow]:
        """Return the rows in quarantine."""
        return self.warehouse.quarantined_rows(table, limit=1000)

    def reasons(self, table: str) -> list[tuple[int, str, str]]:
        """Return row number, rule and reason of the rows in quarantine."""
        return [(row.source_row, row.rule, row.reason) for row in self.broken(table)]
