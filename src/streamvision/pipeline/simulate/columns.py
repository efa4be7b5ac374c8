"""From numpy arrays to Arrow columns and record batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

T = TypeVar("T")

BATCH_ROWS = 65_536
_DECIMAL_WORDS = 2


def taken(columns: T, rows: Ints | Bools | slice) -> T:
    """Return the chosen rows of a dataclass of arrays; what is no array stays."""
    chosen: dict[str, Any] = {}
    for name, value in _columns(columns):
        chosen[name] = taken(value, rows) if is_dataclass(value) else value[rows]
    return replace(columns, **chosen)  # type: ignore[type-var]


def joined(first: T, *others: T) -> T:
    """Return the rows of one dataclass of arrays after those of another; what is no array is the first's."""
    together: dict[str, Any] = {}
    for name, value in _columns(first):
        rest = [getattr(other, name) for other in others]
        together[name] = joined(value, *rest) if is_dataclass(value) else np.concatenate([value, *rest])
    return replace(first, **together)  # type: ignore[type-var]


def _columns(columns: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any dataclass of arrays
    for each in fields(columns):
        value = getattr(columns, each.name)
        if is_dataclass(value) or isinstance(value, np.ndarray):
            yield each.name, value


def keys(rows: slice, first: int = 0) -> pa.Array:
    """Return the primary keys of some rows: their position, counted from 1 after those that came before."""
    return pa.array(np.arange(first + rows.start + 1, first + rows.stop + 1, dtype=np.int64))


def numbers(values: Ints, kind: pa.DataType, missing: Bools | None = None) -> pa.Array:
    """Return whole numbers as an Arrow column, NULL where missing."""
    return pa.array(values, type=pa.int64(), mask=missing).cast(kind)


def instants(values: Ints, missing: Bools | None = None) -> pa.Array:
    """Return microseconds since 1970 as a column of timestamps with time zone."""
    return pa.array(values, type=pa.int64(), mask=missing).cast(pa.timestamp("us", tz="UTC"))


def dates(days: Ints) -> pa.Array:
    """Return days since 1970 as a column of dates."""
    return pa.array(days.astype(np.int32), type=pa.int32()).cast(pa.date32())


def booleans(values: Bools) -> pa.Array:
    """Return a column of booleans."""
    return pa.array(values)


def labels(words: Sequence[str] | pa.Array, codes: Ints, missing: Bools | None = None) -> pa.Array:
    """Return the word behind each code, NULL where missing."""
    known = words if isinstance(words, pa.Array) else pa.array(words, type=pa.string())
    return known.take(pa.array(codes, type=pa.int64(), mask=missing))


def decimals(unscaled: Ints, precision: int, scale: int, missing: Bools | None = None) -> pa.Array:
    """Return exact decimals from whole numbers of the last place (1234 at scale 2 is 12.34)."""
    words = np.empty((len(unscaled), _DECIMAL_WORDS), dtype=np.int64)
    words[:, 0] = unscaled
    words[:, 1] = unscaled >> 63  # the sign, spread over the upper half
    validity = None if missing is None else pa.array(~missing).buffers()[1]
    return pa.Array.from_buffers(
        pa.decimal128(precision, scale), len(unscaled), [validity, pa.py_buffer(words)]
    )


def lists(words: Sequence[str], chosen: Bools) -> pa.Array:
    """Return for each row the list of the words that the row of a matrix chooses."""
    ends = np.cumsum(chosen.sum(axis=1))
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), labels(words, np.nonzero(chosen)[1]))


def batches(count: int, make: Callable[[slice], pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Make a table's record batches one by one, none of more than 65,536 rows."""
    for start in range(0, count, BATCH_ROWS):
        yield make(slice(start, min(start + BATCH_ROWS, count)))
