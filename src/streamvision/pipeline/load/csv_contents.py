"""Reads a CSV file only to see whether its form is right, in pieces, whatever the length of a line.

The form is that of the extract step: a header, each line ended alike, text within quotes that are doubled
inside. An engine that reads another form guesses, and each engine guesses otherwise.
"""

import codecs
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

LONGEST_LINE = 256 * 1000 * 1000
"""The bytes of the longest line; a line is a row, which a warehouse holds in memory whole."""
_CHUNK_BYTES = 1024 * 1024
_SHOWN_BYTES = 300
_BOM = codecs.BOM_UTF8
_QUOTE, _COMMA, _RETURN, _FEED, _NUL = b'"', b",", b"\r", b"\n", b"\0"
_IS_MARK = np.zeros(256, dtype=np.bool_)
_IS_MARK[list(b'",\r\n')] = True
_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]
_Fault = tuple[int, str]
"""Where something is wrong, in a chunk, and what."""


class BadCsvError(Exception):
    """Say what is wrong with a file, and in which line, from 1; 0 where no line can be named."""

    def __init__(self, what: str, line: int) -> None:
        """Keep both."""
        super().__init__(what)
        self.what, self.line = what, line


def count_csv_rows(path: Path, names: Sequence[str], *, compressed: bool) -> int:
    """Return how many rows a file has beside its header, every byte of it having been looked at.

    Args:
        path: the file.
        names: the columns that it must have.
        compressed: whether it is compressed by gzip.

    Raises:
        BadCsvError: when it has another header, a line of other fields, a quote where none may stand or none
            where one must, a line end unlike the others, a byte that no text has, or ends too early.

    """
    try:
        with gzip.open(path, "rb") if compressed else path.open("rb") as opened:
            file = cast("BinaryIO", opened)
            body = _Body(file, names)
            while chunk := file.read(_CHUNK_BYTES):
                body.take(chunk)
            return body.end()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadCsvError(f"it is no whole gzip file ({error})", 0) from error


