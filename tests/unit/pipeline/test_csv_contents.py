"""How a CSV file is looked at: in pieces, whatever stands in it."""

import tracemalloc
from pathlib import Path

import pytest

from streamvision.pipeline.load.csv_contents import BadCsvError, count_csv_rows

MEGABYTE = 1024 * 1024


def test_a_long_line_is_not_held_in_memory(tmp_path: Path) -> None:
    """A field of 60 MB takes no more than one of 6 would."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'"id","text"\r\n1,"' + b'x""\r\ny,' * (60 * MEGABYTE // 8) + b'"\r\n2,\r\n')
    count_csv_rows(path, ["id", "text"], compressed=False)
    tracemalloc.start()
    assert count_csv_rows(path, ["id", "text"], compressed=False) == 2
    (_, peak) = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 * MEGABYTE


def test_the_line_of_a_fault_is_that_which_an_editor_shows(tmp_path: Path) -> None:
    """Line breaks within quotes and in the names of columns count."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'"id","te\nxt"\r\n1,"a\nb\r\nc"\r\n2,"x"y"\r\n')
    with pytest.raises(BadCsvError) as refusal:
        count_csv_rows(path, ["id", "te\nxt"], compressed=False)
    assert refusal.value.line == 6


def test_lines_end_as_they_are_extracted_where_the_header_does_not_tell(tmp_path: Path) -> None:
    """A line break in a column's name would be taken for the end of the first line."""
    path = tmp_path / "a.csv"
    for name in ("a\nb", "a\rb", "\n"):
        path.write_bytes(f'"{name}"\n1\n'.encode())
        with pytest.raises(BadCsvError, match="its lines end in LF"):
            count_csv_rows(path, [name], compressed=False)
        path.write_bytes(f'"{name}"\r\n1\r\n'.encode())
        assert count_csv_rows(path, [name], compressed=False) == 1


def test_a_header_that_is_long_is_shown_in_part(tmp_path: Path) -> None:
    """A file that is all one line does not make an error of its size."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * MEGABYTE)
    with pytest.raises(BadCsvError) as refusal:
        count_csv_rows(path, [f"column_{number}" for number in range(1000)], compressed=False)
    assert len(refusal.value.what) < 1000
