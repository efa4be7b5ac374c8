"""Applies decisions on rows in quarantine, inside a transaction that the caller holds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import duckdb

from streamvision.adapters.warehouse.duckdb.arrived import ROWS, UNFILLED, forget_arrived, show_arrived
from streamvision.adapters.warehouse.duckdb.checks import (
    BROKEN,
    break_all,
    find_broken_rows,
    find_repeated_values,
    forget_broken,
    orphan_reason,
    parents_of,
    passed_rows,
    repeated_reason,
)
from streamvision.adapters.warehouse.duckdb.incoming import VIEW, forget_incoming, show_incoming
from streamvision.adapters.warehouse.duckdb.net import NetChanges
from streamvision.adapters.warehouse.duckdb.raw_rows import insert_passed
from streamvision.adapters.warehouse.duckdb.sql_text import all_hold, identifier, literal
from streamvision.adapters.warehouse.duckdb.tables import (
    OUTDATED,
    VALID_FROM,
    VALID_TO,
    StoredTable,
    fit_tables,
)
from streamvision.adapters.warehouse.duckdb.told_since import CHOSEN, IN_RAW, NOWHERE, TOLD, Telling
from streamvision.adapters.warehouse.duckdb.versions import Versions
from streamvision.domain.changes import OPERATION, POSITION, UNCHANGED, Mode
from streamvision.domain.contract import Column, Contract, Reference, in_dependency_order
from streamvision.domain.decision import Decision
from streamvision.domain.drift import without_lost_references
from streamvision.domain.errors import WarehouseError
from streamvision.ports.warehouse import DecidedRows, IncomingBatch, IncomingTable

_TAKEN_OUT = "taken_out"
"""The temporary table of the chosen rows of one table of one batch, as their file has them, with TOLD."""


class Releasing:
    """Apply one decision."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, decision: Decision, released_at: datetime
    ) -> None:
        """Take the decision and choose its rows: those that are still open."""
        self._connection, self._decision, self._released_at = connection, decision, released_at
        self._after = literal(decision.after_batch)
        ranges = [(each, first, last) for each in decision.rows for first, last in each.ranges]
        connection.execute(
            f"create or replace temporary table {CHOSEN} as"
            " select table_name, batch_id, source_file, source_row"
            " from quarantine.rows as q where status = 'open' and exists (select 1 from (select"
            " unnest($tables) as t, unnest($batches) as b, unnest($files) as f, unnest($first) as first,"
            " unnest($last) as last) as c where c.t = q.table_name and c.b = q.batch_id"
            " and c.f = q.source_file and q.source_row between c.first and c.last)",
            {
                "tables": [each.table for each, _, _ in ranges],
                "batches": [each.batch_id for each, _, _ in ranges],
                "files": [each.source_file for each, _, _ in ranges],
                "first": [first for _, first, _ in ranges],
                "last": [last for _, _, last in ranges],
            },
        )

    def drop(self) -> list[DecidedRows]:
        """Close the chosen rows."""
        self._close("dropped", CHOSEN)
        return self._record({}, still_broken=False)

    def release(self, batches: Sequence[IncomingBatch]) -> list[DecidedRows]:
        """Load those chosen rows that hold their contract now."""
        loaded: Counter[str] = Counter()
        for batch, table in _parents_first(batches):
            loaded[table.contract.table] += self._release(batch, table)
        return self._record(loaded, still_broken=True)

    def _release(self, batch: IncomingBatch, table: IncomingTable) -> int:
        connection, batch_id = self._connection, batch.batch.id
        stored = fit_tables(connection, table.contract)
        telling = Telling(stored, table, batch_id)
        show_incoming(connection, table)
        connection.execute(
            f"create or replace temporary table {_TAKEN_OUT} as"
            f" select i.*, {telling.told_since('i')} as {TOLD} from {VIEW} as i"
            f" where exists (select 1 from {CHOSEN} as c where c.batch_id = {literal(batch_id)}"
            f" and c.table_name = {literal(table.contract.table)}"
            " and c.source_file = i._source_file and c.source_row = i._source_row)"
        )
        forget_incoming(connection, table)
        forget_broken(connection)
        loaded = 0
        # Rows of which RAW knows more must not lend their values to those after them.
        for part in (f"{TOLD} = {IN_RAW}", f"{TOLD} <> {IN_RAW}"):
            connection.execute(f"create temporary table {VIEW} as select * from {_TAKEN_OUT} where {part}")
            if table.quarantined_because:
                break_all(connection, "drift", table.quarantined_because)
            else:
                loaded += _Part(connection, stored, table, batch, telling, self._decision).take(
                    self._released_at
                )
            connection.execute(f"drop table {VIEW}")
        self._settle_up(batch_id, table.contract, loaded)
        if stored.contract.key:
            self._tidy(stored, telling)
        return loaded

    def _settle_up(self, batch_id: str, contract: Contract, loaded: int) -> None:
        """Say in quarantine and in the batch's account what became of the rows."""
        connection, table = self._connection, literal(contract.table)
        connection.execute(
            "update quarantine.rows as q set rule = b.rule, reason = b.reason"
            f" from {BROKEN} as b where q.batch_id = {literal(batch_id)} and q.table_name = {table}"
            " and q.source_file = b.source_file and q.source_row = b.source_row"
        )
        released = self._close(
            "released",
            f"(select {literal(batch_id)} as batch_id, {table} as table_name, _source_file as source_file,"
            f" _source_row as source_row from {passed_rows(connection, _TAKEN_OUT)})",
        )
        if released != loaded:
            raise WarehouseError(
                f"The account does not balance: {released} rows left quarantine, {loaded} were loaded",
                where=f"table {contract.table} of batch {batch_id}",
                safe="nothing was released; the warehouse is as it was before",
                next_command="check the files of this batch against their manifest",
            )
        connection.execute(
            f"update ops.batches set loaded_rows = loaded_rows + {loaded},"
            f" quarantined_rows = quarantined_rows - {loaded}"
            f" where batch_id = {literal(batch_id)} and table_name = {table}"
        )

    def _tidy(self, stored: StoredTable, telling: Telling) -> None:
        """Take the mark from versions of which no change is missing; remove those that never were valid."""
        self._connection.execute(
            f"delete from {stored.versions} where {VALID_FROM} = {self._after} and {VALID_TO} = {self._after}"
        )
        self._connection.execute(
            f"update {stored.versions} as v set {OUTDATED} = null where {VALID_TO} is null"
            f" and {OUTDATED} is not null and not {telling.missing_since('v', f'v.{OUTDATED}')}"
        )

    def _close(self, status: str, rows: str) -> int:
        return self._count(
            f"update quarantine.rows as q set status = {literal(status)},"
            f" decision_id = {literal(self._decision.decision_id)} from {rows} as c"
            " where q.batch_id = c.batch_id and q.table_name = c.table_name"
            " and q.source_file = c.source_file and q.source_row = c.source_row"
        )

    def _record(self, loaded: "dict[str, int] | Counter[str]", *, still_broken: bool) -> list[DecidedRows]:
        chosen = self._connection.execute(
            f"select table_name, count(*) from {CHOSEN} group by all order by all"
        ).fetchall()
        decided = [
            DecidedRows(table, rows, taken := loaded.get(table, 0), rows - taken if still_broken else 0)
            for table, rows in chosen
        ]
        decision = self._decision
        self._connection.execute(
            "insert into ops.decisions values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                decision.decision_id,
                decision.action,
                decision.after_batch,
                decision.reason,
                decision.run_id,
                decision.decided_at,
                sum(each.chosen for each in decided),
                sum(each.loaded for each in decided),
                sum(each.still_broken for each in decided),
            ],
        )
        return decided

    def _count(self, statement: str) -> int:
        row = self._connection.execute(statement).fetchone()
        return int(row[0]) if row else 0


