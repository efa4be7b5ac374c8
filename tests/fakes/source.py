"""A source in memory, with transactions that stay open as long as a test likes, and its log of changes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from streamvision.domain.changes import (
    COMMIT_LSN,
    COMMITTED_AT,
    MOVED_FROM,
    OPERATION,
    POSITION,
)
from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceUnreachableError
from streamvision.domain.visibility import parse_visible
from streamvision.ports.arrow_types import changes_schema
from streamvision.ports.source import (
    Covered,
    LogSegment,
    Piece,
    Snapshot,
    SourceColumn,
    SourceTable,
    TakeChanges,
)
from tests.fakes.building import SNAPSHOT_AT, Row

_FIRST_XID = 700
_LSN_STEP = 100


@dataclass(frozen=True)
class _Change:
    operation: str
    table: str
    old: Row | None = None
    new: Row | None = None


@dataclass
class Transaction:
    """Change rows; others see nothing of it before it is committed."""

    source: "InMemorySource"
    xid: int
    changes: list[_Change] = field(default_factory=list)

    def insert(self, table: str, row: Row) -> None:
        """Add a row."""
        self.changes.append(_Change("insert", table, new=row))

    def update(self, table: str, old: Row, new: Row) -> None:
        """Put one row in place of another."""
        self.changes.append(_Change("update", table, old, new))

    def delete(self, table: str, old: Row) -> None:
        """Remove a row."""
        self.changes.append(_Change("delete", table, old))

    def truncate(self, table: str) -> None:
        """Remove every row."""
        self.changes.append(_Change("truncate", table))

    def write_log(self) -> None:
        """Take the place in the log, as a commit does just before others see its changes."""
        self.source.write_log(self)

    def commit(self) -> None:
        """Let everybody see the changes from now on."""
        self.source.commit(self)


class InMemorySource:
    """Show the rows that a test gives it.

    Attributes:
        rows: the committed rows per table; a snapshot keeps those of the moment at which it was taken.
        catalogue: the columns of tables that are not what their contract says.
        signatures: of tables that were altered.
        keys: the primary keys of tables whose contract names another.
        unlogged: why the log cannot tell of a table.
        missing: tables that are not there.
        opened: how many snapshots were taken.
        lost_after: how many batches of rows are read before the connection is lost; None for never.
        batch_rows: the rows in one batch.
        piece_rows: the rows in one piece of a table.
        committed: the committed transactions, each with the position at which it ends.

    """

    def __init__(
        self, rows: Mapping[str, Sequence[Row]], *, batch_rows: int = 2, piece_rows: int = 5
    ) -> None:
        """Take the rows per table."""
        self.rows = {table: list(found) for table, found in rows.items()}
        self.catalogue: dict[str, Sequence[SourceColumn]] = {}
        self.signatures: dict[str, str] = {}
        self.keys: dict[str, tuple[str, ...]] = {}
        self.unlogged: dict[str, str] = {}
        self.missing: set[str] = set()
        self.opened = 0
        self.lost_after: int | None = None
        self.batch_rows, self.piece_rows = batch_rows, piece_rows
        self.committed: list[tuple[int, Transaction]] = []
        self._open: set[int] = set()
        self._next_xid = _FIRST_XID

    def begin(self) -> Transaction:
        """Open a transaction."""
        transaction = Transaction(self, self._next_xid)
        self._open.add(self._next_xid)
        self._next_xid += 1
        return transaction

    def write_log(self, transaction: Transaction) -> None:
        """Give a transaction the next place in the log, if it has none."""
        if all(logged is not transaction for _, logged in self.committed):
            self.committed.append((self.end + _LSN_STEP, transaction))

    def commit(self, transaction: Transaction) -> None:
        """Apply a transaction's changes."""
        self.write_log(transaction)
        self._open.remove(transaction.xid)
        for change in transaction.changes:
            rows = self.rows.setdefault(change.table, [])
            if change.operation == "truncate":
                rows.clear()
            if change.old is not None:
                rows.remove(change.old)
            if change.new is not None:
                rows.append(change.new)

    @property
    def end(self) -> int:
        """Return the position at which the log ends."""
        return self.committed[-1][0] if self.committed else _LSN_STEP

    @property
    def end_of_ended(self) -> int:
        """Return a position before which the log has nothing that is still open."""
        waiting = [until for until, transaction in self.committed if transaction.xid in self._open]
        return min(waiting, default=self.end + 1) - 1

    @property
    def visible(self) -> str:
        """Return which transactions a snapshot taken now shows."""
        listed = ",".join(map(str, sorted(self._open)))
        return f"{min(self._open, default=self._next_xid)}:{self._next_xid}:{listed}"

    @contextmanager
    def snapshot(self, contracts: Sequence[Contract] = ()) -> Iterator["InMemorySnapshot"]:
        """Open a snapshot."""
        assert not {contract.table for contract in contracts} & self.missing
        self.opened += 1
        yield InMemorySnapshot(self, f"snapshot-{self.opened}")

    def version(self) -> str:
        """Return a version."""
        return "InMemory 1"


