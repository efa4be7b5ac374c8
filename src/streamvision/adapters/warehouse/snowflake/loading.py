"""Loads a batch: judged on this machine, loaded in Snowflake in one transaction."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.incoming import VIEW, forget_incoming, show_incoming
from streamvision.adapters.warehouse.duckdb.sql_text import all_hold, identifier
from streamvision.adapters.warehouse.duckdb.tables import (
    StoredTable,
    create_tables,
    stored_columns,
    versions_of,
)
from streamvision.adapters.warehouse.snowflake.applying import Applying
from streamvision.adapters.warehouse.snowflake.connection import Session, transaction
from streamvision.adapters.warehouse.snowflake.delta import Delta, apply_delta, remember_versions, ship_delta
from streamvision.adapters.warehouse.snowflake.judged import Judged, JudgedLoading, References, read_rows
from streamvision.adapters.warehouse.snowflake.judging import record, record_accounts, states_of
from streamvision.adapters.warehouse.snowflake.shipping import Shipment, landed
from streamvision.adapters.warehouse.snowflake.sql_text import literal
from streamvision.adapters.warehouse.snowflake.tables import PictureKeys, Place, RawTables
from streamvision.adapters.warehouse.snowflake.workbench import Slices
from streamvision.domain.errors import WarehouseError
from streamvision.ports.warehouse import (
    IncomingBatch,
    IncomingTable,
    Judge,
    KeepQuarantined,
    TableAccount,
)


class SnowflakeLoading:
    """Load one batch: judge it, bring what is needed, then apply all of it in one transaction."""

    def __init__(
        self,
        session: Session,
        place: Place,
        tables: RawTables,
        bench: duckdb.DuckDBPyConnection,
        shipment: Shipment,
        incoming: IncomingBatch,
    ) -> None:
        """Take a session outside a transaction, an empty workbench and the batch."""
        self._session, self._place, self._bench, self._shipment = session, place, bench, shipment
        self._incoming, self._batch_id = incoming, incoming.batch.id
        self._tables = tables
        self._slices = Slices(session, place, tables, bench, shipment)
        self._references = _references(incoming)
        self._judged: dict[str, Judged] = {}
        self._rows: dict[str, str] = {}
        self._deltas: dict[str, Delta] = {}

    def load(
        self, *, run_id: str, loaded_at: datetime, keep_quarantined: KeepQuarantined, judge: Judge
    ) -> list[TableAccount]:
        """Load all tables with their accounts, or nothing."""
        refuse_what_is_there(self._session, self._place, self._batch_id)
        self._bring_slices()
        accounts = self._judge(run_id, loaded_at, keep_quarantined)
        self._bring_rows()
        broken = self._ship_broken(accounts)
        with transaction(self._session):
            refuse_what_is_there(self._session, self._place, self._batch_id)
            keys = PictureKeys(self._session, self._place)
            for table, account in zip(self._incoming.tables, accounts, strict=True):
                self._apply(table, account, keys, broken)
            if broken:
                self._session.run(f"INSERT INTO {self._place.quarantine} SELECT * FROM {broken}")
            record_accounts(self._session, self._place, self._incoming.batch, accounts)
            states = states_of(
                self._session, self._bench, self._place, self._tables, self._incoming, accounts
            )
            record(self._session, self._place, judge(states))
        return accounts

    def _bring_slices(self) -> None:
        """Bring the versions that changes touch, or that rows refer to, or whose unique values they have."""
        columns = {
            table.contract.table: self._slices.make_tables(table.contract.table, table.contract)
            for table in self._incoming.tables
        }
        pictures = {
            table.contract.table
            for table in self._incoming.tables
            if table.mode == "snapshot" and not table.quarantined_because
        }
        for table in self._incoming.tables:
            if table.quarantined_because or not table.files:
                continue
            wanted = self._wanted_of(table, columns, pictures)
            if not wanted:
                continue
            show_incoming(self._bench, table)
            for name, of, query in wanted:
                self._slices.bring_versions(name, columns[name], of, query)
            forget_incoming(self._bench, table)

    def _wanted_of(
        self, table: IncomingTable, columns: dict[str, dict[str, str]], pictures: set[str]
    ) -> list[tuple[str, list[str], str]]:
        """Return what is wanted for a table's rows: of which table, by which columns, which values."""
        name, contract = table.contract.table, table.contract
        wanted = []
        if table.mode != "snapshot" and columns[name]:
            kept = columns[name]
            sets = [contract.key, *((each.name,) for each in contract.columns if each.unique)]
            wanted += [
                (name, list(names), _values(StoredTable(contract, kept), names))
                for names in sets
                if set(names) <= kept.keys()
            ]
        for column in contract.columns:
            reference = column.references
            if reference is None or reference.table in pictures:
                continue
            if reference.table not in columns:
                columns[reference.table] = self._slices.make_tables(reference.table, None)
            parent = columns[reference.table]
            found = next((each for each in parent if each.casefold() == reference.column.casefold()), None)
            if found is not None:
                value = identifier(column.name)
                query = f"select try_cast({value} as {parent[found]}) from {VIEW} where {value} is not null"
                wanted.append((reference.table, [found], query))
        return wanted

    def _judge(
        self, run_id: str, loaded_at: datetime, keep_quarantined: KeepQuarantined
    ) -> list[TableAccount]:
        loading = JudgedLoading(
            self._bench,
            self._incoming,
            run_id=run_id,
            loaded_at=loaded_at,
            keep_quarantined=keep_quarantined,
        )
        loading.judged, loading.references = self._judged, self._references
        accounts = []
        for table in self._incoming.tables:
            create_tables(self._bench, table.contract)
            name = table.contract.table
            remember_versions(self._bench, versions_of(name), name)
            accounts.append(loading.load_table(table))
        return accounts

    def _bring_rows(self) -> None:
        """Bring files and changes to Snowflake, and make room for them."""
        for table in self._incoming.tables:
            name = table.contract.table
            judged = self._judged.get(name)
            if judged is None:
                self._tables.fit(name, stored_columns(self._bench, name))
                continue
            self._tables.fit(name, judged.stored.columns)
            if table.files and table.format == "parquet":
                self._rows[name] = landed(self._shipment.land(table), table)
            elif table.files:
                self._rows[name] = self._shipment.ship(self._bench, name, f"select * from {read_rows(name)}")
            if table.mode != "snapshot":
                self._deltas[name] = ship_delta(
                    self._bench, self._shipment, judged.stored, with_stays=judged.is_emptied
                )

    def _ship_broken(self, accounts: Sequence[TableAccount]) -> str:
        if not any(account.quarantined_rows for account in accounts):
            return ""
        query = (
            "select batch_id, table_name, rule, reason, source_file, source_row, row_values, quarantined_at,"
            " status, decision_id from quarantine.rows"
        )
        return self._shipment.ship(self._bench, "QUARANTINE", query)

    def _apply(self, table: IncomingTable, account: TableAccount, keys: PictureKeys, broken: str) -> None:
        name = table.contract.table
        judged = self._judged.get(name)
        if judged is None:
            if table.mode != "snapshot" and table.rows:
                stored = StoredTable(table.contract, {})
                Applying(self._session, self._place, keys, stored, self._batch_id).distrust()
            return
        applying = Applying(self._session, self._place, keys, judged.stored, self._batch_id)
        if rows := self._rows.get(name):
            loaded = applying.insert_raw(rows, account.loaded_at, broken if account.quarantined_rows else "")
            _check_loaded(account, loaded)
        if table.mode == "snapshot":
            applying.take_picture()
        else:
            apply_delta(
                self._session,
                self._place,
                self._deltas[name],
                emptied_by=self._batch_id if judged.is_emptied else "",
            )


