"""Every rule of a contract sends the rows that break it to quarantine, each with its reason, and no other."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from streamvision.domain.batch import FileFormat
from streamvision.domain.contract import Contract
from tests.contract.loaded import Loaded
from tests.fakes.building import (
    SNAPSHOT_AT,
    Row,
    column,
    contract,
    incoming_table,
    incoming_text,
    people,
    visits,
)

FORMATS: list[FileFormat] = ["parquet", "csv"]
ID = column("id", "bigint")

both_formats = pytest.mark.parametrize("file_format", FORMATS)


def _loaded(folder: Path, table: Contract, rows: list[Row], file_format: FileFormat) -> Loaded:
    loaded = Loaded(folder, incoming_table(folder / "lake", table, rows, file_format=file_format))
    account = loaded.accounts[table.table]
    assert account.balances
    assert account.extracted_rows == len(rows)
    assert account.quarantined_rows == len(loaded.broken(table.table))
    return loaded


@both_formats
def test_null_where_none_may_be(tmp_path: Path, file_format: FileFormat) -> None:
    """NULL breaks a column that is not nullable; empty text does not."""
    table = contract("t", ID, column("word", "text"), column("more", "text", nullable=True))
    rows: list[Row] = [{"id": 1, "word": None}, {"id": 2, "word": ""}, {"id": None, "word": "w"}]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [2]
    assert loaded.reasons("t") == [(0, "word_not_null", "word is NULL"), (2, "id_not_null", "id is NULL")]


@both_formats
def test_a_value_that_is_not_among_those_allowed(tmp_path: Path, file_format: FileFormat) -> None:
    """Upper and lower case differ, and NULL is none of the rule's business."""
    table = contract("t", ID, column("kind", "text", nullable=True, values=["film", "it's"]))
    kinds = ["film", "it's", "Film", "", None, "film "]
    rows: list[Row] = [{"id": number, "kind": kind} for number, kind in enumerate(kinds)]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [0, 1, 4]
    assert loaded.reasons("t") == [
        (2, "kind_values", "kind is Film"),
        (3, "kind_values", "kind is "),
        (5, "kind_values", "kind is film "),
    ]


@both_formats
def test_a_value_outside_its_bounds(tmp_path: Path, file_format: FileFormat) -> None:
    """Both bounds belong to what is allowed, and decimals are compared exactly."""
    table = contract("t", ID, column("rate", "numeric(5,4)", nullable=True, min=0, max=1))
    rates = ["0", "1", "-0.0001", "1.0001", "9.9999", None]
    rows: list[Row] = [
        {"id": number, "rate": None if rate is None else Decimal(rate)} for number, rate in enumerate(rates)
    ]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [0, 1, 5]
    assert loaded.reasons("t") == [
        (2, "rate_min", "rate is -0.0001"),
        (3, "rate_max", "rate is 1.0001"),
        (4, "rate_max", "rate is 9.9999"),
    ]


@both_formats
def test_text_that_does_not_match_its_pattern(tmp_path: Path, file_format: FileFormat) -> None:
    """The whole text must match, not a part of it."""
    table = contract("t", ID, column("country", "char(2)", nullable=True, pattern="[A-Z]{2}"))
    countries = ["DE", "de", "DEU", "D", "DE\n", None, "ÄÖ"]
    rows: list[Row] = [{"id": number, "country": country} for number, country in enumerate(countries)]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [0, 5]
    assert {rule for _, rule, _ in loaded.reasons("t")} == {"country_pattern"}
    assert loaded.reasons("t")[0][2] == "country is de"


@both_formats
def test_a_rule_over_the_row(tmp_path: Path, file_format: FileFormat) -> None:
    """What is false breaks it; what is unknown, for a NULL, does not."""
    table = contract(
        "t",
        ID,
        column("first", "integer", nullable=True),
        column("last", "integer", nullable=True),
        rules=[("in_order", "first <= last", "it's upside down")],
    )
    rows: list[Row] = [
        {"id": 1, "first": 1, "last": 2},
        {"id": 2, "first": 2, "last": 1},
        {"id": 3, "first": 2},
    ]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [1, 3]
    assert loaded.reasons("t") == [(1, "in_order", "it's upside down")]


