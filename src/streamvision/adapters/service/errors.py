"""Whose fault an error of the drivers is, told without the password."""

from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_manager
import psycopg
from psycopg.conninfo import conninfo_to_dict

from streamvision.domain.errors import (
    SourceError,
    SourceUnreachableError,
    StreamVisionError,
    malformed_source_url,
)

NOTHING_WRITTEN = "nothing was written; the database is as it was"
# Beginnings of SQLSTATE: the connection broke, or the server is going down or not up yet.
_CONNECTION_STATES = ("08", "57P")
_CONSTRAINT_STATE = "23"


class Server:
    """Speak of one server in errors.

    Attributes:
        address: host, port and database.

    """

    def __init__(self, url: str) -> None:
        """Take a libpq URL.

        Raises:
            WrongUseError: when it cannot be understood.

        """
        try:
            options = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # The reason repeats the URL, and with it the password.
            raise malformed_source_url() from None
        host, port = options.get("host") or "localhost", options.get("port") or "5432"
        self.address = f"{host}:{port}/{options.get('dbname') or ''}"
        self._password = str(options.get("password") or "")

    @contextmanager
    def errors(self, action: str, table: str = "") -> Iterator[None]:
        """Turn the drivers' errors into ours; `action` completes 'could not ... the service's database'."""
        try:
            yield
        except psycopg.Error as error:
            state = error.sqlstate or ""
            lost = isinstance(error, psycopg.OperationalError) and not state
            reason = error.diag.message_primary or str(error)
            raise self._translated(action, table, state, reason, lost=lost) from error
        except adbc_driver_manager.Error as error:
            state = error.sqlstate or ""
            lost = error.status_code == adbc_driver_manager.AdbcStatusCode.IO and not state
            raise self._translated(action, table, state, _server_message(error), lost=lost) from error

    def _translated(
        self, action: str, table: str, state: str, message: str, *, lost: bool
    ) -> StreamVisionError:
        reason = message.strip().replace(self._password, "***") if self._password else message.strip()
        where = f"{table} in {self.address}" if table else self.address
        if lost or state.startswith(_CONNECTION_STATES):
            return SourceUnreachableError(
                f"The service's database does not answer: {reason}",
                where=where,
                safe=NOTHING_WRITTEN,
                next_command="`streamvision doctor`, then the same command again",
            )
        broken = "a row breaks a constraint: " if state.startswith(_CONSTRAINT_STATE) else ""
        return SourceError(
            f"Could not {action} the service's database: {broken}{reason}",
            where=where,
            safe=NOTHING_WRITTEN,
            next_command="`streamvision doctor`; the server's log tells more",
        )


def _server_message(error: adbc_driver_manager.Error) -> str:
    """Return the server's own sentence: the lines after it repeat the query and the row's values."""
    text = str(error)
    _, found, sentence = text.partition("ERROR:")
    return sentence.splitlines()[0].strip() if found else text
