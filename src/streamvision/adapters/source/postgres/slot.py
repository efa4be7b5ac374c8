"""The replication slot that makes the source keep its log: as it stands, made, moved on, and read."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
from psycopg import sql

from streamvision.adapters.source.postgres.errors import SAFE
from streamvision.adapters.source.postgres.pgoutput import not_understood
from streamvision.adapters.source.postgres.tuples import Stretch
from streamvision.domain.errors import SourceError

STRETCH_ROWS = 16_384
STRETCH_BYTES = 8 * 1024 * 1024
_PLUGIN = "pgoutput"
_MOST_LIMIT = 2**31 - 1
# The columns of the view differ from version to version; a document has those that there are.
_STATE = """
    select to_jsonb(s), (s.confirmed_flush_lsn - '0/0')::bigint, current_database()
    from pg_replication_slots as s
    where s.slot_name = %s
"""
_READ = """
    copy (
        select data
        from pg_logical_slot_peek_binary_changes(
            {name}, {upto}, {limit}, 'proto_version', '1', 'publication_names', {publication}
        )
    ) to stdout (format binary)
"""
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
_HEADER_BYTES = 19
_TRAILER = b"\xff\xff"
_BEFORE_MESSAGE = 6
"""A row of COPY's begins with the number of its fields and the length of the only one."""


@dataclass(frozen=True)
class Slot:
    """Tell how a slot stands.

    Attributes:
        position: everything that commits from here on is kept; None where it is not any more.
        foreign_because: why it is not one of ours; empty where it is.

    """

    position: int | None
    foreign_because: str


def slot_named(connection: psycopg.Connection, name: str) -> Slot | None:
    """Return how the slot of a name stands; None where there is none."""
    row = connection.execute(_STATE, [name]).fetchone()
    if row is None:
        return None
    state, position, database = row
    # From version 16, 17 and 18 on there are more reasons, and more columns that tell of them.
    is_lost = state["wal_status"] == "lost" or state.get("invalidation_reason") or state.get("conflicting")
    return Slot(None if is_lost else position, _foreign_because(state, database))


def make_slot(connection: psycopg.Connection, name: str, wait_seconds: float) -> None:
    """Make a slot; the server waits until every open transaction has ended.

    Raises:
        SourceError: when the server has no room for it, or the role may not make it.
        psycopg.errors.QueryCanceled: when transactions stay open too long.

    """
    timeout = sql.SQL("set statement_timeout = {}")
    connection.execute(timeout.format(sql.Literal(f"{max(1, round(wait_seconds * 1000))}ms")))
    try:
        connection.execute("select pg_create_logical_replication_slot(%s, %s, false, false)", [name, _PLUGIN])
    except psycopg.errors.ConfigurationLimitExceeded as error:
        raise _not_made(
            "all of its replication slots are taken",
            "drop a slot that nobody reads (select * from pg_replication_slots), or have an administrator run"
            " ALTER SYSTEM SET max_replication_slots = 20, or more, and restart the server",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        row = connection.execute("select current_user").fetchone()
        role = sql.Identifier(row[0] if row else "").as_string()
        raise _not_made(
            "the role may not use replication",
            f"have an administrator run ALTER ROLE {role} REPLICATION",
        ) from error
    finally:
        if not connection.broken:
            connection.execute("reset statement_timeout")


def drop_slot(connection: psycopg.Connection, name: str) -> None:
    """Drop a slot that is there."""
    connection.execute("select pg_drop_replication_slot(%s)", [name])


def move_on(connection: psycopg.Connection, name: str, position: int) -> None:
    """Let the server forget the log up to a position beyond the slot's own."""
    connection.execute("select pg_replication_slot_advance(%s, %s::pg_lsn)", [name, lsn_text(position)])


def stretches(connection: psycopg.Connection, name: str, upto: int, limit: int) -> Generator[Stretch]:
    """Yield what commits up to a position, in stretches of bounded size; the slot does not move.

    The server stops after the transaction with which it has `limit` messages. It has decoded all of it, and
    laid it aside on its disk, before the first message comes.
    """
    query = sql.SQL(_READ).format(
        name=sql.Literal(name),
        upto=sql.Literal(lsn_text(upto)),
        limit=sql.Literal(min(limit, _MOST_LIMIT)),
        publication=sql.Literal(sql.Identifier(name).as_string()),
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        rows = _without_header(iter(copy))
        while stretch := _next_stretch(rows):
            yield stretch


def lsn_text(position: int) -> str:
    """Return a position in the log as the server writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def _without_header(rows: Iterator[bytes | bytearray | memoryview]) -> Iterator[memoryview]:
    """Leave out what COPY puts before the rows and after them."""
    first = memoryview(next(rows, b""))
    if first[: len(_SIGNATURE)] != _SIGNATURE:
        raise not_understood("a beginning that is not COPY's")
    if first := first[_HEADER_BYTES:]:
        yield first
    for row in rows:
        yield memoryview(row)


def _next_stretch(rows: Iterator[memoryview]) -> Stretch | None:
    found: list[memoryview] = []
    size = 0
    for row in rows:
        if row == _TRAILER:
            continue
        found.append(row)
        size += len(row)
        if size >= STRETCH_BYTES or len(found) >= STRETCH_ROWS:
            break
    if not found:
        return None
    ends = np.cumsum(np.fromiter(map(len, found), np.int64, len(found)))
    starts = np.concatenate(([0], ends[:-1])) + _BEFORE_MESSAGE
    return Stretch(b"".join(found), starts, ends)


def _foreign_because(state: dict[str, object], database: str) -> str:
    if state["slot_type"] != "logical" or state["plugin"] != _PLUGIN:
        return f"it is a {state['slot_type']} slot of another kind"
    if state["database"] != database:
        return f"it belongs to the database {state['database']}"
    if state["temporary"]:
        return "it is temporary, and goes with somebody's session"
    return ""


def _not_made(why: str, mend: str) -> SourceError:
    return SourceError(
        f"The source cannot keep its log of changes: {why}",
        where="the source's replication slots",
        safe=SAFE,
        next_command=f"{mend}, then run the same command again; without a log, set"
        " STREAMVISION_EXTRACTION=snapshot",
    )
