"""Turns what PostgreSQL's clients raise into ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import adbc_driver_manager
import psycopg
import pyarrow as pa

from streamvision.domain.errors import SourceError, SourceUnreachableError

SAFE = "the lake and the warehouse are as they were; no batch was made"
# The server gave up for now: a connection lost or shut down, no resources, a deadlock,
# a slot that somebody reads.
_PASSING_STATES = ("08", "57P", "53", "40", "55006")
_LOCKED = "55P03"


@contextmanager
def psycopg_errors(table: str = "", act: str = "describe") -> Iterator[None]:
    """Turn what psycopg raises into a SourceError, or a SourceUnreachableError where it may pass."""
    try:
        yield
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if state == _LOCKED:
            raise _locked(table) from error
        lost = isinstance(error, psycopg.OperationalError) and not state
        if lost or state.startswith(_PASSING_STATES):
            raise unreachable(error, table) from error
        raise refused(error, table, act) from error


@contextmanager
def adbc_errors(act: str, table: str) -> Iterator[None]:
    """Turn what ADBC raises into a SourceError, or a SourceUnreachableError where it may pass."""
    try:
        yield
    except OSError as error:
        # So Arrow's reader reports a connection that is lost between two batches.
        raise unreachable(error, table) from error
    except pa.ArrowException as error:
        raise refused(error, table, act) from error
    except adbc_driver_manager.Error as error:
        state = error.sqlstate or ""
        lost = isinstance(error, adbc_driver_manager.OperationalError) and not state.strip("0")
        if lost or state.startswith(_PASSING_STATES) or "connection" in str(error).lower():
            raise unreachable(error, table) from error
        raise refused(error, table, act) from error


def unreachable(error: Exception, table: str = "") -> SourceUnreachableError:
    """Return the error for a server that does not answer, or that stopped answering."""
    return SourceUnreachableError(
        f"The source does not answer: {first_line(error)}",
        where=f"table {table}" if table else "the source's URL",
        safe=SAFE,
        next_command="check that the server runs and the URL is right (`streamvision profile show`), then run"
        " the same command again",
    )


def _locked(table: str) -> SourceUnreachableError:
    return SourceUnreachableError(
        "A table of the source stayed locked, as one is that somebody alters or truncates",
        where=f"table {table}" if table else "the source",
        safe=SAFE,
        next_command="run the same command again when that is done",
    )


def refused(error: Exception, table: str, act: str = "describe") -> SourceError:
    """Return the error for what the server will not do."""
    return SourceError(
        f"The source refused to {act} {'a table' if table else 'the source'}: {first_line(error)}",
        where=f"table {table}" if table else "the source",
        safe=SAFE,
        next_command="check the role's rights with `streamvision doctor`",
    )


def first_line(error: Exception) -> str:
    """Return an error's first line, without a password that a URL in it may show."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", line)