class _Body:
    """Follow the lines after the header, chunk by chunk."""

    def __init__(self, file: BinaryIO, names: Sequence[str]) -> None:
        header = _read_header(file, names)
        self._line_end = header.line_end
        self._commas_per_line = len(names) - 1
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._lines_before = header.lines
        self._rows = 0
        # What the chunks before have left: the byte they ended with, and the state of the line begun.
        self._last = _FEED
        self._is_quoted = False
        self._quote_line = 0
        self._commas = 0
        self._length = 0

    def take(self, chunk: bytes) -> None:
        """Look at the bytes that come next."""
        # What a quote or a line end is can depend on the byte before, so that stands in front.
        content = np.frombuffer(self._last + chunk, dtype=np.uint8)
        marks = np.flatnonzero(_IS_MARK[content[1:]]) + 1
        kinds = content[marks]
        is_quote = kinds == _QUOTE[0]
        quoted = (np.cumsum(is_quote) + self._is_quoted) % 2 == 1
        outside = ~quoted & ~is_quote
        faults = [
            *self._text_faults(chunk),
            *self._quote_faults(content, marks[is_quote], quoted[is_quote]),
            *self._line_end_faults(content, marks[outside], kinds[outside]),
            *self._field_faults(content, marks[outside], kinds[outside]),
        ]
        if faults:
            place, what = min(faults)
            raise BadCsvError(what, self._line_at(content, place))
        if len(quoted):
            self._is_quoted = bool(quoted[-1])
        self._last = chunk[-1:]
        self._lines_before += chunk.count(_FEED)

    def end(self) -> int:
        """Return how many rows there were."""
        line = self._lines_before + 1
        if self._is_quoted:
            raise BadCsvError("a quote that was opened is never closed", self._quote_line)
        try:
            self._text.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise BadCsvError("it ends in the middle of a character", line) from error
        if self._length:
            raise BadCsvError("it ends in the middle of a line", line)
        return self._rows

    def _text_faults(self, chunk: bytes) -> Iterator[_Fault]:
        """See that the bytes are text."""
        if (place := chunk.find(_NUL)) >= 0:
            yield place + 1, "it has a NUL byte, which no text has"
        pending = len(self._text.getstate()[0])
        try:
            self._text.decode(chunk)
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            yield max(error.start - pending, 0) + 1, f"it is not UTF-8 (the byte {byte:#04x})"

    def _quote_faults(self, content: _Bytes, quotes: _Places, opens: _Flags) -> Iterator[_Fault]:
        """See that a quote opens where a field begins and closes where one ends; doubled, it does both."""
        wrong = quotes[opens & ~np.isin(content[quotes - 1], list(b'",\n'))]
        closing = quotes[~opens]
        if self._last == _QUOTE and not self._is_quoted:
            closing = np.concatenate(([0], closing))
        closing = closing[closing + 1 < len(content)]
        wrong = np.concatenate((wrong[:1], closing[~_IS_MARK[content[closing + 1]]][:1]))
        for place in wrong:
            yield int(place), "a quote stands within a field, where it must be doubled"
        if len(quotes) and opens[-1]:
            self._quote_line = self._line_at(content, int(quotes[-1]))

    def _line_end_faults(self, content: _Bytes, marks: _Places, kinds: _Bytes) -> Iterator[_Fault]:
        """See that lines end as the header does."""
        feeds, returns = marks[kinds == _FEED[0]], marks[kinds == _RETURN[0]]
        wrong = feeds[(content[feeds - 1] == _RETURN[0]) != (self._line_end == b"\r\n")]
        if self._last == _RETURN and not self._is_quoted:
            returns = np.concatenate(([0], returns))
        returns = returns[returns + 1 < len(content)]
        wrong = np.concatenate((wrong[:1], returns[content[returns + 1] != _FEED[0]][:1]))
        for place in wrong:
            yield int(place), "a line ends unlike the header"

    def _field_faults(self, content: _Bytes, marks: _Places, kinds: _Bytes) -> Iterator[_Fault]:
        """See that each line has as many fields as the header and is not too long, and count the lines."""
        is_end = kinds == _FEED[0]
        ends = marks[is_end]
        commas = np.cumsum(kinds == _COMMA[0])
        # The first line of the chunk began before it, and the last goes on after it.
        per_line = np.diff(commas[is_end], prepend=-self._commas)
        for line in np.flatnonzero(per_line != self._commas_per_line)[:1]:
            yield int(ends[line]), f"it has {per_line[line] + 1} fields, expected {self._commas_per_line + 1}"
        length = self._length + (int(ends[0]) if len(ends) else len(content) - 1)
        if length > LONGEST_LINE:
            yield 1, f"a line is longer than {LONGEST_LINE:,} bytes"
        total = int(commas[-1]) if len(commas) else 0
        if len(ends):
            self._rows += len(ends)
            self._commas = total - int(commas[is_end][-1])
            self._length = len(content) - 1 - int(ends[-1])
        else:
            self._commas += total
            self._length = length

    def _line_at(self, content: _Bytes, place: int) -> int:
        """Return the line of a place in the content, of which the first byte is of the chunk before."""
        return self._lines_before + 1 + int(np.count_nonzero(content[1:place] == _FEED[0]))


@dataclass(frozen=True)
class _Header:
    line_end: bytes
    lines: int


def _read_header(file: BinaryIO, names: Sequence[str]) -> _Header:
    """Read the header, which must be exactly that of these columns."""
    expected = ",".join('"' + name.replace('"', '""') + '"' for name in names).encode()
    found = _read_exactly(file, len(_BOM))
    if found == _BOM:
        raise BadCsvError("it begins with a byte order mark (BOM)", 1)
    found += _read_exactly(file, len(expected) - len(found))
    end = file.read(1)
    if end == _RETURN:
        end += file.read(1)
    if found != expected or end not in {b"\r\n", b"\n"}:
        found += end + _read_exactly(file, _SHOWN_BYTES)
        raise BadCsvError(f"its header is {_shown(found)}, expected {_shown(expected)}", 1)
    lines = expected.count(_FEED) + 1
    if end == _FEED and any(name.splitlines() != [name] for name in names):
        # No engine can tell by the first line how lines end, so it must be told, and is told of CRLF.
        raise BadCsvError(
            "its lines end in LF, but where a column's name has a line break they end in CRLF", lines
        )
    return _Header(end, lines)


def _shown(header: bytes) -> str:
    line = header.partition(_FEED)[0].rstrip(_RETURN)
    text = line[:_SHOWN_BYTES].decode(errors="backslashreplace")
    return (text if len(line) <= _SHOWN_BYTES else f"{text}...") or "empty"


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    """Read as many bytes as there are, up to a size; a compressed file may give them piece by piece."""
    content = b""
    while len(content) < size and (piece := file.read(size - len(content))):
        content += piece
    return content
