"""Writes messages as pgoutput does, by hand."""

import struct
from collections.abc import Sequence

import numpy as np

from streamvision.adapters.source.postgres.tuples import Stretch

UNCHANGED = object()
"""Stands for a large value that is not repeated."""
Value = str | None | object
_MICROSECONDS_TO_2000 = 946_684_800_000_000


def begin(commit_lsn: int, xid: int, committed_at: int = _MICROSECONDS_TO_2000) -> bytes:
    """Begin a transaction; the time is in microseconds since 1970."""
    return b"B" + struct.pack(">qqI", commit_lsn, committed_at - _MICROSECONDS_TO_2000, xid)


def commit(commit_lsn: int, end: int, committed_at: int = _MICROSECONDS_TO_2000) -> bytes:
    """End a transaction."""
    return b"C" + struct.pack(">bqqq", 0, commit_lsn, end, committed_at - _MICROSECONDS_TO_2000)


def relation(number: int, schema: str, name: str, columns: Sequence[str], identity: str = "d") -> bytes:
    """Describe a table."""
    described = b"".join(b"\x00" + _string(column) + struct.pack(">Ii", 25, -1) for column in columns)
    head = b"R" + struct.pack(">I", number) + _string(schema) + _string(name)
    return head + identity.encode() + struct.pack(">h", len(columns)) + described


def insert(number: int, *new: Value) -> bytes:
    """Add a row."""
    return b"I" + struct.pack(">I", number) + b"N" + row(*new)


def update(number: int, *new: Value, key: Sequence[Value] = (), old: Sequence[Value] = ()) -> bytes:
    """Change a row, whose old key or whole old row may be told."""
    before = b"K" + row(*key) if key else b"O" + row(*old) if old else b""
    return b"U" + struct.pack(">I", number) + before + b"N" + row(*new)


def delete(number: int, *, key: Sequence[Value] = (), old: Sequence[Value] = ()) -> bytes:
    """Remove a row."""
    return b"D" + struct.pack(">I", number) + (b"K" + row(*key) if key else b"O" + row(*old))


def truncate(*numbers: int) -> bytes:
    """Empty tables."""
    return b"T" + struct.pack(f">Ib{len(numbers)}I", len(numbers), 0, *numbers)


def origin(lsn: int, name: str) -> bytes:
    """Say from where a transaction came."""
    return b"O" + struct.pack(">q", lsn) + _string(name)


def type_(number: int, schema: str, name: str) -> bytes:
    """Name a type."""
    return b"Y" + struct.pack(">I", number) + _string(schema) + _string(name)


def message(lsn: int, prefix: str, content: bytes) -> bytes:
    """Carry what somebody wrote into the log."""
    return b"M" + struct.pack(">bq", 0, lsn) + _string(prefix) + struct.pack(">I", len(content)) + content


def row(*values: Value) -> bytes:
    """Return a row's values."""
    return struct.pack(">h", len(values)) + b"".join(map(_value, values))


def stretch(*messages: bytes, between: bytes = b"") -> Stretch:
    """Put messages one after the other, with something before each."""
    ends = np.cumsum([len(between) + len(each) for each in messages], dtype=np.int64)
    starts = ends - np.array([len(each) for each in messages], np.int64)
    return Stretch(b"".join(between + each for each in messages), starts, ends)


def _value(value: Value) -> bytes:
    if value is None:
        return b"n"
    if value is UNCHANGED:
        return b"u"
    content = str(value).encode()
    return b"t" + struct.pack(">I", len(content)) + content


def _string(text: str) -> bytes:
    return text.encode() + b"\x00"