@both_formats
def test_a_rule_may_look_at_the_moment_of_the_snapshot(tmp_path: Path, file_format: FileFormat) -> None:
    """A clock that runs ahead by more than the snapshot's UTC day is told."""
    table = contract(
        "t",
        ID,
        column("made_at", "timestamptz"),
        rules=[("past", "made_at < date_trunc('day', _snapshot_at) + interval '1 day'", "it lies ahead")],
    )
    midnight = datetime(2026, 3, 15, tzinfo=UTC)
    assert midnight > SNAPSHOT_AT
    rows: list[Row] = [
        {"id": 1, "made_at": midnight - timedelta(microseconds=1)},
        {"id": 2, "made_at": midnight},
    ]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [1]
    assert loaded.reasons("t") == [(1, "past", "it lies ahead")]


@both_formats
def test_a_repeated_key_keeps_the_first_good_row(tmp_path: Path, file_format: FileFormat) -> None:
    """A row that is broken anyway takes no other's place."""
    table = contract("t", ID, column("size", "integer", min=0))
    sizes = [(7, -1), (7, 1), (7, 2), (8, 1), (8, 1)]
    rows: list[Row] = [{"id": key, "size": size} for key, size in sizes]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.rows("t", "id, size") == [(7, 1), (8, 1)]
    assert loaded.reasons("t") == [
        (0, "size_min", "size is -1"),
        (2, "id_unique", "id of t is there already: 7"),
        (4, "id_unique", "id of t is there already: 8"),
    ]


@both_formats
def test_a_key_of_several_columns(tmp_path: Path, file_format: FileFormat) -> None:
    """Only all of them together repeat a row."""
    table = contract("t", column("a", "integer"), column("b", "text"), key=("a", "b"))
    rows: list[Row] = [{"a": a, "b": b} for a, b in [(1, "x"), (1, "y"), (2, "x"), (1, "x")]]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.rows("t", "a, b") == [(1, "x"), (1, "y"), (2, "x")]
    assert loaded.reasons("t") == [(3, "a_b_unique", "a, b of t is there already: 1, x")]


@both_formats
def test_a_unique_column(tmp_path: Path, file_format: FileFormat) -> None:
    """NULL repeats nothing, and upper and lower case differ."""
    table = contract("t", ID, column("email", "text", nullable=True, unique=True))
    emails = ["a@x", "A@x", "a@x", None, None]
    rows: list[Row] = [{"id": number, "email": email} for number, email in enumerate(emails)]
    loaded = _loaded(tmp_path, table, rows, file_format)
    assert loaded.ids("t") == [0, 1, 3, 4]
    assert loaded.reasons("t") == [(2, "email_unique", "email of t is there already: a@x")]


def test_the_first_row_is_the_first_in_the_order_of_the_files(tmp_path: Path) -> None:
    """The tenth file comes after the second, though its name sorts before."""
    table = contract("t", ID, column("part", "integer"))
    parts = []
    for part in range(12):
        row: Row = {"id": part if part != 10 else 2, "part": part}
        parts.append((part, incoming_table(tmp_path / str(part), table, [row])))
    whole = parts[0][1]
    files = tuple(
        type(whole.files[0])(
            f"raw/postgres/t/2026-03-14/t_20260314{f'_{part}' if part else ''}.parquet", p, 1
        )
        for part, p in ((part, written.files[0].path) for part, written in parts)
    )
    loaded = Loaded(tmp_path, type(whole)(table, "parquet", files, 1, "0" * 64))
    assert [(row.rule, row.row["part"]) for row in loaded.broken("t")] == [("id_unique", "10")]


