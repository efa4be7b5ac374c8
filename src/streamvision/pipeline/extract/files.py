"""Writes tables' rows as files of bounded size, hashing what it writes; memory stays bounded too."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import BinaryIO, Self

import pyarrow as pa

from streamvision.domain.batch import FileFormat
from streamvision.domain.manifest import FileEntry
from streamvision.pipeline.extract.encoders import Encoder, encoder
from streamvision.ports.lake import Lake

# A row group is what a reader takes in one bite: large enough to compress well, small enough that memory
# stays flat whatever the table's size.
ROW_GROUP_ROWS = 122_880
ROW_GROUP_BYTES = 16 * 1024 * 1024
ROWS_PER_FILE = 5_000_000
# Each batch that waits costs this much, however few its rows are; small ones are put together.
_BYTES_PER_ARRAY = 512
_SMALL_BATCH_ROWS = 1024
_MOST_SMALL_BATCHES = 64


class TableWriter:
    """Write one table's rows, handed over batch by batch, into one file after the other.

    Without rows there is no open file. Leaving its block without `close` abandons what is not whole.
    """

    def __init__(
        self,
        lake: Lake,
        key_of_part: Callable[[int], str],
        schema: pa.Schema,
        file_format: FileFormat,
    ) -> None:
        """Take where to write; `key_of_part` is asked once for each file, when its first rows are written."""
        self._lake, self._key_of_part = lake, key_of_part
        self._schema, self._format = schema, file_format
        self._group = _Group()
        self._file: _OpenFile | None = None
        self._entries: list[FileEntry] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Abandon what was not closed."""
        self.abandon()

    def write(self, batch: pa.RecordBatch) -> None:
        """Take rows.

        Raises:
            LakeError: when the lake cannot take a file; files before it are whole, this one is absent.

        """
        for piece in _pieces(batch):
            if not self._group.has_room_for(piece):
                self._write_group()
            self._group.add(piece)

    def close(self, *, empty_file: bool = True) -> list[FileEntry]:
        """Write what is left and describe each file.

        Args:
            empty_file: whether a table without rows gets a file all the same, so that its columns are known.

        Raises:
            LakeError: when the lake cannot take a file.

        """
        self._write_group()
        if empty_file and not self._entries and self._file is None:
            self._file = self._new_file()
        self._end_file()
        return self._entries

    def abandon(self) -> None:
        """Drop the rows that wait and the file that is not whole; nothing happens after `close`."""
        self._group.take()
        if self._file is not None:
            self._file.abandon()
            self._file = None

    def _write_group(self) -> None:
        if not self._group.rows:
            return
        self._file = self._file or self._new_file()
        self._file.write(self._group.take())
        if self._file.rows >= ROWS_PER_FILE:
            self._end_file()

    def _end_file(self) -> None:
        if self._file is not None:
            self._entries.append(self._file.finish())
            self._file = None

    def _new_file(self) -> "_OpenFile":
        return _OpenFile(self._lake, self._key_of_part(len(self._entries)), self._schema, self._format)


def write_files(
    lake: Lake,
    key_of_part: Callable[[int], str],
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    file_format: FileFormat,
) -> list[FileEntry]:
    """Write all rows, one file after the other, and describe each file.

    A table without rows gets one file without rows, so that its columns are known.

    Raises:
        LakeError: when the lake cannot take a file; files before it are whole, this one is absent.

    """
    with TableWriter(lake, key_of_part, schema, file_format) as writer:
        for batch in batches:
            writer.write(batch)
        return writer.close()


class _Group:
    """Hold the rows that are to be a row group."""

    def __init__(self) -> None:
        self._large: list[pa.RecordBatch] = []
        self._small: list[pa.RecordBatch] = []
        self.rows = self.size = 0

    def has_room_for(self, batch: pa.RecordBatch) -> bool:
        return not self.rows or (
            self.rows + batch.num_rows <= ROW_GROUP_ROWS and self.size + _size(batch) <= ROW_GROUP_BYTES
        )

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        if batch.num_rows >= _SMALL_BATCH_ROWS:
            self._put_together()
            self._large.append(batch)
            self.size += _size(batch)
            return
        self._small.append(batch)
        self.size += _size(batch)
        if len(self._small) >= _MOST_SMALL_BATCHES:
            self._put_together()

    def take(self) -> list[pa.RecordBatch]:
        """Return the rows, and be empty."""
        batches = [*self._large, *self._small]
        self._large, self._small = [], []
        self.rows = self.size = 0
        return batches

    def _put_together(self) -> None:
        if self._small:
            batch = pa.concat_batches(self._small)
            self.size += _size(batch) - sum(map(_size, self._small))
            self._large.append(batch)
            self._small = []


class _OpenFile:
    """Write a file of the lake, which is there only when it is finished."""

    def __init__(self, lake: Lake, key: str, schema: pa.Schema, file_format: FileFormat) -> None:
        self._key = key
        self.rows = 0
        self._creation: AbstractContextManager[BinaryIO] = lake.create(key)
        self._sink = _HashingSink(self._creation.__enter__())
        try:
            self._encoder: Encoder = encoder(file_format, self._sink, schema)
        except BaseException:
            self._undo()
            raise

    def write(self, batches: list[pa.RecordBatch]) -> None:
        self._encoder.write(batches)
        self.rows += sum(batch.num_rows for batch in batches)

    def finish(self) -> FileEntry:
        try:
            self._encoder.close()
        except BaseException:
            self.abandon()
            raise
        self._creation.__exit__(None, None, None)
        return FileEntry(self._key, self.rows, self._sink.bytes_written, self._sink.hexdigest())

    def abandon(self) -> None:
        self._sink.drop()
        # An encoder that is left open would write when it is collected.
        with suppress(Exception):
            self._encoder.close()
        self._undo()

    def _undo(self) -> None:
        self._sink.drop()
        given_up = _GivenUpError()
        with suppress(_GivenUpError):
            self._creation.__exit__(_GivenUpError, given_up, None)


class _GivenUpError(Exception):
    """Tell the lake that a file is not wanted."""


class _HashingSink(io.RawIOBase):
    """Pass bytes on to a file, keeping their count and SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file
        self._hash = hashlib.sha256()
        self.bytes_written = 0

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = memoryview(content).cast("B")  # type: ignore[arg-type] # Arrow hands over buffers
        if self._file is not None:
            self._hash.update(piece)
            self._file.write(piece)
            self.bytes_written += len(piece)
        return len(piece)

    def drop(self) -> None:
        """Pass nothing on any more."""
        self._file = None

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _size(batch: pa.RecordBatch) -> int:
    size: int = batch.nbytes + _BYTES_PER_ARRAY * batch.num_columns
    return size


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield parts of a batch, each small enough for a row group; one row is not divided."""
    parts = _size(batch) // ROW_GROUP_BYTES + 1
    rows = max(1, min(ROW_GROUP_ROWS, batch.num_rows // parts))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
