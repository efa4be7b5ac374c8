"""Reads tables as they were at one moment, through as many connections as there are threads."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock
from types import TracebackType
from typing import Self

import adbc_driver_manager
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions, dbapi
from psycopg import sql

from streamvision.adapters.source.postgres import catalogue
from streamvision.adapters.source.postgres.errors import adbc_errors, psycopg_errors
from streamvision.adapters.source.postgres.select_list import exact_batch, expressions
from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.domain.contract import Contract
from streamvision.domain.visibility import parse_visible
from streamvision.ports.source import Piece, SourceTable

BATCH_BYTES = 4 * 1024 * 1024
BEGIN = "begin isolation level repeatable read read only"
_XIDS = 2**32


class Readers:
    """Lend connections that read in one exported snapshot; a connection is made when none is free."""

    def __init__(self, url: str, snapshot_id: str) -> None:
        """Take the URL and the snapshot's name."""
        self._url, self._snapshot_id = url, snapshot_id
        self._lock = Lock()
        self._free: list[dbapi.Connection] = []

    def __enter__(self) -> Self:
        """Begin without a connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        while self._free:
            _close(self._free.pop())

    @contextmanager
    def connection(self) -> Iterator[dbapi.Connection]:
        """Lend a connection for a block; one that met an error is not used again."""
        with self._lock:
            connection = self._free.pop() if self._free else None
        connection = connection or self._opened()
        try:
            yield connection
        except BaseException:
            _close(connection)
            raise
        with self._lock:
            self._free.append(connection)

    def _opened(self) -> dbapi.Connection:
        connection = dbapi.connect(self._url, autocommit=True)
        try:
            with connection.cursor() as cursor:
                for statement in (
                    *SETTINGS,
                    BEGIN,
                    f"set transaction snapshot {sql.Literal(self._snapshot_id).as_string()}",
                ):
                    cursor.execute(statement)
        except BaseException:
            _close(connection)
            raise
        return connection


class PostgresSnapshot:
    """Show every table as it was at one moment."""

    def __init__(
        self,
        control: psycopg.Connection,
        readers: Readers,
        *,
        snapshot_id: str,
        source_id: str,
        taken_at: datetime,
        visible: str,
    ) -> None:
        """Take the connection that holds the snapshot, and those that read in it."""
        self._control, self._readers = control, readers
        self.id, self.source_id, self.taken_at, self.visible = snapshot_id, source_id, taken_at, visible

    def describe(self, contract: Contract) -> SourceTable | None:
        """Return what the catalogue says of a contract's table; None where there is no such table."""
        with psycopg_errors(contract.table):
            return catalogue.describe(self._control, contract.schema, contract.in_source)

    def tables(self, patterns: Sequence[str] = (), *, views: bool = False) -> Sequence[SourceTable]:
        """Return the tables of all schemas but the system's, sorted."""
        with psycopg_errors():
            return catalogue.tables(self._control, patterns, views=views)

    def pieces(self, contract: Contract) -> Sequence[Piece]:
        """Return the pieces of a table, of bounded size where it can be divided."""
        with psycopg_errors(contract.table):
            return catalogue.pieces(self._control, contract.schema, contract.in_source)

    def read(
        self, contract: Contract, schema: pa.Schema, piece: Piece, *, since: str = ""
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a piece in batches of about 4 MiB, in the types of `schema`."""
        query = self._query(contract, piece, since).as_string()
        with (
            adbc_errors("read", contract.table),
            self._readers.connection() as connection,
            connection.cursor() as cursor,
        ):
            cursor.adbc_statement.set_options(
                **{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BATCH_BYTES)}
            )
            cursor.execute(query)
            with cursor.fetch_record_batch() as reader:
                for batch in reader:
                    yield exact_batch(batch, contract, schema)

    def _query(self, contract: Contract, piece: Piece, since: str) -> sql.Composed:
        conditions = [*_page_conditions(piece), *_since_condition(since, self.visible)]
        return sql.SQL("select {columns} from {only}{relation}{where}").format(
            columns=sql.SQL(", ").join(expressions(contract)),
            only=sql.SQL("only " if piece.only else ""),
            relation=sql.Identifier(piece.schema, piece.relation),
            where=sql.SQL(" where ") + sql.SQL(" and ").join(conditions) if conditions else sql.SQL(""),
        )


def _page_conditions(piece: Piece) -> Iterator[sql.Composed]:
    for operator, page in ((">=", piece.first_page), ("<", piece.end_page)):
        if page is not None:
            yield sql.SQL("ctid {} {}").format(sql.SQL(operator), sql.Literal(f"({page},0)"))


def _since_condition(since: str, visible: str) -> Iterator[sql.Composed]:
    """Yield what holds for rows written by a transaction that may have ended after `since` was taken.

    A row names its writer by 32 bits, counted on from the earlier snapshot's oldest open transaction.
    Everything from there on may have been committed later, subtransactions included, which get their numbers
    after their parent. Rows that were shown already come again, which does no harm.
    """
    if not since:
        return
    first, end = parse_visible(since).xmin, parse_visible(visible).xmax
    if end - first < _XIDS:
        yield sql.SQL("mod(xmin::text::bigint - {first} + {xids}, {xids}) < {width}").format(
            first=sql.Literal(first % _XIDS), xids=sql.Literal(_XIDS), width=sql.Literal(end - first)
        )


def _close(connection: dbapi.Connection) -> None:
    with suppress(adbc_driver_manager.Error):
        connection.close()