class _Part:
    """Take chosen rows of one table of one batch; they are `incoming`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        stored: StoredTable,
        table: IncomingTable,
        batch: IncomingBatch,
        telling: Telling,
        decision: Decision,
    ) -> None:
        self._connection, self._stored, self._contract = connection, stored, stored.contract
        self._table, self._batch, self._telling = table, batch, telling
        self._batch_id = literal(batch.batch.id)
        self._after = decision.after_batch
        # A picture's rows take, like those of a cursor, the places of those with their keys.
        self._mode: Mode = "cursor" if table.mode == "snapshot" and stored.contract.key else table.mode

    def take(self, released_at: datetime) -> int:
        """Take the rows that pass into RAW, make current what was not told anew, and count them."""
        connection = self._connection
        show_arrived(connection, self._stored, self._mode, known_since=self._batch_id)
        if self._mode != "snapshot":
            self._take_back_guesses()
        find_broken_rows(
            connection, self._contract, self._mode, self._batch.snapshot_at, may_lack=f"{TOLD} > {NOWHERE}"
        )
        self._find_repeated_in_batch()
        if self._table.mode == "snapshot":
            self._find_conflicts()
        bring_forward = self._add if self._mode == "snapshot" else self._change
        loaded = bring_forward(released_at)
        forget_arrived(connection, self._mode)
        return loaded

    def _add(self, released_at: datetime) -> int:
        loaded = self._insert(released_at)
        row = self._connection.execute(f"select 1 from {VIEW} where {TOLD} > {NOWHERE} limit 1").fetchone()
        if row is None:
            Versions(self._connection, self._stored, self._after).add_rows()
        return loaded

    def _change(self, released_at: datetime) -> int:
        self._empty()
        self._connection.execute(
            f"delete from {ROWS} where {TOLD} > {NOWHERE} or {OPERATION} is not distinct from 'truncate'"
        )
        NetChanges(self._connection, self._stored).settle()
        loaded = self._insert(released_at)
        # What breaks again was missing before, so it makes no version outdated.
        self._connection.execute(
            f"delete from {ROWS} as a where exists (select 1 from {BROKEN} as b"
            " where b.source_file = a._source_file and b.source_row = a._source_row)"
        )
        Versions(self._connection, self._stored, self._after).take_changes()
        return loaded

    def _insert(self, released_at: datetime) -> int:
        batch_id, mode = self._batch.batch.id, self._table.mode
        return insert_passed(self._connection, self._stored, mode, batch_id, released_at)

    def _empty(self) -> None:
        """Do what a released truncate says: end the rows of which nothing was told after it."""
        row = self._connection.execute(
            f"select max({POSITION}) from {passed_rows(self._connection)}"
            f" where {OPERATION} = 'truncate' and {TOLD} = {NOWHERE}"
        ).fetchone()
        if row and row[0] is not None:
            self._connection.execute(
                f"update {self._stored.versions} as v set {VALID_TO} = {literal(self._after)}"
                f" where {VALID_TO} is null and not {self._telling.told_after('v', int(row[0]))}"
            )

    def _take_back_guesses(self) -> None:
        """Leave values open that a change before may have told which is not among the chosen ones."""
        values = self._stored.values("a")
        key = ", ".join(f"{values[name]} as {identifier(name)}" for name in self._contract.key)
        self._connection.execute(
            f"update {ROWS} as r set {UNFILLED} = from_json({UNCHANGED}, '[\"VARCHAR\"]')"
            f" from (select {key}, _source_file, _source_row, {POSITION} from {ROWS} as a"
            f" where {UNCHANGED} is not null) as k where r._source_file = k._source_file"
            f" and r._source_row = k._source_row and ({self._telling.lacks_one_before('k')})"
        )

    def _find_repeated_in_batch(self) -> None:
        """Break the rows that repeat what a loaded row of their own batch has."""
        if self._table.mode == "changes":
            return
        columns = [self._contract.key] if self._contract.key else []
        if self._table.mode == "snapshot":
            columns += [(column.name,) for column in self._contract.columns if column.unique]
        values = self._stored.values("a")
        for names in columns:
            same = all_hold(f"r.{identifier(name)} = {values[name]}" for name in names)
            self._break(
                "_".join(names) + "_unique",
                repeated_reason(self._contract, names, "a."),
                f"exists (select 1 from {self._stored.raw} as r"
                f" where r._batch_id = {self._batch_id} and {same})",
            )

    def _find_conflicts(self) -> None:
        """Break the rows of a picture that repeat one another, or refer to nothing."""
        find_repeated_values(self._connection, self._contract)
        for column in self._contract.columns:
            reference = column.references
            if reference is None:
                continue
            value = f"a.{identifier(column.name)}"
            known = self._has_parent(column, reference, value)
            self._break(
                f"{column.name}_references",
                orphan_reason(column, reference, value),
                f"{value} is not null and not ({known})",
            )

    def _has_parent(self, column: Column, reference: Reference, value: str) -> str:
        """Return the condition that a row of a picture refers to something."""
        parents, equal = parents_of(self._connection, column, reference, value)
        known, name = [], identifier(reference.column)
        if equal != "true":
            known.append(f"exists (select 1 from {parents} as parents where {equal})")
            # A row that is not current any more may refer to one that is not either.
            every = f"(select {name} as _value from {identifier('raw', reference.table)})"
            known.append(f"{TOLD} > {NOWHERE} and exists (select 1 from {every} as parents where {equal})")
        if reference.table == self._contract.table:
            passed = passed_rows(self._connection)
            known.append(f"exists (select 1 from {passed} as o where o.{name} = {value})")
        return " or ".join(f"({each})" for each in known) or "false"

    def _break(self, rule: str, reason: str, is_broken: str) -> None:
        self._connection.execute(
            f"insert into {BROKEN} select a._source_file, a._source_row, {literal(rule)}, {reason}"
            f" from {passed_rows(self._connection)} as a where {is_broken}"
        )


def was_applied(connection: duckdb.DuckDBPyConnection, decision: Decision) -> bool:
    """Tell whether a decision was applied before."""
    found = connection.execute(
        "select 1 from ops.decisions where decision_id = $id", {"id": decision.decision_id}
    )
    return found.fetchone() is not None


def _parents_first(batches: Sequence[IncomingBatch]) -> Iterator[tuple[IncomingBatch, IncomingTable]]:
    """Go through the tables, each after those that it refers to, and through the batches of each in order."""
    ordered = sorted(batches, key=lambda batch: batch.batch)
    contracts = {table.contract.table: table.contract for batch in ordered for table in batch.tables}
    for contract in in_dependency_order(without_lost_references(list(contracts.values()))):
        for batch in ordered:
            for table in batch.tables:
                if table.contract.table == contract.table:
                    yield batch, table
