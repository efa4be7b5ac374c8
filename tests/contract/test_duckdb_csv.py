"""How CSV files are read: text in quotes is only text, and no value is guessed at."""

from pathlib import Path

import duckdb
import pytest

from streamvision.adapters.warehouse.duckdb import csv_text
from streamvision.adapters.warehouse.duckdb.csv_text import csv_scan
from streamvision.adapters.warehouse.duckdb.incoming import UNREADABLE, VIEW, show_incoming
from streamvision.domain.changes import COMMIT_LSN, COMMITTED_AT, MOVED_FROM, OPERATION, POSITION
from streamvision.ports.warehouse import IncomingTable
from tests.fakes.building import Row, column, contract, incoming_table, incoming_text

ID = column("id", "bigint")


def _shown(table: IncomingTable, columns: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        show_incoming(connection, table)
        return connection.execute(f"select {columns} from {VIEW} order by _source_row").fetchall()  # noqa: S608 - a test's own


def _read(folder: Path, type_: str, text: str) -> tuple[object, ...]:
    """Return the value of a text as DuckDB writes it, and whether it could be read."""
    table = contract("t", ID, column("value", type_, nullable=True))
    in_quotes = text.replace('"', '""')
    ((value, unreadable),) = _shown(
        incoming_text(folder, table, [f'1,"{in_quotes}"']), f"value::varchar, {UNREADABLE}"
    )
    return value, unreadable == []


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("smallint", "-32768", "-32768"),
        ("real", "1e-45", "1e-45"),
        ("real", "-Infinity", "-inf"),
        ("double precision", "4.9406564584124654e-324", "5e-324"),
        ("double precision", "NaN", "nan"),
        ("double precision", "-0", "-0.0"),
        ("numeric(4,3)", "-9.999", "-9.999"),
        ("numeric(4,4)", "0.0001", ".0001"),
        ("date", "0044-03-15 BC", "0044-03-15 (BC)"),
        ("date", "5874897-12-31", "5874897-12-31"),
        ("date", "-infinity", "-infinity"),
        ("timestamp", "0044-03-15 01:02:03.4 BC", "0044-03-15 (BC) 01:02:03.4"),
        ("timestamptz", "0044-03-15 01:02:03+00 BC", "0044-03-15 (BC) 01:02:03+00"),
        ("timestamptz", "12026-01-02 03:04:05.678901+00", "12026-01-02 03:04:05.678901+00"),
        ("timestamptz", "2026-01-01 10:00:00Z", "2026-01-01 10:00:00+00"),
        ("timestamptz(3)", "2026-01-01 10:00:00.123+05:30", "2026-01-01 04:30:00.123+00"),
        ("timestamptz", "infinity", "infinity"),
        ("bytea", "\\x", ""),
        ("bytea", "\\x00ff41", "\\x00\\xFFA"),
        ("text[]", '["a", null, "\\"", ""]', "[a, NULL, '\"', '']"),
        ("numeric", "1e5 or anything", "1e5 or anything"),
        ("interval", "1 mon -00:00:01", "1 mon -00:00:01"),
    ],
)
def test_the_sources_text_is_read_as_it_is(tmp_path: Path, type_: str, text: str, value: str) -> None:
    """In every type's own form; types without an exact one stay text."""
    assert _read(tmp_path, type_, text) == (value, True)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("bigint", "1 "),
        ("bigint", "+1"),
        ("bigint", "0x10"),
        ("real", "1e39"),
        ("real", "1e-60"),
        ("double precision", "1e400"),
        ("double precision", "1e-400"),
        ("double precision", "inf"),
        ("double precision", "1_0"),
        ("numeric(4,3)", "10.000"),
        ("numeric(4,3)", "NaN"),
        ("boolean", "t"),
        ("boolean", "TRUE"),
        ("date", "0000-01-01"),
        ("date", "2026-1-1"),
        ("date", "2026-02-30"),
        ("date", "2026-01-01 (BC)"),
        ("date", "Infinity"),
        ("timestamp", "2026-01-01 24:00:00"),
        ("timestamp", "2026-01-01 10:00:00+02"),
        ("timestamp", "2026-01-01 10:00"),
        ("timestamptz", "2026-01-01 10:00:00"),
        ("timestamptz", "294277-01-01 00:00:00+00"),
        ("bytea", "\\x0"),
        ("bytea", "\\xZZ"),
        ("bytea", "abc"),
        ("text[]", "[1]"),
        ("text[]", '["a", true]'),
        ("text[]", '[["a"]]'),
        ("text[]", '{"a": 1}'),
        ("text[]", '"a"'),
        ("text[]", "null"),
        ("smallint", ""),
    ],
)
def test_text_of_another_form_is_no_value(tmp_path: Path, type_: str, text: str) -> None:
    """It is not rounded, cut, or taken for something like it."""
    assert _read(tmp_path, type_, text) == (None, False)


