"""Reads what PostgreSQL's output plugin pgoutput writes, in its protocol version 1 with values as text.

Messages that frame the changes are read one by one. The changes themselves are many, so `tuples` reads theirs
column by column, all rows at once.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from streamvision.domain.errors import SourceError

INSERT, UPDATE, DELETE = b"IUD"
_MICROSECONDS_TO_2000 = 946_684_800_000_000
_BEGIN = struct.Struct(">xqqI")
_COMMIT = struct.Struct(">xxqqq")
_RELATION = struct.Struct(">xI")
_COLUMNS = struct.Struct(">bh")
_COLUMN_TYPE = struct.Struct(">Ii")
_TRUNCATE = struct.Struct(">xIb")
_ORIGIN = struct.Struct(">xq")
_MESSAGE = struct.Struct(">xbq")
_LENGTH = struct.Struct(">I")


class Begin(NamedTuple):
    """Begin a transaction.

    Attributes:
        commit_lsn: where its commit stands in the log.
        committed_at: microseconds since 1970, UTC.
        xid: the lower 32 bits of the top-level transaction's number.

    """

    commit_lsn: int
    committed_at: int
    xid: int


class Commit(NamedTuple):
    """End a transaction; `end` is the position after its commit."""

    commit_lsn: int
    end: int
    committed_at: int


class Relation(NamedTuple):
    """Describe a table before its first change, and again when it may have been altered.

    Attributes:
        identity: how old rows are named: d, by the key; i, by an index; f, by all columns; n, not at all.

    """

    id: int
    schema: str
    name: str
    identity: str
    columns: tuple[str, ...]


class Truncate(NamedTuple):
    """Empty tables."""

    relations: tuple[int, ...]


class Type(NamedTuple):
    """Name a type that is not the server's own."""

    id: int
    schema: str
    name: str


class Origin(NamedTuple):
    """Say from where a transaction was replicated to this server."""

    lsn: int
    name: str


class Message(NamedTuple):
    """Carry what somebody wrote into the log itself."""

    lsn: int
    prefix: str
    content: bytes


Framing = Begin | Commit | Relation | Truncate | Type | Origin | Message


def framing(log: bytes, start: int, end: int) -> Framing:
    """Read the message that stands between two places, if it is not a change.

    Raises:
        SourceError: when it is none of the known kinds, or shorter or longer than it says.

    """
    reader = _READERS.get(log[start : start + 1])
    if reader is None or start >= end:
        raise not_understood(f"a message of the unknown kind {log[start : min(start + 1, end)]!r}")
    try:
        message, stop = reader(log, start)
    except (struct.error, ValueError, IndexError) as error:
        raise not_understood(f"a message of the kind {log[start : start + 1]!r} that is cut off") from error
    if stop != end:
        raise not_understood(f"a message of the kind {log[start : start + 1]!r} with a wrong length")
    return message


def not_understood(what: str) -> SourceError:
    """Return the error for a log that is not what the plugin writes."""
    return SourceError(
        f"The source's log of changes cannot be understood: it has {what}",
        where="the source's replication slot",
        safe="the lake and the warehouse are as they were; the log is still kept",
        next_command="check that the source is PostgreSQL 15 or later, then run the same command again; with"
        " STREAMVISION_EXTRACTION=snapshot the log is not needed",
    )


def _begin(log: bytes, at: int) -> tuple[Begin, int]:
    commit_lsn, since_2000, xid = _BEGIN.unpack_from(log, at)
    return Begin(commit_lsn, since_2000 + _MICROSECONDS_TO_2000, xid), at + _BEGIN.size


def _commit(log: bytes, at: int) -> tuple[Commit, int]:
    commit_lsn, end, since_2000 = _COMMIT.unpack_from(log, at)
    return Commit(commit_lsn, end, since_2000 + _MICROSECONDS_TO_2000), at + _COMMIT.size


def _relation(log: bytes, at: int) -> tuple[Relation, int]:
    (number,) = _RELATION.unpack_from(log, at)
    schema, at = _string(log, at + _RELATION.size)
    name, at = _string(log, at)
    identity, count = _COLUMNS.unpack_from(log, at)
    at += _COLUMNS.size
    columns = []
    for _ in range(count):
        # A byte of flags comes before the name, the type after it.
        column, at = _string(log, at + 1)
        _COLUMN_TYPE.unpack_from(log, at)
        at += _COLUMN_TYPE.size
        columns.append(column)
    # The server leaves its own schema's name out.
    return Relation(number, schema or "pg_catalog", name, chr(identity), tuple(columns)), at


def _truncate(log: bytes, at: int) -> tuple[Truncate, int]:
    count, _ = _TRUNCATE.unpack_from(log, at)
    relations = struct.unpack_from(f">{count}I", log, at + _TRUNCATE.size)
    return Truncate(relations), at + _TRUNCATE.size + 4 * count


def _type(log: bytes, at: int) -> tuple[Type, int]:
    (number,) = _RELATION.unpack_from(log, at)
    schema, at = _string(log, at + _RELATION.size)
    name, at = _string(log, at)
    return Type(number, schema or "pg_catalog", name), at


def _origin(log: bytes, at: int) -> tuple[Origin, int]:
    (lsn,) = _ORIGIN.unpack_from(log, at)
    name, at = _string(log, at + _ORIGIN.size)
    return Origin(lsn, name), at


def _message(log: bytes, at: int) -> tuple[Message, int]:
    _, lsn = _MESSAGE.unpack_from(log, at)
    prefix, at = _string(log, at + _MESSAGE.size)
    (length,) = _LENGTH.unpack_from(log, at)
    at += _LENGTH.size
    return Message(lsn, prefix, log[at : at + length]), at + length


def _string(log: bytes, at: int) -> tuple[str, int]:
    end = log.index(0, at)
    return log[at:end].decode(), end + 1


_READERS: dict[bytes, Callable[[bytes, int], tuple[Framing, int]]] = {
    b"B": _begin,
    b"C": _commit,
    b"R": _relation,
    b"T": _truncate,
    b"Y": _type,
    b"O": _origin,
    b"M": _message,
}
