"""Loads a batch: every row into RAW or into quarantine, in one transaction."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from streamvision.adapters.warehouse.duckdb.checks import BROKEN, find_broken_rows, passed_rows
from streamvision.adapters.warehouse.duckdb.incoming import (
    AS_READ,
    FILE_NUMBER,
    UNREADABLE,
    VIEW,
    forget_incoming,
    show_incoming,
)
from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal, name_list
from streamvision.adapters.warehouse.duckdb.tables import TECHNICAL_COLUMNS, create_raw_table
from streamvision.domain.contract import Contract
from streamvision.domain.errors import WarehouseError
from streamvision.ports.warehouse import IncomingBatch, IncomingTable, KeepQuarantined, TableAccount


class BatchLoading:
    """Load the tables of one batch, inside a transaction that the caller holds."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        incoming: IncomingBatch,
        *,
        run_id: str,
        loaded_at: datetime,
        keep_quarantined: KeepQuarantined,
    ) -> None:
        """Take what every table of the batch shares."""
        self._connection = connection
        self._incoming = incoming
        self._run_id, self._loaded_at = run_id, loaded_at
        self._keep_quarantined = keep_quarantined

    def load_table(self, table: IncomingTable) -> TableAccount:
        """Load one table and return its account.

        Raises:
            WarehouseError: when a row is neither loaded nor quarantined, or the files hold other rows than
                their manifest says.

        """
        contract, batch_id = table.contract, self._incoming.batch.id
        create_raw_table(self._connection, contract)
        show_incoming(self._connection, table)
        find_broken_rows(self._connection, contract, batch_id, self._incoming.snapshot_at)
        loaded = self._load_passed(contract)
        quarantined = self._quarantine_broken(contract)
        forget_incoming(self._connection, table)
        account = TableAccount(
            batch_id=batch_id,
            table=contract.table,
            extracted_rows=table.rows,
            loaded_rows=loaded,
            quarantined_rows=quarantined,
            extracted_bytes=table.extracted_bytes,
            manifest_sha256=table.manifest_sha256,
            source_id=self._incoming.source_id,
            snapshot_at=self._incoming.snapshot_at,
            loaded_at=self._loaded_at,
            run_id=self._run_id,
        )
        _check_balance(account)
        self._record(account)
        return account

    def _load_passed(self, contract: Contract) -> int:
        names = name_list(contract.column_names)
        return self._count(
            f"insert into {identifier('raw', contract.table)} ({names}, {name_list(TECHNICAL_COLUMNS)})"
            f" select {names}, {literal(self._incoming.batch.id)}, _source_file, _source_row, $loaded_at"
            f" from {passed_rows()}",
            {"loaded_at": self._loaded_at},
        )

    def _quarantine_broken(self, contract: Contract) -> int:
        """Keep the broken rows whole: as text for people, and with their types as a file for the lake."""
        values = ", ".join(
            f"{literal(name)}: i.{identifier(name)}::varchar" for name in contract.column_names
        )
        joined = (
            f"{VIEW} as i join {BROKEN} as b on b.source_file = i._source_file"
            " and b.source_row = i._source_row"
        )
        quarantined = self._count(
            f"insert into quarantine.rows select {literal(self._incoming.batch.id)},"
            f" {literal(contract.table)}, b.rule, b.reason, b.source_file, b.source_row,"
            f" coalesce(i.{AS_READ}, to_json({{{values}}})), $loaded_at from {joined}",
            {"loaded_at": self._loaded_at},
        )
        if quarantined:
            with TemporaryDirectory(prefix="streamvision-quarantine-") as folder:
                path = Path(folder) / f"{contract.table}.parquet"
                self._connection.execute(
                    f"copy (select i.* exclude ({UNREADABLE}, {FILE_NUMBER}),"
                    f" b.rule as _rule, b.reason as _reason from {joined}"
                    f" order by i.{FILE_NUMBER}, i._source_row)"
                    f" to {literal(path)} (format parquet)"
                )
                self._keep_quarantined(contract.table, path)
        return quarantined

    def _record(self, account: TableAccount) -> None:
        self._connection.execute(
            "insert into ops.batches values ($batch_id, $table, $day, $extracted, $loaded, $quarantined,"
            " $bytes, $sha256, $source_id, $snapshot_at, $loaded_at, $run_id)",
            {
                "batch_id": account.batch_id,
                "table": account.table,
                "day": self._incoming.batch.day,
                "extracted": account.extracted_rows,
                "loaded": account.loaded_rows,
                "quarantined": account.quarantined_rows,
                "bytes": account.extracted_bytes,
                "sha256": account.manifest_sha256,
                "source_id": account.source_id,
                "snapshot_at": account.snapshot_at,
                "loaded_at": account.loaded_at,
                "run_id": account.run_id,
            },
        )

    def _count(self, statement: str, parameters: dict[str, object]) -> int:
        row = self._connection.execute(statement, parameters).fetchone()
        return int(row[0]) if row else 0


def _check_balance(account: TableAccount) -> None:
    if not account.balances:
        raise WarehouseError(
            f"The account does not balance: {account.extracted_rows} rows extracted,"
            f" {account.loaded_rows} loaded, {account.quarantined_rows} quarantined",
            where=f"table {account.table} of batch {account.batch_id}",
            safe="the batch was not loaded; the warehouse is as it was before",
            next_command="check the files of this batch against their manifest",
        )
