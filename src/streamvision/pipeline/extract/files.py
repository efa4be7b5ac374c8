"""Writes one table's rows as files of bounded size, hashing what it writes."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from streamvision.domain.batch import FileFormat
from streamvision.domain.manifest import FileEntry
from streamvision.ports.lake import Lake

# A row group is what a reader takes in one bite: large enough to compress well, small enough that memory
# stays flat whatever the table's size.
ROW_GROUP_ROWS = 122_880
ROW_GROUP_BYTES = 48 * 1024 * 1024
ROWS_PER_FILE = 5_000_000
_DECIMALS_WITHOUT_EXPONENT = 6


class _HashingSink(io.RawIOBase):
    """Pass bytes on to a file, keeping their count and SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = memoryview(content).cast("B")  # type: ignore[arg-type] # Arrow hands over buffers
        self._hash.update(piece)
        self._file.write(piece)
        self.size += piece.nbytes
        return piece.nbytes

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class _Encoder(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class _CsvEncoder:
    """Write RFC 4180 with a header: text always in quotes, NULL as nothing, lists as JSON."""

    def __init__(self, sink: pa.NativeFile, schema: pa.Schema) -> None:
        fields = [pa.field(f.name, pa.string()) if _as_text(f.type) else f for f in schema]
        self._writer = pa_csv.CSVWriter(sink, pa.schema(fields))

    def write_table(self, table: pa.Table) -> None:
        for index, field in enumerate(table.schema):
            write = _as_text(field.type)
            if write:
                values = [None if v is None else write(v) for v in table.column(index).to_pylist()]
                table = table.set_column(index, field.name, pa.array(values, pa.string()))
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


def _as_text(type_: pa.DataType) -> Callable[[object], str] | None:
    """Return how values are written that Arrow cannot write, or writes with an exponent."""
    if pa.types.is_list(type_):
        return lambda value: json.dumps(value, ensure_ascii=False)
    if pa.types.is_decimal(type_) and type_.scale > _DECIMALS_WITHOUT_EXPONENT:
        return lambda value: f"{value:f}"
    return None


def _encoder(file_format: FileFormat, sink: pa.NativeFile, schema: pa.Schema) -> _Encoder:
    if file_format == "csv":
        return _CsvEncoder(sink, schema)
    writer: _Encoder = pq.ParquetWriter(sink, schema, compression="zstd", compression_level=1)
    return writer


@contextmanager
def _one_file(
    lake: Lake, key: str, file_format: FileFormat, schema: pa.Schema
) -> Iterator[tuple[_Encoder, Callable[[], tuple[int, str]]]]:
    with lake.create(key) as file:
        sink = _HashingSink(file)
        encoder = _encoder(file_format, pa.PythonFile(sink, mode="w"), schema)
        try:
            yield encoder, lambda: (sink.size, sink.hexdigest())
        finally:
            # Also after an error: a writer left open would write when it is collected.
            encoder.close()


def write_files(
    lake: Lake,
    key_of_part: Callable[[int], str],
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    file_format: FileFormat,
) -> list[FileEntry]:
    """Write all rows, one file after the other, and describe each file.

    A table without rows gets one file without rows, so that its columns are known.

    Raises:
        LakeError: when the lake cannot take a file; files before it are whole, this one is absent.

    """
    groups = _row_groups(batches, schema)
    group = next(groups, None)
    entries: list[FileEntry] = []
    while group is not None or not entries:
        key = key_of_part(len(entries))
        rows = 0
        with _one_file(lake, key, file_format, schema) as (encoder, describe):
            while group is not None and rows < ROWS_PER_FILE:
                encoder.write_table(group)
                rows += group.num_rows
                group = next(groups, None)
        size, sha256 = describe()
        entries.append(FileEntry(key=key, rows=rows, bytes=size, sha256=sha256))
    return entries


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= ROW_GROUP_ROWS or size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(waiting, schema)
            waiting, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(waiting, schema)