def refuse_what_is_there(session: Session, place: Place, batch_id: str) -> None:
    """Refuse a batch that is loaded: Snowflake itself would take a row twice.

    Raises:
        WarehouseError: when it is.

    """
    if session.rows(f"SELECT 1 FROM {place.batches} WHERE BATCH_ID = {literal(batch_id)} LIMIT 1"):
        raise WarehouseError(
            f"The warehouse refused: the batch {batch_id} is there already",
            where=f"batch {batch_id}",
            safe="the warehouse is as it was before this command, and so are the dashboards",
            next_command="streamvision status",
        )


def _references(incoming: IncomingBatch) -> References:
    references = References()
    for table in incoming.tables:
        for column in table.contract.columns:
            if column.references:
                found = references.columns.setdefault(column.references.table, set())
                found.add(column.references.column)
    return references


def _values(stored: StoredTable, names: Sequence[str]) -> str:
    """Return the query of the incoming rows' values of columns, in the types in which they are kept."""
    values = stored.values("i")
    present = all_hold(f"i.{identifier(name)} is not null" for name in names)
    return f"select {', '.join(values[name] for name in names)} from {VIEW} as i where {present}"


def _check_loaded(account: TableAccount, loaded: int) -> None:
    if loaded != account.loaded_rows:
        raise WarehouseError(
            f"The account does not balance: {account.loaded_rows} rows passed, {loaded} were loaded",
            where=f"table {account.table} of batch {account.batch_id}",
            safe="the batch was not loaded; the warehouse is as it was before",
            next_command="check the files of this batch against their manifest",
        )
