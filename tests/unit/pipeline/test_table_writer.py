"""How rows become files: of bounded size, whole or not at all, the same bytes for the same rows."""

import gzip
import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streamvision.domain.batch import FileFormat
from streamvision.domain.errors import LakeError
from streamvision.pipeline.extract import files
from streamvision.pipeline.extract.files import TableWriter, write_files
from tests.fakes.building import arrow_table, column, contract
from tests.fakes.lake import InMemoryLake, InterruptedLake

FORMATS: list[FileFormat] = ["parquet", "csv", "csv.gz"]
every_format = pytest.mark.parametrize("file_format", FORMATS)
NUMBERS = pa.schema([pa.field("id", pa.int64())])


class WatchedLake(InMemoryLake):
    """Count the files that are open, and remember the most."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.open = self.most_open = 0

    @contextmanager
    def create(self, key: str) -> Iterator[BinaryIO]:
        """Open a file for writing."""
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with super().create(key) as file:
                yield file
        finally:
            self.open -= 1


def _part(number: int) -> str:
    return f"part-{number}"


def _numbers(first: int, count: int) -> pa.RecordBatch:
    return pa.record_batch([pa.array(range(first, first + count), pa.int64())], schema=NUMBERS)


def _groups(content: bytes) -> list[int]:
    metadata = pq.read_metadata(io.BytesIO(content))
    return [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]


@every_format
def test_each_file_is_described_as_it_is(file_format: FileFormat) -> None:
    """Key, rows, size and checksum of the bytes that the lake has."""
    lake = InMemoryLake()
    (entry,) = write_files(lake, _part, [_numbers(0, 10)], NUMBERS, file_format)
    content = lake.files["part-0"]
    assert (entry.key, entry.rows, entry.bytes) == ("part-0", 10, len(content))
    assert entry.sha256 == hashlib.sha256(content).hexdigest()


@every_format
def test_a_table_goes_on_in_another_file(file_format: FileFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file has many more rows than it may, and no row is in two."""
    monkeypatch.setattr(files, "ROWS_PER_FILE", 250)
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 100)
    lake = InMemoryLake()
    entries = write_files(lake, _part, (_numbers(n * 70, 70) for n in range(10)), NUMBERS, file_format)
    assert [entry.key for entry in entries] == ["part-0", "part-1", "part-2"]
    assert sum(entry.rows for entry in entries) == 700
    assert all(entry.rows <= 350 for entry in entries)
    assert sorted(lake.files) == ["part-0", "part-1", "part-2"]


def test_row_groups_are_bounded_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of the batches that come."""
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 100)
    lake = InMemoryLake()
    batches = [_numbers(0, 30), _numbers(30, 60), _numbers(90, 250), _numbers(340, 1)]
    write_files(lake, _part, batches, NUMBERS, "parquet")
    assert max(_groups(lake.files["part-0"])) <= 100
    assert pq.read_table(io.BytesIO(lake.files["part-0"]))["id"].to_pylist() == list(range(341))


def test_row_groups_are_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of large values come in few, and a value that is larger than a group comes alone."""
    monkeypatch.setattr(files, "ROW_GROUP_BYTES", 10_000)
    schema = pa.schema([pa.field("text", pa.string())])
    texts = ["x" * 3000] * 10 + ["y" * 50_000] + ["z" * 3000] * 2
    lake = InMemoryLake()
    batches = [pa.record_batch([pa.array(texts[start : start + 7])], schema=schema) for start in (0, 7)]
    write_files(lake, _part, batches, schema, "parquet")
    content = io.BytesIO(lake.files["part-0"])
    metadata = pq.read_metadata(content)
    raw = [
        sum(len(text) for text in pq.ParquetFile(content).read_row_group(index)["text"].to_pylist())
        for index in range(metadata.num_row_groups)
    ]
    assert sum(raw) == 86_000
    assert all(size <= 10_000 or size == 50_000 for size in raw)
    assert len(raw) < len(texts)


def test_many_small_batches_make_large_row_groups() -> None:
    """One row at a time, as the log of changes may bring them, is no reason for small groups."""
    lake = InMemoryLake()
    with TableWriter(lake, _part, NUMBERS, "parquet") as writer:
        for number in range(5000):
            writer.write(_numbers(number, 1))
        (entry,) = writer.close()
    assert entry.rows == 5000
    assert _groups(lake.files["part-0"]) == [5000]
    assert pq.read_table(io.BytesIO(lake.files["part-0"]))["id"].to_pylist() == list(range(5000))


@every_format
def test_a_writer_without_rows_holds_no_file(file_format: FileFormat) -> None:
    """A thousand tables that are waited for do not cost a thousand open files."""
    lake = WatchedLake()
    writers = [TableWriter(lake, _part, NUMBERS, file_format) for _ in range(1000)]
    writers[0].write(_numbers(0, 0))
    assert lake.most_open == 0
    assert [writer.close(empty_file=False) for writer in writers] == [[]] * 1000
    assert (lake.most_open, lake.files) == (0, {})


