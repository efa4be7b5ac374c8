"""Loads a batch: every row into RAW or into quarantine, in one transaction."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from streamvision.adapters.warehouse.duckdb.arrived import forget_arrived, show_arrived
from streamvision.adapters.warehouse.duckdb.checks import (
    BROKEN,
    break_all,
    find_broken_rows,
    find_conflicts,
    forget_broken,
)
from streamvision.adapters.warehouse.duckdb.incoming import (
    AS_READ,
    FILE_NUMBER,
    UNREADABLE,
    VIEW,
    forget_incoming,
    show_incoming,
)
from streamvision.adapters.warehouse.duckdb.net import NetChanges
from streamvision.adapters.warehouse.duckdb.raw_rows import insert_passed
from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal
from streamvision.adapters.warehouse.duckdb.tables import StoredTable, create_tables, fit_tables
from streamvision.adapters.warehouse.duckdb.versions import Versions, distrust
from streamvision.domain.changes import CHANGE_COLUMNS, UNFIT, Mode
from streamvision.domain.errors import WarehouseError
from streamvision.ports.warehouse import IncomingBatch, IncomingTable, KeepQuarantined, TableAccount

_QUARANTINED = (
    "batch_id",
    "table_name",
    "rule",
    "reason",
    "source_file",
    "source_row",
    "row_values",
    "quarantined_at",
)


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
        contract = table.contract
        show_incoming(self._connection, table)
        forget_broken(self._connection)
        loaded = self._refuse(table) if table.quarantined_because else self._take(table)
        quarantined = self._quarantine_broken(table)
        forget_incoming(self._connection, table)
        account = TableAccount(
            batch_id=self._incoming.batch.id,
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
            mode=table.mode,
        )
        _check_balance(account)
        self._record(account)
        return account

    def _refuse(self, table: IncomingTable) -> int:
        """Break every row, and leave the versions as they were."""
        create_tables(self._connection, table.contract)
        break_all(self._connection, "drift", table.quarantined_because)
        if table.mode != "snapshot" and table.rows:
            distrust(self._connection, table.contract, self._incoming.batch.id)
        return 0

    def _take(self, table: IncomingTable) -> int:
        """Take what holds its contract into RAW and the versions, and return how many rows that are."""
        connection, contract, mode = self._connection, table.contract, table.mode
        stored = fit_tables(connection, contract)
        show_arrived(connection, stored, mode)
        find_broken_rows(connection, contract, mode, self._incoming.snapshot_at)
        versions = Versions(connection, stored, self._incoming.batch.id)
        if mode == "snapshot":
            find_conflicts(connection, contract)
            loaded = self._load_passed(stored, mode)
            versions.take_picture()
        else:
            NetChanges(connection, stored).settle()
            loaded = self._load_passed(stored, mode)
            versions.take_changes()
        forget_arrived(connection, mode)
        return loaded

    def _load_passed(self, stored: StoredTable, mode: Mode) -> int:
        return insert_passed(self._connection, stored, mode, self._incoming.batch.id, self._loaded_at)

    def _quarantine_broken(self, table: IncomingTable) -> int:
        """Keep the broken rows whole: as text for people, and with their types as a file for the lake."""
        contract = table.contract
        joined = (
            f"{VIEW} as i join {BROKEN} as b on b.source_file = i._source_file"
            " and b.source_row = i._source_row"
        )
        quarantined = self._count(
            f"insert into quarantine.rows ({', '.join(_QUARANTINED)})"
            f" select {literal(self._incoming.batch.id)},"
            f" {literal(contract.table)}, b.rule, b.reason, b.source_file, b.source_row,"
            f" {_shown(table)}, $loaded_at from {joined}",
            {"loaded_at": self._loaded_at},
        )
        if quarantined:
            with TemporaryDirectory(prefix="streamvision-quarantine-") as folder:
                path = Path(folder) / "rows.parquet"
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
            " $bytes, $sha256, $source_id, $snapshot_at, $loaded_at, $run_id, $mode)",
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
                "mode": account.mode,
            },
        )

    def _count(self, statement: str, parameters: dict[str, object]) -> int:
        row = self._connection.execute(statement, parameters).fetchone()
        return int(row[0]) if row else 0


def _shown(table: IncomingTable) -> str:
    """Return the expression of a row as people are shown it: every value as text, exactly."""
    texts = f"cast(cast(i.{UNFIT} as json) as map(varchar, varchar))"
    names = list(table.contract.column_names)
    values = {name: f"i.{identifier(name)}::varchar" for name in names}
    exact = {name: f"coalesce({texts}[{literal(name)}], {value})" for name, value in values.items()}
    if table.mode != "snapshot":
        more = {name: f"i.{name}::varchar" for name in CHANGE_COLUMNS}
        values, exact = values | more, exact | more
    plain, with_unfit = (
        f"to_json({{{', '.join(f'{literal(name)}: {value}' for name, value in row.items())}}})"
        if row
        else "json('{}')"
        for row in (values, exact)
    )
    return f"coalesce(i.{AS_READ}, case when i.{UNFIT} is null then {plain} else {with_unfit} end)"


def _check_balance(account: TableAccount) -> None:
    if not account.balances:
        raise WarehouseError(
            f"The account does not balance: {account.extracted_rows} rows extracted,"
            f" {account.loaded_rows} loaded, {account.quarantined_rows} quarantined",
            where=f"table {account.table} of batch {account.batch_id}",
            safe="the batch was not loaded; the warehouse is as it was before",
            next_command="check the files of this batch against their manifest",
        )