@both_formats
def test_an_orphan(tmp_path: Path, file_format: FileFormat) -> None:
    """A reference to nothing breaks its row; NULL refers to nothing on purpose."""
    children = contract("visits", ID, column("person_id", "bigint", nullable=True, references="people.id"))
    loaded = Loaded(
        tmp_path,
        incoming_table(tmp_path, people(), [{"id": 1}], file_format=file_format),
        incoming_table(
            tmp_path,
            children,
            [{"id": 1, "person_id": 1}, {"id": 2, "person_id": 9}, {"id": 3}],
            file_format=file_format,
        ),
    )
    assert loaded.ids("visits") == [1, 3]
    assert loaded.reasons("visits") == [
        (1, "person_id_references", "person_id 9 is not a loaded id of people")
    ]
    assert loaded.kept == ["visits"]


@both_formats
def test_a_row_that_refers_to_a_quarantined_one(tmp_path: Path, file_format: FileFormat) -> None:
    """RAW has no row whose parent is in quarantine, over any number of tables."""
    named = contract("people", ID, column("name", "text"))
    grandchildren = contract("notes", ID, column("visit_id", "bigint", references="visits.id"))
    loaded = Loaded(
        tmp_path,
        incoming_table(
            tmp_path, named, [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}], file_format=file_format
        ),
        incoming_table(
            tmp_path,
            visits(),
            [{"id": 10, "person_id": 1}, {"id": 20, "person_id": 2}],
            file_format=file_format,
        ),
        incoming_table(
            tmp_path,
            grandchildren,
            [{"id": 100, "visit_id": 10}, {"id": 200, "visit_id": 20}],
            file_format=file_format,
        ),
    )
    assert [loaded.ids(table) for table in ("people", "visits", "notes")] == [[1], [10], [100]]
    assert loaded.reasons("notes") == [(1, "visit_id_references", "visit_id 20 is not a loaded id of visits")]
    assert [account.quarantined_rows for account in loaded.accounts.values()] == [1, 1, 1]
    assert all(account.balances for account in loaded.accounts.values())


def test_a_row_that_refers_to_a_quarantined_one_of_its_own_table(tmp_path: Path) -> None:
    """However long the chain is that leads to it."""
    tree = contract(
        "tree",
        ID,
        column("parent_id", "bigint", nullable=True, references="tree.id"),
        column("size", "integer", min=0),
    )
    rows: list[Row] = [
        {"id": 1, "size": -1},
        {"id": 2, "parent_id": 1, "size": 1},
        {"id": 3, "parent_id": 2, "size": 1},
        {"id": 4, "parent_id": 3, "size": 1},
        {"id": 5, "size": 1},
        {"id": 6, "parent_id": 5, "size": 1},
        {"id": 7, "parent_id": 7, "size": 1},
    ]
    loaded = _loaded(tmp_path, tree, rows, "parquet")
    assert loaded.ids("tree") == [5, 6, 7]


def test_parents_of_another_batch_do_not_count(tmp_path: Path) -> None:
    """A day is one picture; a person who was there yesterday is not there today."""
    loaded = Loaded(tmp_path, incoming_table(tmp_path, people(), [{"id": 1}]))
    again = Loaded(
        tmp_path / "other",
        incoming_table(tmp_path / "o", people(), []),
        incoming_table(tmp_path / "o", visits(), [{"id": 1, "person_id": 1}]),
    )
    assert loaded.ids("people") == [1]
    assert again.ids("visits") == []


def test_a_row_that_breaks_several_rules_is_told_of_all(tmp_path: Path) -> None:
    """It is one row in quarantine, under the first rule, with every reason."""
    table = contract(
        "t",
        ID,
        column("size", "integer", min=0),
        column("word", "text"),
        rules=[("sized", "size > id", "the size is not above the id")],
    )
    loaded = _loaded(tmp_path, table, [{"id": 5, "size": -1, "word": None}], "parquet")
    (row,) = loaded.broken("t")
    assert row.rule == "size_min"
    assert row.reason == "size is -1; word is NULL; the size is not above the id"


