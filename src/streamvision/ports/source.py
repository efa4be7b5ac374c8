"""The source database: pictures of one moment, and the log of what changed between them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import pyarrow as pa

from streamvision.domain.contract import Contract

TableKind = Literal["table", "partitioned", "view", "materialized view", "foreign table"]


@dataclass(frozen=True)
class SourceColumn:
    """Describe a column as the source's catalogue has it; the type is in the contracts' short form."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True)
class SourceTable:
    """Describe a table as the source's catalogue has it.

    Attributes:
        key: the columns of the primary key; none where there is none.
        signature: changes whenever rows may have come to differ without a change in the log: when the table
            is made anew, a column is altered, or a partition comes or goes.
        unlogged_because: why the log cannot tell of every change to this table; empty where it can.

    """

    schema: str
    name: str
    kind: TableKind
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]
    signature: str
    unlogged_because: str = ""


@dataclass(frozen=True)
class Piece:
    """Name a part of a table that can be read by itself; all pieces together are the table.

    Attributes:
        schema: of the relation that holds the rows: the table itself, or a partition of it.
        first_page: the first page; None where the relation is read as one.
        end_page: the page after the last; None where the piece goes to the relation's end.
        only: whether relations that inherit from it are left out.

    """

    schema: str
    relation: str
    first_page: int | None = None
    end_page: int | None = None
    only: bool = False
    estimated_rows: int = 0
    estimated_bytes: int = 0


class Snapshot(Protocol):
    """Show every table of the source as it was at one moment. `read` may be called from several threads.

    Attributes:
        id: the database's own name of the snapshot.
        source_id: which cluster and database this is, without address or secret.
        taken_at: when it was taken, by the source's clock, UTC.
        visible: which transactions it shows, as PostgreSQL's pg_snapshot writes it (`xmin:xmax:xip,...`).

    """

    id: str
    source_id: str
    taken_at: datetime
    visible: str

    def describe(self, contract: Contract) -> SourceTable | None:
        """Return what the catalogue says of a contract's table; None where there is no such table."""
        ...

    def tables(self, patterns: Sequence[str] = (), *, views: bool = False) -> Sequence[SourceTable]:
        """Return the tables of all schemas but the system's, sorted; partitions belong to their parent.

        Args:
            patterns: `schema.table` with * and ?; without any, all tables.
            views: whether views and materialized views count too.

        """
        ...

    def pieces(self, contract: Contract) -> Sequence[Piece]:
        """Return the pieces of a table, of bounded size where it can be divided."""
        ...

    def read(
        self, contract: Contract, schema: pa.Schema, piece: Piece, *, since: str = ""
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a piece in batches of bounded size, in the types of `schema`.

        A value that its column's type cannot hold is NULL there, and stands in the column UNFIT as the source
        writes it.

        Args:
            contract: the table, with the columns to read.
            schema: `arrow_types.snapshot_schema(contract)`, or `cursor_schema`.
            piece: the part of the table.
            since: an earlier snapshot's `visible`: rows are left out that it showed as they are now.

        Raises:
            SourceError: when the database refuses.
            SourceUnreachableError: when the connection is lost.

        """
        ...


class Source(Protocol):
    """Open snapshots of the source."""

    def snapshot(self, contracts: Sequence[Contract] = ()) -> AbstractContextManager[Snapshot]:
        """Open a snapshot; it holds one read-only transaction until it is closed.

        Args:
            contracts: tables, which must be there, that nobody can truncate or alter meanwhile: a snapshot
                taken before such an act would show them empty after it.

        Raises:
            SourceError: when a table is not there or may not be read.
            SourceUnreachableError: when the server does not answer, or a table stays locked too long.

        """
        ...

    def version(self) -> str:
        """Return the server's version, having asked it.

        Raises:
            SourceUnreachableError: when the server does not answer.

        """
        ...


@dataclass(frozen=True)
class Covered:
    """Say which transactions the lake has already: those that a snapshot shows and that end by a position.

    Attributes:
        visible: a snapshot's `visible`.
        until: a position in the log; None where there is no bound.

    """

    visible: str
    until: int | None = None


@dataclass(frozen=True)
class LogSegment:
    """Tell how far a segment of the log went, once all of its changes were taken.

    Attributes:
        changes: how many positions its changes took.
        end: everything that commits up to here, and that the snapshot shows, was read.
        confirmable: everything that commits up to here is in the lake once the segment is.
        is_last: whether nothing that the snapshot shows is left.

    """

    changes: int
    end: int
    confirmable: int
    is_last: bool


class TakeChanges(Protocol):
    """Take the next changes of a table, in `arrow_types.changes_schema(contract)`."""

    def __call__(self, contract: Contract, changes: pa.RecordBatch) -> None:
        """Take them; batches of one table come in the order of commits."""
        ...


class ChangeLog(Protocol):
    """The source's own log of committed changes, kept for one lake.

    Attributes:
        name: the slot's name.

    """

    name: str

    def position(self) -> int | None:
        """Return from where on the log is kept; None where it is not kept (any more)."""
        ...

    def keep(self, contracts: Sequence[Contract], *, since: str) -> frozenset[str]:
        """Make sure that the log is kept from now on, and that it tells of these tables and of no others.

        Returns the tables (`contract.table`) of which it has not told ever since an earlier snapshot was
        taken; all of them where the log was not kept, or no snapshot is given. A table that a killed run has
        added counts as new until a snapshot shows that it was. Where there are such tables it returns only
        when every transaction that began before has ended, so that a snapshot opened afterwards and the log
        together have neither gap nor overlap.

        Args:
            contracts: the tables; the log must be able to tell of each.
            since: the `visible` of the snapshot up to which the lake has them; empty where the log does not
                go back so far.

        Raises:
            SourceError: when the source forbids it, saying what it needs.
            SourceUnreachableError: when the server does not answer, or a transaction stays open too long.

        """
        ...

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
        """Read the changes of the next transactions that a snapshot shows and that are not covered.

        Whole transactions in the order of their commits; the segment ends after the transaction with which
        it has `most_changes`. Memory stays bounded, however large a transaction is.

        Args:
            contracts: the tables whose changes are wanted; changes to others are passed over.
            snapshot: shows the transactions that are wanted.
            take: takes the changes, in batches.
            covered: what the lake has already.
            most_changes: the changes after which the segment ends.
            first_position: the value of POSITION for the first change.

        Raises:
            SourceError: when the database refuses, or a table is not what its contract says.
            SourceUnreachableError: when the connection is lost.

        """
        ...

    def confirm(self, position: int) -> None:
        """Let the source forget the log up to a position; nothing happens where it has already."""
        ...

    def drop(self) -> bool:
        """Stop keeping the log; return whether it was kept."""
        ...


MUCH_RETAINED_BYTES = 4 * 1024**3


@dataclass(frozen=True)
class LogHealth:
    """Tell how the source's log of changes stands.

    Attributes:
        name: the slot's name.
        is_kept: whether the source keeps its log for the slot.
        retained_bytes: how much of the log it keeps for it.
        lost_because: why the log can no longer be read; empty where it can.
        hindrances: what stands in the way of keeping it, each with the act that mends it.

    """

    name: str
    is_kept: bool
    retained_bytes: int
    lost_because: str
    hindrances: tuple[tuple[str, str], ...]

    @property
    def keeps_much(self) -> bool:
        """Tell whether so much is kept that the source's disk may fill."""
        return self.retained_bytes > MUCH_RETAINED_BYTES
