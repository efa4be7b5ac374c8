"""Reads the rows in pgoutput's changes of one table: column by column, all of them at once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streamvision.adapters.source.postgres.pgoutput import DELETE, INSERT, UPDATE, not_understood

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
NULL, UNCHANGED, TEXT = b"nut"
NEW, OLD_KEY, OLD = b"NKO"
_BEFORE_TAG = 5
"""A change begins with its kind and the table's number; then comes what the first row stands for."""


@dataclass(frozen=True)
class Stretch:
    """Hold a stretch of the log: messages one after the other, or with something between them.

    Attributes:
        starts: where each message begins.
        ends: where each ends.

    """

    log: bytes
    starts: Integers
    ends: Integers

    @property
    def bytes(self) -> Bytes:
        """Return the log as numbers."""
        return np.frombuffer(self.log, np.uint8)

    @property
    def kinds(self) -> Bytes:
        """Return each message's kind; the messages must have one."""
        return self.bytes[self.starts]

    def relations(self, which: Integers) -> Integers:
        """Return the numbers of the tables that some changes are about."""
        try:
            return big_endian(self.bytes, self.starts[which] + 1, 4)
        except IndexError as error:
            raise not_understood("a change that is cut off") from error


@dataclass(frozen=True)
class Tuples:
    """Hold the rows of some changes: of each its old row, if it is told, and then its new one.

    Attributes:
        kinds: per column and row: whether the value is text, NULL, or an unchanged one that is not repeated.
        starts: per column and row: where the text begins. `ends` is where it ends.
        first: per change: the number of its first row.
        both: per change: whether it has an old row and a new one.

    """

    log: bytes
    kinds: Bytes
    starts: Integers
    ends: Integers
    first: Integers
    both: Flags

    def texts(self, column: int, rows: Integers, absent: Flags) -> pa.StringArray:
        """Return the texts of a column in some rows; NULL where they are said to be absent.

        Raises:
            pa.ArrowInvalid: when one is not UTF-8.

        """
        # Places grow from row to row, so they are offsets: every other piece is a text.
        offsets = np.column_stack((self.starts[column], self.ends[column])).ravel().astype(np.int32)
        if not len(offsets):
            return pa.array([], pa.string())
        pieces = pa.Array.from_buffers(
            pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(self.log)]
        )
        return pieces.take(pa.array(rows * 2, mask=absent)).cast(pa.string())


def read_tuples(stretch: Stretch, which: Integers, columns: int) -> Tuples:
    """Read the rows of some changes to one table.

    Args:
        stretch: the log.
        which: the changes' places among its messages, growing.
        columns: how many the table has.

    Raises:
        SourceError: when a change is not what the plugin writes.

    """
    log = stretch.bytes
    starts, ends = stretch.starts[which], stretch.ends[which]
    try:
        kinds, tags = log[starts], log[starts + _BEFORE_TAG]
        _check_tags(kinds, tags)
        both = (kinds == UPDATE) & (tags != NEW)
        first = _walk(log, starts + _BEFORE_TAG + 1, columns)
        after = first.after.copy()
        if np.any(log[after[both]] != NEW):
            raise not_understood("an update without a new row")
        second = _walk(log, after[both] + 1, columns)
        after[both] = second.after
    except IndexError as error:
        raise not_understood("a change that is cut off") from error
    if np.any(after != ends):
        raise not_understood("a change with a wrong length")
    numbers = np.arange(len(which)) + np.cumsum(both) - both
    return Tuples(
        stretch.log,
        _merged(first.kinds, second.kinds, numbers, both),
        _merged(first.starts, second.starts, numbers, both),
        _merged(first.ends, second.ends, numbers, both),
        numbers,
        both,
    )


def big_endian(log: Bytes, at: Integers, width: int) -> Integers:
    """Return the unsigned numbers of some bytes' width that stand at some places."""
    number = log[at].astype(np.int64)
    for place in range(1, width):
        number = number << 8 | log[at + place]
    return number


@dataclass(frozen=True)
class _Walked:
    kinds: Bytes
    starts: Integers
    ends: Integers
    after: Integers


def _walk(log: Bytes, at: Integers, columns: int) -> _Walked:
    """Go through rows that begin at some places, all of them by one column at each step."""
    if np.any(big_endian(log, at, 2) != columns):
        raise not_understood("a row with a wrong number of columns")
    kinds = np.empty((columns, len(at)), np.uint8)
    starts, ends = np.empty_like(kinds, np.int64), np.empty_like(kinds, np.int64)
    at = at + 2
    for column in range(columns):
        kind = log[at]
        at = at + 1
        is_text = kind == TEXT
        if not np.all(is_text | (kind == NULL) | (kind == UNCHANGED)):
            raise not_understood("a value of an unknown kind")
        kinds[column] = kind
        if np.all(is_text):
            start = at + 4
            at = start + big_endian(log, at, 4)
        else:
            texts = at[is_text]
            start, at = at.copy(), at.copy()
            start[is_text] = texts + 4
            at[is_text] = texts + 4 + big_endian(log, texts, 4)
        starts[column], ends[column] = start, at
    if np.any(at > len(log)):
        raise IndexError
    return _Walked(kinds, starts, ends, at)


def _check_tags(kinds: Bytes, tags: Bytes) -> None:
    is_old = (tags == OLD_KEY) | (tags == OLD)
    is_new = tags == NEW
    if not np.all(np.where(kinds == INSERT, is_new, np.where(kinds == DELETE, is_old, is_new | is_old))):
        raise not_understood("a change whose rows are not those of its kind")


def _merged(first: NDArray, second: NDArray, numbers: Integers, both: Flags) -> NDArray:  # type: ignore[type-arg] # any numbers, the same in and out
    """Put what was read of changes' first and second rows together, in the order of the log."""
    merged = np.empty((first.shape[0], first.shape[1] + second.shape[1]), first.dtype)
    merged[:, numbers] = first
    merged[:, numbers[both] + 1] = second
    return merged
