"""Writes rows as CSV, as RFC 4180 has it: a header, CRLF after each line, quotes doubled within quotes.

Text is always in quotes, so that the empty text (`""`) differs from NULL, which is nothing at all. All other
values stand bare, as the source writes them.
"""

import gzip
import io
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from streamvision.pipeline.extract.source_text import TEXT, source_text, together

_LINE_END = "\r\n"
# What is turned into text at once; several copies of it are in memory meanwhile.
_PIECE_ROWS = 16_384
_PIECE_BYTES = 2 * 1024 * 1024
# Twice the speed of the usual level 6, for files a tenth larger.
_GZIP_LEVEL = 3
_IN_QUOTES: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_string,
    pa.types.is_binary,
    pa.types.is_list,
)


class CsvEncoder:
    """Write record batches as CSV into a file, which it does not close."""

    def __init__(self, file: io.RawIOBase | gzip.GzipFile, schema: pa.Schema) -> None:
        """Write the header."""
        self._file = file
        header = ",".join('"' + name.replace('"', '""') + '"' for name in schema.names)
        file.write((header + _LINE_END).encode())

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Write rows."""
        for batch in batches:
            for piece in _pieces(batch):
                self._file.write(_lines(piece))

    def close(self) -> None:
        """Have everything written."""


class GzipCsvEncoder(CsvEncoder):
    """Write CSV compressed by gzip; the same rows give the same bytes."""

    def __init__(self, file: io.RawIOBase, schema: pa.Schema) -> None:
        """Write the header."""
        self._gzip = gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0)
        super().__init__(self._gzip, schema)

    def close(self) -> None:
        """Have everything written."""
        self._gzip.close()


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    parts = batch.nbytes // _PIECE_BYTES + 1
    rows = max(1, min(_PIECE_ROWS, batch.num_rows // parts))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _lines(batch: pa.RecordBatch) -> memoryview:
    columns = [_in_quotes(column) for column in batch.columns]
    rows = pc.binary_join_element_wise(
        *columns, pa.scalar(",", TEXT), null_handling="replace", null_replacement=""
    )
    lines = together(rows, _LINE_END)
    # The lines stand one after the other in Arrow's memory, which is what is wanted.
    return memoryview(lines.buffers()[2])


def _in_quotes(values: pa.Array) -> pa.Array:
    texts = source_text(values)
    if not any(is_of_kind(values.type) for is_of_kind in _IN_QUOTES):
        return texts
    if pc.any(pc.match_substring(texts, '"')).as_py():
        texts = pc.replace_substring(texts, '"', '""')
    return together('"', texts, '"')
