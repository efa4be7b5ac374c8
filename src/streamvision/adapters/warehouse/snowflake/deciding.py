"""Applies decisions on rows in quarantine: worked out on the workbench, applied in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.incoming import VIEW, forget_incoming, show_incoming
from streamvision.adapters.warehouse.duckdb.releasing import Releasing
from streamvision.adapters.warehouse.duckdb.sql_text import identifier, name_list
from streamvision.adapters.warehouse.duckdb.sql_text import literal as duckdb_literal
from streamvision.adapters.warehouse.duckdb.tables import (
    OUTDATED,
    StoredTable,
    stored_columns,
    versions_of,
)
from streamvision.adapters.warehouse.duckdb.told_since import CHOSEN
from streamvision.adapters.warehouse.snowflake import sql_text as sf
from streamvision.adapters.warehouse.snowflake.connection import Session, transaction
from streamvision.adapters.warehouse.snowflake.delta import apply_delta, remember_versions, ship_delta
from streamvision.adapters.warehouse.snowflake.shipping import Shipment
from streamvision.adapters.warehouse.snowflake.tables import RAW_COLUMNS, Place, RawTables
from streamvision.adapters.warehouse.snowflake.workbench import Slices
from streamvision.domain.changes import OPERATION
from streamvision.domain.decision import Decision
from streamvision.ports.warehouse import DecidedRows, IncomingBatch, IncomingTable

_BATCHES = {
    "batch_id": "VARCHAR", "table_name": "VARCHAR", "batch_date": "DATE", "extracted_rows": "BIGINT",
    "loaded_rows": "BIGINT", "quarantined_rows": "BIGINT", "extracted_bytes": "BIGINT",
    "manifest_sha256": "VARCHAR", "source_id": "VARCHAR", "snapshot_at": "TIMESTAMP WITH TIME ZONE",
    "loaded_at": "TIMESTAMP WITH TIME ZONE", "run_id": "VARCHAR", "mode": "VARCHAR",
}  # fmt: skip
_QUARANTINE = {
    "batch_id": "VARCHAR", "table_name": "VARCHAR", "rule": "VARCHAR", "reason": "VARCHAR",
    "source_file": "VARCHAR", "source_row": "BIGINT", "row_values": "JSON",
    "quarantined_at": "TIMESTAMP WITH TIME ZONE", "status": "VARCHAR", "decision_id": "VARCHAR",
}  # fmt: skip
_PLACE_OF_ROW = ("BATCH_ID", "TABLE_NAME", "SOURCE_FILE", "SOURCE_ROW")


class Deciding:
    """Apply one decision."""

    def __init__(
        self,
        session: Session,
        place: Place,
        tables: RawTables,
        bench: duckdb.DuckDBPyConnection,
        shipment: Shipment,
        decision: Decision,
    ) -> None:
        """Take a session outside a transaction, an empty workbench and the decision."""
        self._session, self._place, self._bench, self._shipment = session, place, bench, shipment
        self._decision = decision
        self._tables = tables
        self._slices = Slices(session, place, tables, bench, shipment)

    def drop(self) -> list[DecidedRows]:
        """Close chosen rows without loading them."""
        self._bring_quarantine({each.table for each in self._decision.rows})
        decided = Releasing(self._bench, self._decision, self._decision.decided_at).drop()
        closed = self._ship_closed()
        with transaction(self._session):
            self._apply_closed(closed)
        return decided

    def release(self, batches: Sequence[IncomingBatch], released_at: datetime) -> list[DecidedRows]:
        """Load those chosen rows that hold their contract now."""
        names = {table.contract.table for batch in batches for table in batch.tables}
        self._bring_quarantine(names | {each.table for each in self._decision.rows})
        self._bring_batches()
        releasing = Releasing(self._bench, self._decision, released_at)
        for batch in batches:
            for table in batch.tables:
                self._bring_rows(batch, table)
        for name in sorted(names):
            if stored_columns(self._bench, name):
                remember_versions(self._bench, versions_of(name), name)
                self._bench.execute(
                    f"create or replace table {_raw_before(name)} as select _source_file, _source_row"
                    f" from {identifier('raw', name)}"
                )
        decided = releasing.release(batches)
        self._apply_release(batches)
        return decided

    def _apply_release(self, batches: Sequence[IncomingBatch]) -> None:
        contracts = {table.contract.table: table.contract for batch in batches for table in batch.tables}
        shipped = []
        for name, contract in contracts.items():
            stored = StoredTable(contract, stored_columns(self._bench, name))
            self._tables.fit(name, stored.columns)
            columns = [*stored.columns, *RAW_COLUMNS]
            loaded = self._shipment.ship(
                self._bench,
                "LOADED",
                f"select {name_list(columns)} from {stored.raw} as r where not exists (select 1 from"
                f" {_raw_before(name)} as b where b._source_file = r._source_file"
                " and b._source_row = r._source_row)",
            )
            shipped.append((stored, columns, loaded, ship_delta(self._bench, self._shipment, stored)))
        closed = self._ship_closed()
        accounts = self._shipment.ship(self._bench, "BATCHES", "select * from ops.batches")
        with transaction(self._session):
            for stored, columns, loaded, delta in shipped:
                names = sf.name_list(columns)
                self._session.run(
                    f"INSERT INTO {self._place.raw(stored.contract.table)} ({names})"
                    f" SELECT {names} FROM {loaded}"
                )
                apply_delta(self._session, self._place, delta)
            self._session.run(
                f"UPDATE {self._place.batches} AS b SET LOADED_ROWS = n.LOADED_ROWS,"
                f" QUARANTINED_ROWS = n.QUARANTINED_ROWS FROM {accounts} AS n"
                " WHERE n.BATCH_ID = b.BATCH_ID AND n.TABLE_NAME = b.TABLE_NAME"
                " AND n.LOADED_ROWS <> b.LOADED_ROWS"
            )
            self._apply_closed(closed)

    def _bring_quarantine(self, tables: Iterable[str]) -> None:
        names = ", ".join(sf.literal(name) for name in sorted(tables)) or "NULL"
        self._slices.bring(
            (self._place.quarantine, "quarantine.rows"),
            _QUARANTINE,
            f"t.STATUS <> 'released' AND t.TABLE_NAME IN ({names})",
        )

    def _bring_batches(self) -> None:
        self._slices.bring((self._place.batches, "ops.batches"), _BATCHES, "TRUE")

    def _bring_rows(self, batch: IncomingBatch, table: IncomingTable) -> None:
        """Bring what may have a word on the chosen rows of a table of a batch: versions and rows of RAW."""
        name, contract = table.contract.table, table.contract
        columns = self._slices.make_tables(name, contract)
        if not columns:
            return
        show_incoming(self._bench, table)
        chosen = (
            f"(select i.* from {VIEW} as i join {CHOSEN} as c on c.table_name = {duckdb_literal(name)}"
            f" and c.batch_id = {duckdb_literal(batch.batch.id)} and c.source_file = i._source_file"
            " and c.source_row = i._source_row)"
        )
        stored = StoredTable(contract, columns)
        self._bring_same(stored, chosen, batch.batch.id)
        for column in contract.columns:
            if column.references:
                self._bring_parents(column.references.table, column.references.column, column.name, chosen)
        forget_incoming(self._bench, table)

    def _bring_same(self, stored: StoredTable, chosen: str, batch_id: str) -> None:
        """Bring the rows with a chosen row's key or unique value, and those that any may touch."""
        name, columns, contract = stored.contract.table, stored.columns, stored.contract
        since = f"t.{sf.identifier('_batch_id')} >= {sf.literal(batch_id)}"
        empties = self._bench.execute(
            f"select 1 from {chosen} where {OPERATION} = 'truncate' limit 1"
        ).fetchone()
        key = tuple(each for each in contract.key if each in columns)
        if empties:
            # What a truncate ends is told by all rows alone.
            self._slices.bring_versions(name, columns)
            self._slices.bring_raw(name, columns, since)
            return
        self._slices.bring_raw(name, columns, f"{since} AND t.{sf.identifier(OPERATION)} = 'truncate'")
        outdated = f"t.{sf.identifier(OUTDATED)} IS NOT NULL"
        self._slices.bring_some_versions(name, columns, outdated)
        values = stored.values("i")
        for names in {*filter(None, [key]), *((each.name,) for each in contract.columns if each.unique)}:
            if not set(names) <= columns.keys():
                continue
            wanted = f"select {', '.join(values[each] for each in names)} from {chosen} as i"
            self._slices.bring_versions(name, columns, list(names), wanted)
            self._slices.bring_raw(name, columns, since + self._slices.are_wanted(list(names), wanted))

    def _bring_parents(self, table: str, column: str, child: str, chosen: str) -> None:
        columns = self._slices.make_tables(table, None)
        found = next((each for each in columns if each.casefold() == column.casefold()), None)
        if found is None:
            return
        wanted = f"select try_cast({identifier(child)} as {columns[found]}) from {chosen} as i"
        self._slices.bring_versions(table, columns, [found], wanted)
        self._slices.bring_raw(table, columns, "TRUE" + self._slices.are_wanted([found], wanted))

    def _ship_closed(self) -> str:
        """Bring what quarantine says of the chosen rows now."""
        return self._shipment.ship(
            self._bench,
            "QUARANTINE",
            f"select q.batch_id, q.table_name, q.source_file, q.source_row, q.rule, q.reason, q.status,"
            f" q.decision_id from quarantine.rows as q semi join {CHOSEN} as c"
            " using (batch_id, table_name, source_file, source_row)",
        )

    def _apply_closed(self, closed: str) -> None:
        same = " AND ".join(f"c.{name} = q.{name}" for name in _PLACE_OF_ROW)
        self._session.run(
            f"UPDATE {self._place.quarantine} AS q SET RULE = c.RULE, REASON = c.REASON, STATUS = c.STATUS,"
            f" DECISION_ID = c.DECISION_ID FROM {closed} AS c WHERE {same}"
        )
        row = self._bench.execute(
            "select decision_id, action, after_batch, reason, run_id, decided_at, rows_chosen, rows_loaded,"
            " rows_still_broken from ops.decisions"
        ).fetchone()
        values = [each.isoformat() if isinstance(each, datetime) else each for each in row or ()]
        self._session.run(
            f"INSERT INTO {self._place.decisions} SELECT ?, ?, ?, ?, ?, CAST(? AS TIMESTAMP_TZ(6)), ?, ?, ?",
            values,
        )


def was_applied(session: Session, place: Place, decision: Decision) -> bool:
    """Tell whether a decision was applied before."""
    query = f"SELECT 1 FROM {place.decisions} WHERE DECISION_ID = ?"
    return bool(session.rows(query, [decision.decision_id]))


def _raw_before(table: str) -> str:
    return identifier(f"rows of {table} before")
