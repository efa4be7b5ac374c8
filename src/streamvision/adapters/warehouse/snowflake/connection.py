"""Opens sessions in Snowflake and turns its errors into ours."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import snowflake.connector
from snowflake.connector import errors as snowflake_errors
from snowflake.connector.cursor import ResultMetadata, SnowflakeCursor

from streamvision.adapters.warehouse.snowflake.address import Address, Duty
from streamvision.adapters.warehouse.snowflake.errors import explained, is_unknown
from streamvision.domain.errors import WarehouseError, WarehouseUnreachableError

__all__ = ["TAG_PREFIX", "Session", "connect", "open_session", "query_tag", "transaction"]

TAG_PREFIX = "streamvision/"
"""What stands before the run in the tag of its queries."""
_SETTINGS = {"TIMEZONE": "UTC", "DATE_OUTPUT_FORMAT": "YYYY-MM-DD", "WEEK_START": 1}
"""What an account may have set otherwise, and the dashboards' queries rely on."""
_LOGIN_SECONDS = 60


class Session:
    """Run statements in one session. Parameters are bound, never pasted into a statement's text."""

    def __init__(self, connection: snowflake.connector.SnowflakeConnection, where: str) -> None:
        """Take an open connection and what errors are to say of where it leads."""
        self._connection, self._where = connection, where

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement, and return how many rows it changed."""
        return self._execute(statement, parameters).rowcount or 0

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with explained(self._where):
            return [tuple(row) for row in self._execute(query, parameters).fetchall()]

    def rows_if_there(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a query; none where a table of it is not there yet."""
        try:
            return self.rows(query, parameters)
        except WarehouseError as error:
            if is_unknown(error):
                return []
            raise

    def arrow(self, query: str, parameters: Sequence[object] = ()) -> pa.Table:
        """Return the rows of a query as a table, with all digits of their numbers and microseconds."""
        return self.described(query, parameters)[0]

    def described(
        self, query: str, parameters: Sequence[object] = ()
    ) -> tuple[pa.Table, Sequence[ResultMetadata]]:
        """Return the rows of a query as a table, and what Snowflake says of its columns."""
        with explained(self._where):
            cursor = self._execute(query, parameters)
            found = cursor.fetch_arrow_all(force_return_table=True, force_microsecond_precision=True)
        return pa.table(found), cursor.description

    def put(self, path: Path, place: str) -> None:
        """Copy a file of this machine as it is into a folder of a stage."""
        uri = str(path).replace("\\", "\\\\").replace("'", "\\'")
        self._execute(
            f"PUT 'file://{uri}' @{place} AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE",
            (),
        )

    def close(self) -> None:
        """End the session; what it has not committed is undone."""
        with suppress(snowflake_errors.Error):
            self._connection.close()

    def _execute(self, statement: str, parameters: Sequence[object]) -> SnowflakeCursor:
        with explained(self._where):
            cursor = self._connection.cursor()
            cursor.execute(statement, tuple(parameters) or None)
            return cursor


@contextmanager
def connect(address: Address, duty: Duty, *, tag: str = "") -> Iterator[Session]:
    """Open a session with the role and the virtual warehouse of a duty; it is closed when the block ends.

    Args:
        address: where to, and as whom.
        duty: what for.
        tag: the run that the session's queries are of; Snowflake's history tells it.

    Raises:
        WarehouseError: when Snowflake refuses.
        WarehouseUnreachableError: when it does not answer.

    """
    session = open_session(address, duty, tag)
    try:
        yield session
    finally:
        session.close()


def query_tag(run_id: str) -> str:
    """Return the tag by which the queries of a run are found in Snowflake's history."""
    return f"{TAG_PREFIX}{run_id}" if run_id else TAG_PREFIX.rstrip("/")


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Commit when the block ends; undo all of it after an error."""
    session.run("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        # Where the session is lost, Snowflake undoes by itself what it had not committed.
        with suppress(Exception):
            session.run("ROLLBACK")
        raise
    try:
        session.run("COMMIT")
    except WarehouseUnreachableError as error:
        error.safe = "all of it was done, or nothing: the same command finds out, and does nothing twice"
        raise


def open_session(address: Address, duty: Duty, tag: str = "") -> Session:
    """Open a session as `connect` does, for the caller to close."""
    # The connector tells of each step of its own; what went wrong is told by its errors.
    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
    with explained(address.shown):
        connection = snowflake.connector.connect(
            account=address.account,
            # Whose the token is, it says itself.
            user=None if "token_file_path" in address.secrets else address.user,
            host=address.host,
            port=address.port,
            protocol=address.protocol,
            database=address.database,
            role=address.role(duty),
            warehouse=address.warehouse(duty),
            session_parameters=_SETTINGS | {"QUERY_TAG": query_tag(tag)},
            paramstyle="qmark",
            arrow_number_to_decimal=True,
            login_timeout=min(_LOGIN_SECONDS, address.patience_seconds),
            network_timeout=address.patience_seconds,
            platform_detection_timeout_seconds=0.0,
            application="StreamVision",
            **address.secrets,
        )
    return Session(connection, address.shown)