@pytest.mark.parametrize(
    "names",
    [
        ["reason", "rule", "source_file", "source_row", "name", "batch_id", "i", "b", "select", "broken"],
        ["filename"],
        ["file_row_number"],
    ],
)
def test_columns_named_like_the_warehouses_own(tmp_path: Path, names: list[str]) -> None:
    """The service may call its columns what it likes."""
    table = contract("t", ID, *(column(name, "text", nullable=True) for name in names))
    good: Row = {"id": 1} | {name: f"{name} 1" for name in names}
    bad: Row = {"id": None} | {name: f"{name} 2" for name in names}
    for file_format in FORMATS:
        loaded = _loaded(tmp_path / file_format, table, [good, bad], file_format)
        assert loaded.rows("t", ", ".join(f'"{name}"' for name in names)) == [
            tuple(f"{name} 1" for name in names)
        ]
        (row,) = loaded.broken("t")
        assert (row.rule, row.reason) == ("id_not_null", "id is NULL")
        assert dict(row.row) == bad


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("integer", "eight"),
        ("integer", "2147483648"),
        ("smallint", "32768"),
        ("bigint", "9223372036854775808"),
        ("boolean", "perhaps"),
        ("date", "2026-02-30"),
        ("date", "yesterday"),
        ("timestamptz", "2026-01-01T25:00:00Z"),
        ("numeric(5,2)", "1000.00"),
        ("numeric(5,2)", "much"),
        ("text[]", "[1"),
        ("text[]", "{a,b}"),
    ],
)
def test_text_that_is_no_value_of_its_type(tmp_path: Path, type_: str, text: str) -> None:
    """In a CSV file it breaks its row, also where NULL would be allowed."""
    table = contract("t", ID, column("value", type_, nullable=True), column("other", "text"))
    loaded = Loaded(tmp_path, incoming_text(tmp_path / "lake", table, [f'1,"{text}","a"', '2,,"b"']))
    assert loaded.ids("t") == [2]
    ((number, rule, reason),) = loaded.reasons("t")
    assert (number, rule) == (0, "readable")
    assert "cannot be read in its type: value" in reason


def test_text_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    """Quarantine shows the row whole: what could not be read is what people need to see."""
    table = contract("t", ID, column("score", "integer"), column("other", "text"))
    loaded = Loaded(tmp_path, incoming_text(tmp_path / "lake", table, ['1,"eight","a"']))
    (row,) = loaded.broken("t")
    assert dict(row.row) == {"id": "1", "score": "eight", "other": "a"}


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("integer", "1.5"),
        ("smallint", "0.4"),
        ("numeric(5,2)", "1.239"),
        ("numeric(5,2)", "999.999"),
        ("date", "2026-01-01 23:59:59"),
        ("timestamptz", "2026-01-01 10:00:00.1234567+00"),
        ("timestamptz", "2026-01-01 10:00:00"),
    ],
)
def test_text_is_never_rounded_or_guessed(tmp_path: Path, type_: str, text: str) -> None:
    """A value that would have to be changed to fit, or read by a guess, breaks its row."""
    table = contract("t", ID, column("value", type_))
    loaded = Loaded(tmp_path, incoming_text(tmp_path / "lake", table, [f'1,"{text}"']))
    assert loaded.rows("t", "id, value::varchar") == []
    assert [rule for _, rule, _ in loaded.reasons("t")] == ["readable"]


def test_quarantine_keeps_values_of_every_type(tmp_path: Path) -> None:
    """As text in which nothing is lost."""
    table = contract(
        "t",
        ID,
        column("word", "text"),
        column("amount", "numeric(9,3)", nullable=True),
        column("at", "timestamptz", nullable=True),
        column("day", "date", nullable=True),
        column("tags", "text[]", nullable=True),
        column("flag", "boolean", nullable=True),
    )
    row: Row = {
        "id": 1,
        "word": None,
        "amount": Decimal("1.500"),
        "at": datetime(2026, 3, 14, 1, 2, 3, 4, tzinfo=UTC),
        "day": date(2026, 3, 14),
        "tags": ["a", "", None, 'x"y'],
        "flag": True,
    }
    (kept,) = _loaded(tmp_path, table, [row], "parquet").broken("t")
    assert json.loads(json.dumps(dict(kept.row)))["amount"] == "1.500"
    assert kept.row["at"] == "2026-03-14 01:02:03.000004+00"
    assert (kept.row["day"], kept.row["flag"], kept.row["word"]) == ("2026-03-14", "true", None)
    assert "NULL" in str(kept.row["tags"])