class InMemorySnapshot:
    """Show every table as it was when the snapshot was opened."""

    id: str
    source_id: str
    taken_at: datetime
    visible: str

    def __init__(self, source: InMemorySource, name: str) -> None:
        """Keep what the source shows now."""
        self.id, self.source_id, self.taken_at = name, "memory-1-2", SNAPSHOT_AT
        self.visible = source.visible
        self._source = source
        self._rows = {table: list(rows) for table, rows in source.rows.items()}

    def describe(self, contract: Contract) -> SourceTable | None:
        """Return what the catalogue says of a table; None where there is no such table."""
        if contract.table in self._source.missing:
            return None
        agreed = [SourceColumn(column.in_source, column.type, column.nullable) for column in contract.columns]
        return SourceTable(
            schema=contract.schema,
            name=contract.in_source,
            kind="table",
            columns=tuple(self._source.catalogue.get(contract.table, agreed)),
            key=self._source.keys.get(contract.table, contract.key),
            signature=self._source.signatures.get(contract.table, "as it was made"),
            unlogged_because=self._source.unlogged.get(contract.table, ""),
        )

    def tables(self, patterns: Sequence[str] = (), *, views: bool = False) -> Sequence[SourceTable]:
        """Return the tables whose columns the catalogue names."""
        assert not patterns
        assert not views
        return [
            SourceTable("public", table, "table", tuple(columns), ("id",), "as it was made")
            for table, columns in sorted(self._source.catalogue.items())
        ]

    def pieces(self, contract: Contract) -> Sequence[Piece]:
        """Return the pieces of a table; a page holds one row."""
        rows, size = len(self._rows.get(contract.table, ())), self._source.piece_rows
        starts = range(0, rows, size) or [0]
        return [
            Piece("public", contract.in_source, start, start + size, estimated_rows=size) for start in starts
        ]

    def read(
        self, contract: Contract, schema: pa.Schema, piece: Piece, *, since: str = ""
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a piece in batches."""
        rows = self._rows.get(contract.table, [])[piece.first_page : piece.end_page]
        if since:
            first = parse_visible(since).xmin
            written = [
                change.new
                for _, transaction in self._source.committed
                if transaction.xid >= first
                for change in transaction.changes
            ]
            rows = [{**row, OPERATION: "upsert"} for row in rows if row in written]
        complete = [{name: row.get(name) for name in schema.names} for row in rows]
        table = pa.Table.from_pylist(complete, schema=schema)
        for batch in table.to_batches(max_chunksize=self._source.batch_rows):
            if self._source.lost_after is not None:
                if self._source.lost_after == 0:
                    raise SourceUnreachableError("The connection was lost", where=f"table {contract.table}")
                self._source.lost_after -= 1
            yield batch


class InMemoryLog:
    """Keep the log of a source in memory.

    Attributes:
        kept_from: from where on the log is kept; None where it is not. A test may set it.
        told: the tables of which it tells.

    """

    def __init__(self, source: InMemorySource, name: str = "log") -> None:
        """Take the source; the log is not kept yet."""
        self.name = name
        self.kept_from: int | None = None
        self.told: frozenset[str] = frozenset()
        self._added: dict[str, int] = {}
        self._source = source

    def position(self) -> int | None:
        """Return from where on the log is kept; None where it is not."""
        return self.kept_from

    def keep(self, contracts: Sequence[Contract], *, since: str) -> frozenset[str]:
        """Keep the log from now on, and tell of these tables."""
        if self.kept_from is None:
            # A real log waits for what is on its way; this one begins before it, which comes to the same.
            self.kept_from, self.told = self._source.end_of_ended, frozenset()
        tables = frozenset(contract.table for contract in contracts)
        if added := tables - self.told:
            # To say of which tables a log tells takes a transaction.
            transaction = self._source.begin()
            transaction.commit()
            self._added.update(dict.fromkeys(added, transaction.xid))
        self.told = tables
        if not since:
            return tables
        return frozenset(table for table in tables if not parse_visible(since).shows(self._added[table]))

    def read(
        self,
        contracts: Sequence[Contract],
        snapshot: Snapshot,
        take: TakeChanges,
        *,
        covered: Sequence[Covered],
        first_position: int,
        most_changes: int,
    ) -> LogSegment:
        """Read the changes of the next transactions that a snapshot shows and that are not covered."""
        assert self.kept_from is not None
        visible = parse_visible(snapshot.visible)
        position, end, confirmable, is_whole = first_position, self.kept_from, self.kept_from, True
        for until, transaction in self._source.committed:
            if until <= self.kept_from:
                continue
            if position - first_position >= most_changes:
                return LogSegment(position - first_position, end, confirmable, is_last=False)
            if visible.shows(transaction.xid):
                if not any(_covers(cover, transaction.xid, until) for cover in covered):
                    position = _tell(transaction, until, contracts, take, position)
                end = until
            else:
                is_whole = False
            confirmable = until if is_whole else confirmable
        return LogSegment(position - first_position, end, confirmable, is_last=True)

    def confirm(self, position: int) -> None:
        """Forget the log up to a position."""
        assert self.kept_from is not None
        self.kept_from = max(self.kept_from, position)

    def drop(self) -> bool:
        """Stop keeping the log."""
        was_kept, self.kept_from = self.kept_from is not None, None
        return was_kept


def _covers(cover: Covered, xid: int, until: int) -> bool:
    return parse_visible(cover.visible).shows(xid) and (cover.until is None or until <= cover.until)


def _tell(
    transaction: Transaction, until: int, contracts: Sequence[Contract], take: TakeChanges, position: int
) -> int:
    by_table = {contract.table: contract for contract in contracts}
    for change in transaction.changes:
        contract = by_table.get(change.table)
        if contract is None:
            continue
        rows = list(_rows_of(change, contract, position))
        position += len(rows)
        schema = changes_schema(contract)
        moment = datetime(2026, 3, 14, tzinfo=UTC) + timedelta(seconds=until)
        commit: dict[str, object] = {COMMIT_LSN: until, COMMITTED_AT: moment}
        complete = [{name: (commit | row).get(name) for name in schema.names} for row in rows]
        take(contract, pa.RecordBatch.from_pylist(complete, schema=schema))
    return position


def _rows_of(change: _Change, contract: Contract, position: int) -> Iterator[dict[str, object]]:
    if change.operation == "truncate":
        yield {OPERATION: "truncate", POSITION: position}
    elif change.operation == "insert":
        yield {**(change.new or {}), OPERATION: "insert", POSITION: position}
    else:
        old = {name: (change.old or {})[name] for name in contract.key}
        deletes = change.new is None or any(change.new[name] != value for name, value in old.items())
        if deletes:
            yield {**old, OPERATION: "delete", POSITION: position}
        if change.new is not None:
            moved = {MOVED_FROM: position} if deletes else {}
            yield {**change.new, OPERATION: "update", POSITION: position + len(moved), **moved}
