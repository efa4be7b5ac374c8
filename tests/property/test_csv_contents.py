"""What the extract step writes as CSV is found whole; what is found whole has one reading only."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamvision.pipeline.extract.csv_files import CsvEncoder
from streamvision.pipeline.load import csv_contents
from streamvision.pipeline.load.csv_contents import BadCsvError, count_csv_rows
from tests.property.bounded import bounded

NAMES = ["id", "text"]
HEADER = b'"id","text"\r\n'
CHUNKS = st.integers(1, 40)
# PostgreSQL's text has no NUL and no half of a surrogate pair.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from('",\r\n'))
PIECES = st.lists(
    st.sampled_from(
        [b'"', b'""', b",", b"\r\n", b"\n", b"\r", b"a", b"\xc3\xa4", b"\xc3", b"\0", b'1,"a"\r\n']
    )
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where to write a file."""
    return tmp_path_factory.mktemp("csv") / "a.csv"


def _count(path: Path, content: bytes, chunk: int) -> int:
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_contents, "_CHUNK_BYTES", chunk)
        return count_csv_rows(path, NAMES, compressed=False)


@bounded(300)
@given(rows=st.lists(st.tuples(st.none() | st.integers(-9, 99), st.none() | TEXTS)), chunk=CHUNKS)
def test_what_was_extracted_is_whole(
    path: Path, rows: list[tuple[int | None, str | None]], chunk: int
) -> None:
    """Any text, however the file is cut into pieces."""
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    file = io.BytesIO()
    batch = pa.RecordBatch.from_pylist([dict(zip(NAMES, row, strict=True)) for row in rows], schema)
    CsvEncoder(file, schema).write([batch])  # type: ignore[arg-type] # it only writes
    assert _count(path, file.getvalue(), chunk) == len(rows)


@bounded(500)
@given(pieces=PIECES, chunk=CHUNKS)
def test_what_is_whole_has_one_reading(path: Path, pieces: list[bytes], chunk: int) -> None:
    """A strict reader finds as many rows, each with all fields; and where it is cut makes no difference."""
    content = HEADER + b"".join(pieces)
    outcomes = set()
    for size in (chunk, 1_000_000):
        try:
            outcomes.add(_count(path, content, size))
        except BadCsvError:
            outcomes.add(-1)
    (rows,) = outcomes
    if rows >= 0:
        read = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
        assert [len(row) for row in read] == [2] * (rows + 1)
        assert b"\0" not in content
