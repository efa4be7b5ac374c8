"""The source port over one PostgreSQL database; nothing in it is ever changed."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC

import psycopg
from psycopg import sql

from streamvision.adapters.source.postgres.errors import psycopg_errors, unreachable
from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.adapters.source.postgres.snapshot import BEGIN, PostgresSnapshot, Readers
from streamvision.domain.contract import Contract
from streamvision.domain.errors import malformed_source_url

_LOCK_TIMEOUT = "set lock_timeout = '60s'"
_SNAPSHOT = """
    select
        pg_export_snapshot(),
        pg_current_snapshot()::text,
        now(),
        format('postgres-%s-%s', c.system_identifier, d.oid)
    from pg_control_system() as c, pg_database as d
    where d.datname = current_database()
"""


class PostgresSource:
    """Read one PostgreSQL database."""

    def __init__(self, url: str) -> None:
        """Take a libpq URL; no connection is made yet."""
        self._url = url

    @contextmanager
    def snapshot(self, contracts: Sequence[Contract] = ()) -> Iterator[PostgresSnapshot]:
        """Open a snapshot in a read-only REPEATABLE READ transaction and hold it until the block ends."""
        with connect(self._url) as control:
            with psycopg_errors():
                for setting in (*SETTINGS, _LOCK_TIMEOUT, BEGIN):
                    control.execute(setting)
            # Locks come before the snapshot, which the first query takes: none can slip in between.
            for contract in contracts:
                table = sql.Identifier(contract.schema, contract.in_source)
                with psycopg_errors(contract.table, "read"):
                    control.execute(sql.SQL("lock table {} in access share mode").format(table))
            with psycopg_errors():
                row = control.execute(_SNAPSHOT).fetchone()
            assert row is not None  # noqa: S101 - the current database is always there
            snapshot_id, visible, taken_at, source_id = row
            with Readers(self._url, snapshot_id) as readers:
                yield PostgresSnapshot(
                    control,
                    readers,
                    snapshot_id=snapshot_id,
                    source_id=source_id,
                    taken_at=taken_at.astimezone(UTC),
                    visible=visible,
                )

    def version(self) -> str:
        """Return the server's version, having asked it."""
        with connect(self._url) as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')}"


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """Lend a connection in autocommit mode.

    Raises:
        SourceUnreachableError: when the server does not answer.
        WrongUseError: when the URL is not one.

    """
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise unreachable(error) from error
    except psycopg.ProgrammingError:
        # Its message shows the part that it stumbles on, which may be the password.
        raise malformed_source_url() from None
    # Not the connection's own block, which would commit, and hide why a query broke off.
    with closing(connection):
        yield connection
