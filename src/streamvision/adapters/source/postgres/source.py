"""PostgreSQL 15 and later, read through Arrow over binary COPY."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import adbc_driver_manager
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import StatementOptions, dbapi
from psycopg import sql

from streamvision.adapters.source.exact_types import exact_batch
from streamvision.domain.contract import Contract
from streamvision.domain.errors import SourceError, SourceUnreachableError, malformed_source_url
from streamvision.ports.source import SourceColumn

BATCH_BYTES = 8 * 1024 * 1024
_BEGIN = "begin isolation level repeatable read read only"
_COLUMNS = """
    select attname, format_type(atttypid, atttypmod), not attnotnull
    from pg_attribute
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
    order by attnum
"""
_SNAPSHOT = """
    select
        pg_export_snapshot(),
        now(),
        format('postgres-%s-%s', c.system_identifier, d.oid)
    from pg_control_system() as c, pg_database as d
    where d.datname = current_database()
"""
_SHORT_TYPES = {"timestamp with time zone": "timestamptz"}
_SAFE = "the lake and the warehouse are as they were; no batch was made"


class PostgresSource:
    """Read one PostgreSQL database; nothing in it is ever changed."""

    def __init__(self, url: str) -> None:
        """Take a libpq URL; no connection is made yet."""
        self._url = url

    @contextmanager
    def snapshot(self) -> Iterator["PostgresSnapshot"]:
        """Open a snapshot in a read-only REPEATABLE READ transaction and hold it until the block ends."""
        with self._connect() as control:
            control.execute(_BEGIN)
            # One moment for all: a second connection reads in this very snapshot.
            row = control.execute(_SNAPSHOT).fetchone()
            assert row is not None  # noqa: S101 - a SELECT without FROM has one row
            snapshot_id, taken_at, source_id = row
            with _adbc_errors("open", ""), closing(self._reader(snapshot_id)) as reader:
                yield PostgresSnapshot(control, reader, snapshot_id, source_id, taken_at.astimezone(UTC))

    def version(self) -> str:
        """Return the server's version, having asked it."""
        with self._connect() as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')}"

    def _connect(self) -> psycopg.Connection:
        try:
            return psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise _unreachable(error) from error
        except psycopg.ProgrammingError:
            # Its message shows the part that it stumbles on, which may be the password.
            raise malformed_source_url() from None

    def _reader(self, snapshot_id: str) -> dbapi.Connection:
        connection = dbapi.connect(self._url, autocommit=True)
        with connection.cursor() as cursor:
            # Rows come in the table's own order, so that the same rows give the same file.
            for setting in (
                "set timezone = 'UTC'",
                "set synchronize_seqscans = off",
                "set max_parallel_workers_per_gather = 0",
                _BEGIN,
                f"set transaction snapshot {sql.Literal(snapshot_id).as_string()}",
            ):
                cursor.execute(setting)
        return connection


class PostgresSnapshot:
    """Show every table as it was at one moment."""

    def __init__(
        self,
        control: psycopg.Connection,
        reader: dbapi.Connection,
        snapshot_id: str,
        source_id: str,
        taken_at: datetime,
    ) -> None:
        """Take the connection that holds the snapshot and one that reads in it."""
        self._control, self._reader = control, reader
        self.id, self.source_id, self.taken_at = snapshot_id, source_id, taken_at

    def columns(self, contract: Contract) -> Sequence[SourceColumn]:
        """Return the columns of a table, in catalogue order; none where there is no such table."""
        name = sql.Identifier(contract.schema, contract.table).as_string(self._control)
        with _psycopg_errors(contract.table):
            rows = self._control.execute(_COLUMNS, [name]).fetchall()
        return [SourceColumn(column, short_type(type_), nullable) for column, type_, nullable in rows]

    def estimated_rows(self, contract: Contract) -> int:
        """Return about how many rows a table has, as the planner believes."""
        name = sql.Identifier(contract.schema, contract.table).as_string(self._control)
        with _psycopg_errors(contract.table):
            query = "select greatest(reltuples, 0)::bigint from pg_class where oid = to_regclass(%s)"
            row = self._control.execute(query, [name]).fetchone()
        return int(row[0]) if row else 0

    def read(self, contract: Contract, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a table in batches of about 8 MiB, in the types of `schema`."""
        self._check_arrays(contract)
        query = sql.SQL("select {} from {}").format(
            sql.SQL(", ").join(sql.Identifier(name) for name in contract.column_names),
            sql.Identifier(contract.schema, contract.table),
        )
        with _adbc_errors("read", contract.table), self._reader.cursor() as cursor:
            cursor.adbc_statement.set_options(
                **{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BATCH_BYTES)}
            )
            cursor.execute(query.as_string(self._control))
            for batch in cursor.fetch_record_batch():
                yield exact_batch(batch, schema, contract.table)

    def _check_arrays(self, contract: Contract) -> None:
        """Refuse arrays that a list cannot hold: the driver would flatten them without a word."""
        for column in contract.columns:
            if not column.type.endswith("[]"):
                continue
            query = sql.SQL(
                "select count(*) from {table}"
                " where array_ndims({column}) > 1 or array_lower({column}, 1) <> 1"
            ).format(
                table=sql.Identifier(contract.schema, contract.table), column=sql.Identifier(column.name)
            )
            with _psycopg_errors(contract.table):
                row = self._control.execute(query).fetchone()
            if row and row[0]:
                raise SourceError(
                    f"{row[0]} arrays of the column {column.name} are nested, or do not begin at 1",
                    where=f"table {contract.table}",
                    safe=_SAFE,
                    next_command="mend the values in the source",
                )


def short_type(catalogue_type: str) -> str:
    """Return a catalogue's type name in the short form that the contracts use."""
    name = re.sub(r"^character\(", "char(", catalogue_type)
    return _SHORT_TYPES.get(name, name)


@contextmanager
def _psycopg_errors(table: str) -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        raise _unreachable(error, table) from error
    except psycopg.Error as error:
        raise _refused(error, table) from error


@contextmanager
def _adbc_errors(act: str, table: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # So Arrow's reader reports a connection that is lost between two batches.
        raise _unreachable(error, table) from error
    except pa.ArrowException as error:
        raise _refused(error, table, act) from error
    except adbc_driver_manager.Error as error:
        state = error.sqlstate or ""
        lost = isinstance(error, adbc_driver_manager.OperationalError) and not state.strip("0")
        if lost or state.startswith(("08", "57")) or "connection" in str(error).lower():
            raise _unreachable(error, table) from error
        raise _refused(error, table, act) from error


def _unreachable(error: Exception, table: str = "") -> SourceUnreachableError:
    return SourceUnreachableError(
        f"The source does not answer: {_first_line(error)}",
        where=f"table {table}" if table else "the source's URL",
        safe=_SAFE,
        next_command="check that the server runs and the URL is right (`streamvision profile show`), then run"
        " the same command again",
    )


def _refused(error: Exception, table: str, act: str = "describe") -> SourceError:
    return SourceError(
        f"The source refused to {act} a table: {_first_line(error)}",
        where=f"table {table}",
        safe=_SAFE,
        next_command="check the role's rights with `streamvision doctor`",
    )


def _first_line(error: Exception) -> str:
    """Return an error's first line, without a password that a URL in it may show."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", line)
