"""The text of CSV files, as any other reader of RFC 4180 sees it."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from streamvision.domain.contract import Contract
from streamvision.pipeline.extract.files import write_files
from tests.fakes.building import Row, arrow_table, column, contract
from tests.fakes.lake import InMemoryLake

THINGS = contract(
    "things",
    column("id", "bigint"),
    column("words", "text", nullable=True),
    column("tags", "text[]", nullable=True),
)


def _text(table: Contract, *rows: Row) -> str:
    lake = InMemoryLake()
    written = arrow_table(table, rows)
    (entry,) = write_files(lake, lambda _part: "a.csv", iter(written.to_batches()), written.schema, "csv")
    assert entry.rows == len(rows)
    return lake.files["a.csv"].decode()


def test_the_header_names_the_columns() -> None:
    """The first line is the columns' names."""
    assert _text(THINGS, {"id": 1}).splitlines()[0] == '"id","words","tags","_unfit"'


def test_null_and_the_empty_string_differ() -> None:
    """NULL is nothing at all, empty text a pair of quotes."""
    assert _text(THINGS, {"id": 1, "words": None}).splitlines()[1] == "1,,,"
    assert _text(THINGS, {"id": 1, "words": ""}).splitlines()[1] == '1,"",,'


@pytest.mark.parametrize(
    "words", ['say "this"', "one\ntwo", "one\r\ntwo", "a,b", " spaced ", "NULL", "\\N", "😀", '"', "'; --"]
)
def test_text_comes_back_from_another_reader(words: str) -> None:
    """Quotes are doubled, and what stands between quotes may be anything."""
    text = _text(THINGS, {"id": 1, "words": words}, {"id": 2, "words": "next"})
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[1:] == [["1", words, "", ""], ["2", "next", "", ""]]


@pytest.mark.parametrize("tags", [[], ["a"], [None], ["", None, 'x"y', "a,b", "ä\n😀"]])
def test_lists_are_json(tags: list[str | None]) -> None:
    """A list can be told from NULL, and NULL within it from empty text."""
    text = _text(THINGS, {"id": 1, "words": "w", "tags": tags})
    (row,) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert json.loads(row[2]) == tags


def test_values_are_written_in_full() -> None:
    """No digit of a decimal or a moment is lost."""
    table = contract(
        "values",
        column("id", "bigint"),
        column("amount", "numeric(12,3)"),
        column("moment", "timestamptz"),
        column("day", "date"),
        column("flag", "boolean"),
    )
    text = _text(
        table,
        {
            "id": -(2**63),
            "amount": Decimal("123456789.120"),
            "moment": datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),
            "day": date(1, 1, 1),
            "flag": False,
        },
    )
    assert text.splitlines()[1] == (
        "-9223372036854775808,123456789.120,2026-03-29 01:30:00.000001+00,0001-01-01,false,"
    )


def test_many_rows_are_all_there() -> None:
    """What fills more than one of the writer's buffers comes out whole and in order."""
    rows: list[Row] = [{"id": number, "words": "x" * (number % 97), "tags": []} for number in range(5000)]
    read = list(csv.reader(io.StringIO(_text(THINGS, *rows), newline="")))
    assert read[1:] == [[str(row["id"]), str(row["words"]), "[]", ""] for row in rows]


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("double precision", 1e15, "1e+15"),
        ("double precision", 123456789012345.0, "123456789012345"),
        ("double precision", 0.0001, "0.0001"),
        ("double precision", 1e-05, "1e-05"),
        ("double precision", 5.0, "5"),
        ("double precision", -0.0, "-0"),
        ("double precision", float("nan"), "NaN"),
        ("double precision", float("-inf"), "-Infinity"),
        ("real", 1e6, "1e+06"),
        ("real", 0.1, "0.1"),
        ("real", 1427480064.0, "1.4274801e+09"),
        ("numeric(20,8)", Decimal("0E-8"), "0.00000000"),
        ("numeric(20,8)", Decimal("-0.00000001"), "-0.00000001"),
        ("timestamptz", datetime(2026, 3, 29, 1, 30, 0, 500_000, tzinfo=UTC), "2026-03-29 01:30:00.5+00"),
        ("timestamp", datetime(2026, 3, 29, 10, 0), "2026-03-29 10:00:00"),  # noqa: DTZ001 - has no zone
        ("bytea", b"\x00\xffA", '"\\x00ff41"'),
        ("bytea", b"", '"\\x"'),
        ("boolean", True, "true"),
    ],
)
def test_values_are_written_as_the_source_writes_them(type_: str, value: object, text: str) -> None:
    """Without a zero too many or too few, and without quotes where they are no text."""
    table = contract("values", column("value", type_), key=())
    assert _text(table, {"value": value}).split("\r\n")[1].removesuffix(",") == text


def test_lines_end_as_rfc_4180_has_it() -> None:
    """By CRLF, the last one too; line ends within a text stay what they are."""
    assert _text(THINGS, {"id": 1, "words": "a\nb"}, {"id": 2}) == (
        '"id","words","tags","_unfit"\r\n1,"a\nb",,\r\n2,,,\r\n'
    )


def test_quotes_in_a_columns_name_are_doubled() -> None:
    """The header is CSV too."""
    schema = pa.schema([pa.field('a"b,c', pa.int64())])
    lake = InMemoryLake()
    write_files(lake, lambda _part: "a.csv", [], schema, "csv")
    assert lake.files["a.csv"] == b'"a""b,c"\r\n'


def test_parts_of_columns_are_written_from_their_place() -> None:
    """A batch that is a slice of another has its own rows in every type."""
    table = contract(
        "values", column("id", "bigint"), column("raw", "bytea", nullable=True), column("tags", "text[]")
    )
    rows: list[Row] = [{"id": n, "raw": bytes([n]) if n % 2 else None, "tags": [str(n)]} for n in range(6)]
    whole = arrow_table(table, rows).to_batches()[0]
    lake = InMemoryLake()
    write_files(lake, lambda _part: "a.csv", [whole.slice(3, 2)], whole.schema, "csv")
    assert lake.files["a.csv"].decode().split("\r\n")[1:3] == [
        '3,"\\x03","[""3""]",', '4,,"[""4""]",'
    ]  # fmt: skip