@every_format
def test_a_table_without_rows_gets_a_file_where_that_is_wanted(file_format: FileFormat) -> None:
    """So that its columns are known."""
    lake = InMemoryLake()
    (entry,) = TableWriter(lake, _part, NUMBERS, file_format).close()
    assert (entry.key, entry.rows) == ("part-0", 0)
    content = lake.files["part-0"]
    if file_format == "parquet":
        assert pq.read_schema(io.BytesIO(content)).names == ["id"]
    else:
        assert (gzip.decompress(content) if file_format == "csv.gz" else content) == b'"id"\r\n'


@every_format
def test_what_is_abandoned_is_not_there(file_format: FileFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files before it stay whole; the open one never appears, and is not left open."""
    monkeypatch.setattr(files, "ROWS_PER_FILE", 100)
    monkeypatch.setattr(files, "ROW_GROUP_ROWS", 60)
    lake = WatchedLake()
    with TableWriter(lake, _part, NUMBERS, file_format) as writer:
        for number in range(4):
            writer.write(_numbers(number * 50, 50))
        assert lake.open == 1
        writer.abandon()
        writer.abandon()
    assert lake.open == 0
    assert sorted(lake.files) == ["part-0"]


@every_format
def test_leaving_a_block_by_an_error_abandons(file_format: FileFormat) -> None:
    """The error is the one that comes out."""
    lake = WatchedLake()

    def broken() -> Iterator[pa.RecordBatch]:
        yield _numbers(0, files.ROW_GROUP_ROWS)
        yield _numbers(0, 1)
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        write_files(lake, _part, broken(), NUMBERS, file_format)
    assert (lake.open, lake.most_open, lake.files) == (0, 1, {})


@every_format
def test_a_lake_that_fails_leaves_no_file(file_format: FileFormat) -> None:
    """Wherever it fails, its own error comes out, and nothing is half there."""
    for operations in range(30):
        memory = WatchedLake()
        lake = InterruptedLake(memory, operations)
        try:
            write_files(lake, _part, [_numbers(0, 10)], NUMBERS, file_format)
        except LakeError:
            assert lake.was_interrupted
            assert (memory.open, memory.files) == (0, {})
        else:
            break
    assert operations > 1
    assert sorted(memory.files) == ["part-0"]


@every_format
def test_the_same_rows_give_the_same_bytes(file_format: FileFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any time."""
    first, second = InMemoryLake(), InMemoryLake()
    write_files(first, _part, [_numbers(0, 1000)], NUMBERS, file_format)
    monkeypatch.setattr("time.time", lambda: 1.0)
    write_files(second, _part, [_numbers(0, 1000)], NUMBERS, file_format)
    assert first.files == second.files


def test_gzip_tells_neither_time_nor_name() -> None:
    """The header's flags and time are zero; what is within is the CSV file."""
    plain, packed = InMemoryLake(), InMemoryLake()
    write_files(plain, _part, [_numbers(0, 1000)], NUMBERS, "csv")
    write_files(packed, _part, [_numbers(0, 1000)], NUMBERS, "csv.gz")
    assert packed.files["part-0"][3:8] == bytes(5)
    assert gzip.decompress(packed.files["part-0"]) == plain.files["part-0"]


def test_parquet_keeps_the_sources_types_and_encodes_by_kind() -> None:
    """Dictionaries for text alone, differences for whole numbers and moments, also within lists."""
    table = contract(
        "things",
        column("id", "bigint"),
        column("at", "timestamptz"),
        column("day", "date"),
        column("words", "text"),
        column("tags", "text[]"),
        column("share", "double precision"),
        column("amount", "numeric(12,2)"),
    )
    rows = arrow_table(
        table, [{"id": number, "words": "a", "tags": ["b"], "share": 0.5} for number in range(9)]
    )
    lake = InMemoryLake()
    write_files(lake, _part, rows.to_batches(), rows.schema, "parquet")
    content = io.BytesIO(lake.files["part-0"])
    types = {field.name: (field.metadata or {}).get(b"postgresql_type") for field in pq.read_schema(content)}
    assert types["at"] == b"timestamptz"
    assert types["amount"] == b"numeric(12,2)"
    group = pq.read_metadata(content).row_group(0)
    encodings = {
        group.column(i).path_in_schema: set(group.column(i).encodings) for i in range(group.num_columns)
    }
    for name in ("id", "at", "day"):
        assert "DELTA_BINARY_PACKED" in encodings[name]
        assert "RLE_DICTIONARY" not in encodings[name]
    for name in ("words", "tags.list.element"):
        assert "RLE_DICTIONARY" in encodings[name]
    assert "RLE_DICTIONARY" not in encodings["share"] | encodings["amount"]
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}


@every_format
def test_writers_work_side_by_side(file_format: FileFormat) -> None:
    """One in each thread, each with a file of its own."""
    lake = InMemoryLake()

    def write(table: int) -> int:
        batches = (_numbers(table * 100_000 + n * 500, 500) for n in range(20))
        (entry,) = write_files(lake, lambda _part: f"t{table}", batches, NUMBERS, file_format)
        return entry.rows

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(write, range(16))) == [10_000] * 16
    alone = InMemoryLake()
    for table in range(16):
        batches = (_numbers(table * 100_000 + n * 500, 500) for n in range(20))
        write_files(alone, lambda _part, table=table: f"t{table}", batches, NUMBERS, file_format)  # type: ignore[misc] # a default binds it
    assert lake.files == alone.files
