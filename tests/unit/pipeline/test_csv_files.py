"""The text of CSV files, as any other reader of RFC 4180 sees it."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

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