def test_technical_columns_have_their_types(tmp_path: Path) -> None:
    """Those of changes, as the log tells them."""
    moved: list[Row] = [{"id": 1, OPERATION: "delete"}, {"id": 2, OPERATION: "update", MOVED_FROM: 1}]
    table = incoming_table(tmp_path, contract("t", ID), moved, file_format="csv", mode="changes")
    columns = f"{OPERATION}, {COMMIT_LSN} + 0, {POSITION}, {MOVED_FROM}, typeof({COMMITTED_AT})"
    assert _shown(table, columns) == [
        ("delete", 1001, 1, None, "TIMESTAMP WITH TIME ZONE"),
        ("update", 1002, 2, 1, "TIMESTAMP WITH TIME ZONE"),
    ]


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_either_line_end_is_read(tmp_path: Path, line_end: str) -> None:
    """Ours, and that of files made by hand; within quotes both are text."""
    path = tmp_path / "a.csv"
    lines = ['"id","t"', '1,"a\nb\r\nc"', '2,""', "3,", ""]
    path.write_bytes(line_end.join(lines).encode())
    with duckdb.connect() as connection:
        found = connection.execute(f"from {csv_scan(path, ['id', 't'])}").fetchall()
    assert found == [("1", "a\nb\r\nc"), ("2", ""), ("3", None)]


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\r\nb", "\n"])
def test_a_line_break_in_the_name_of_a_column_is_part_of_it(tmp_path: Path, name: str) -> None:
    """The header's lines are not the file's."""
    path = tmp_path / "a.csv"
    path.write_bytes(f'"id","{name}"\r\n1,"x\ny"\r\n2,\r\n'.encode())
    with duckdb.connect() as connection:
        found = connection.execute(f"from {csv_scan(path, ['id', name])}").fetchall()
    assert found == [("1", "x\ny"), ("2", None)]


def test_lines_of_one_column_that_is_null_are_rows(tmp_path: Path) -> None:
    """An empty line is one."""
    table = contract("t", column("word", "text", nullable=True), key=())
    rows: list[Row] = [{"word": None}, {"word": ""}, {"word": None}, {"word": "a"}, {"word": None}]
    incoming = incoming_table(tmp_path, table, rows, file_format="csv")
    assert _shown(incoming, "word") == [(None,), ("",), (None,), ("a",), (None,)]


def test_text_that_looks_like_rows_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a file of many buffers, in whose middle readers of several threads would begin."""
    monkeypatch.setattr(csv_text, "_LONGEST_LINE", 1_000_000)
    evil = '\r\n9,"x"\r\n8,"y'
    table = contract("t", ID, column("text", "text"))
    texts = [evil * (number % 60) + '","\r\n5,""' for number in range(60_000)]
    rows: list[Row] = [{"id": number, "text": text} for number, text in enumerate(texts)]
    incoming = incoming_table(tmp_path, table, rows, file_format="csv")
    with duckdb.connect() as connection:
        connection.execute("set threads = 4")
        show_incoming(connection, incoming)
        found = connection.table(VIEW).order("_source_row").project("id, text, _source_row").fetchall()
    assert found == [(number, text, number) for number, text in enumerate(texts)]
