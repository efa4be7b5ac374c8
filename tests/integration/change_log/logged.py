"""A database whose log is read, and what a batch makes of it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pyarrow as pa

from streamvision.adapters.source.postgres.change_log import PostgresChangeLog
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.contract import Contract
from streamvision.pipeline.extract.derive import derived
from streamvision.ports.arrow_types import changes_schema, snapshot_schema
from streamvision.ports.source import Covered, LogSegment, Snapshot

Row = dict[str, Any]
MANY = 1_000_000


@dataclass
class Read:
    """Hold what was read of the log."""

    segments: list[LogSegment] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    def take(self, contract: Contract, changes: pa.RecordBatch) -> None:
        """Take changes."""
        changes.validate(full=True)
        assert changes.schema == changes_schema(contract)
        self.sizes.append(changes.num_rows)
        self.rows.setdefault(contract.table, []).extend(changes.to_pylist())

    @property
    def told(self) -> list[tuple[Any, ...]]:
        """Return the operation and the values of every row, without NULLs, in the order of the log."""
        rows = sorted(
            (row for found in self.rows.values() for row in found), key=lambda row: row["_position"]
        )
        return [(row["_operation"], *_data(row)) for row in rows]


class Logged:
    """Keep and read the log of one database."""

    def __init__(self, url: str, name: str = "kept", **options: Any) -> None:  # noqa: ANN401 - the log's own
        """Take the database's URL and the slot's name."""
        self.url = url
        self.log = PostgresChangeLog(url, name, **options)

    def run(self, *statements: str) -> None:
        """Run statements, each a transaction of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def insert_each(self, groups: Iterable[Sequence[int]]) -> None:
        """Add people by their numbers, each group of them in a transaction of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for group in groups:
                connection.execute("insert into people select unnest(%s::int[])", [list(group)])

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return a query's rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open a snapshot."""
        with PostgresSource(self.url).snapshot() as snapshot:
            yield snapshot

    def visible(self) -> str:
        """Return what a snapshot shows that is taken now."""
        with self.snapshot() as snapshot:
            return snapshot.visible

    def contracts(self) -> list[Contract]:
        """Return the contracts of all tables, as their descriptions say."""
        with self.snapshot() as snapshot:
            return list(derived()(snapshot))

    def begin(self) -> str:
        """Keep the log, and return what the first batch shows."""
        self.log.keep(self.contracts(), since="")
        return self.visible()

    def read(
        self,
        snapshot: Snapshot,
        covered: Sequence[Covered],
        *,
        most_changes: int = MANY,
        contracts: Sequence[Contract] | None = None,
        confirms: bool = True,
        first_position: int = 0,
    ) -> Read:
        """Read a batch, segment after segment, as the extraction does."""
        read, known, position = Read(), list(covered), first_position
        wanted = self.contracts() if contracts is None else contracts
        while not read.segments or not read.segments[-1].is_last:
            segment = self.log.read(
                wanted,
                snapshot,
                read.take,
                covered=known,
                first_position=position,
                most_changes=most_changes,
            )
            read.segments.append(segment)
            known.append(Covered(snapshot.visible, segment.end))
            position += segment.changes
            if confirms:
                self.log.confirm(segment.confirmable)
        return read

    def read_now(self, *covered: str, **options: Any) -> tuple[Read, str]:  # noqa: ANN401 - those of read
        """Read what a snapshot shows that is taken now and others do not; return it with what it shows."""
        with self.snapshot() as snapshot:
            return self.read(snapshot, [Covered(each) for each in covered], **options), snapshot.visible


def rows_in(snapshot: Snapshot, contract: Contract) -> list[Row]:
    """Return a table's rows, as a snapshot shows them."""
    schema = snapshot_schema(contract)
    batches = [
        batch for piece in snapshot.pieces(contract) for batch in snapshot.read(contract, schema, piece)
    ]
    return [row for batch in batches for row in batch.to_pylist()]


def folded(before: Sequence[Row], changes: Sequence[Row], key: Sequence[str]) -> list[Row]:
    """Return a table's rows after changes that were read of the log."""
    state = {_key(row, key): row for row in before}
    gone: dict[int, Row] = {}
    for change in changes:
        name = _key(change, key)
        if change["_operation"] == "truncate":
            state.clear()
        elif change["_operation"] == "delete":
            gone[change["_position"]] = state.pop(name)
        elif change["_operation"] == "insert":
            assert name not in state
            state[name] = _values(change)
        else:
            moved_from = change["_moved_from"]
            old = state[name] if moved_from is None else gone[moved_from]
            kept = {column: old[column] for column in json.loads(change["_unchanged"] or "[]")}
            state[name] = _values(change) | kept
    return list(state.values())


def _key(row: Row, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def _values(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_") or name == "_unfit"}


def _data(row: Row) -> list[Any]:
    return [value for name, value in row.items() if not name.startswith("_") and value is not None]
