"""Whatever is wrong with a row: it goes to quarantine whole, with its reason and place, and no other does.

Of every table, the rows extracted are those loaded and those in quarantine.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from streamvision.domain.batch import FileFormat
from streamvision.domain.changes import UNFIT
from streamvision.domain.contract import Contract
from tests.fakes.building import BATCH, Row, column, contract
from tests.integration.loading.day import Day

FORMATS: list[FileFormat] = ["parquet", "csv", "csv.gz"]
STUDIOS: list[Row] = [{"id": 1, "name": "North"}, {"id": None, "name": "Nowhere"}]
GOOD: Row = {
    "id": 1,
    "code": "a1",
    "studio_id": 1,
    "title": "Dawn",
    "kind": "film",
    "score": 3.5,
    "price": Decimal("9.99"),
    "released_on": date(2026, 1, 2),
    "added_at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    "ends_at": datetime(2026, 2, 2, tzinfo=UTC),
}
OTHER: Row = dict(GOOD) | {"id": 2, "code": "b2", "ends_at": None}
LAST: Row = dict(GOOD) | {"id": 3, "code": "c3", "title": ""}


def _studios() -> Contract:
    return contract("studios", column("id", "bigint"), column("name", "text"))


def _films() -> Contract:
    return contract(
        "films",
        column("id", "bigint", min=1, max=1000),
        column("code", "text", unique=True, pattern="[a-z][0-9]"),
        column("studio_id", "bigint", nullable=True, references="studios.id"),
        column("title", "text"),
        column("kind", "text", nullable=True, values=["film", "series"]),
        column("score", "double precision", nullable=True, min=0, max=5),
        column("price", "numeric(4,2)", nullable=True, min=0),
        column("released_on", "date", nullable=True),
        column("added_at", "timestamptz", nullable=True),
        column("ends_at", "timestamptz", nullable=True),
        rules=[
            ("ends_after_added", "ends_at > added_at", "it ends before it was added"),
            ("added_before_now", "added_at <= _snapshot_at", "it was added in the future"),
            (
                "released_lately",
                "released_on between date '1890-01-01' and date '2100-01-01'",
                "no such year",
            ),
        ],
    )


@dataclass(frozen=True)
class Case:
    """Say what of a row is wrong, and how quarantine tells it; `shown` is what of the row must be kept."""

    name: str
    wrong: Row
    rule: str
    reason: str
    shown: dict[str, str | None] = field(default_factory=dict)


CASES = [
    Case("key_null", {"id": None}, "id_not_null", "id is NULL", {"id": None, "code": "b2"}),
    Case("key_repeated", {"id": 1}, "id_unique", "id of films is there already: 1"),
    Case("key_too_low", {"id": -7}, "id_min", "id is -7", {"id": "-7"}),
    Case("key_too_high", {"id": 2**63 - 1}, "id_max", f"id is {2**63 - 1}"),
    Case("unique_value_repeated", {"code": "a1"}, "code_unique", "code of films is there already: a1"),
    Case("pattern_not_matched", {"code": "B2"}, "code_pattern", "code is B2"),
    Case("pattern_matched_in_part", {"code": "b2\n"}, "code_pattern", "code is b2\n", {"code": "b2\n"}),
    Case("null_where_none_may_be", {"title": None}, "title_not_null", "title is NULL"),
    Case("orphan", {"studio_id": 9}, "studio_id_references", "studio_id 9 is not a loaded id of studios"),
    Case("value_not_allowed", {"kind": "opera"}, "kind_values", "kind is opera"),
    Case("value_allowed_but_for_a_space", {"kind": "film "}, "kind_values", "kind is film "),
    Case("value_empty", {"kind": ""}, "kind_values", "kind is ", {"kind": ""}),
    Case("number_too_low", {"score": -0.5}, "score_min", "score is -0.5"),
    Case("number_too_high", {"score": 5.000000000000001}, "score_max", "score is 5.000000000000001"),
    Case("not_a_number", {"score": nan}, "score_max", "score is nan"),
    Case("infinite", {"score": inf}, "score_max", "score is inf"),
    Case("infinite_below", {"score": -inf}, "score_min", "score is -inf"),
    Case("money_negative", {"price": Decimal("-0.01")}, "price_min", "price is -0.01"),
    Case(
        "number_out_of_the_types_range",
        {"price": None, UNFIT: json.dumps({"price": "100.00"})},
        "exact",
        "cannot be held exactly: price is 100.00",
        {"price": "100.00"},
    ),
    Case(
        "number_that_is_none",
        {"price": None, UNFIT: json.dumps({"price": "NaN"})},
        "exact",
        "cannot be held exactly: price is NaN",
        {"price": "NaN"},
    ),
    Case("date_too_early", {"released_on": date(1, 1, 1)}, "released_lately", "no such year"),
    Case("date_too_late", {"released_on": date(9999, 12, 31)}, "released_lately", "no such year"),
    Case(
        "moment_infinite",
        {"added_at": None, UNFIT: json.dumps({"added_at": "infinity"})},
        "exact",
        "cannot be held exactly: added_at is infinity",
        {"added_at": "infinity"},
    ),
    Case(
        "moment_before_christ",
        {"added_at": None, UNFIT: json.dumps({"added_at": "0044-03-15 00:00:00+00 BC"})},
        "exact",
        "cannot be held exactly: added_at is 0044-03-15 00:00:00+00 BC",
    ),
    Case(
        "moment_in_the_future",
        {"added_at": datetime(2026, 3, 15, tzinfo=UTC), "ends_at": None},
        "added_before_now",
        "it was added in the future",
    ),
    Case(
        "rule_broken",
        {"ends_at": datetime(2025, 1, 1, tzinfo=UTC)},
        "ends_after_added",
        "it ends before it was added",
    ),
    Case(
        "several_at_once",
        {"title": None, "kind": "opera", "score": nan},
        "title_not_null",
        "title is NULL; kind is opera; score is nan",
    ),
]


def _all_but(day: Day, bad: int, loaded: int, table: str) -> None:
    """See that a table is accounted for, and that the lake keeps what is in quarantine."""
    account = day.load()[table]
    assert account.extracted_rows == loaded + bad
    assert (account.loaded_rows, account.quarantined_rows) == (loaded, bad)
    kept = pq.read_table(day.root / BATCH.quarantine_key(table))
    assert kept.num_rows == bad
    (status,) = [each for each in day.warehouse.accounts() if each.table == table]
    assert status == account


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_row_goes_to_quarantine(tmp_path: Path, case: Case, file_format: FileFormat) -> None:
    """Between two good ones, in every format."""
    bad = dict(OTHER) | dict(case.wrong)
    day = Day(tmp_path, [(_studios(), STUDIOS[:1]), (_films(), [GOOD, bad, LAST])], file_format)
    _all_but(day, 1, 2, "films")
    (row,) = day.quarantined("films")
    assert (row.rule, row.reason) == (case.rule, case.reason)
    assert (row.batch_id, row.source_file, row.source_row) == (BATCH.id, day.key("films"), 1)
    expected = {"code": str(bad["code"]), "title": bad["title"]} | case.shown
    assert {name: row.row[name] for name in expected} == expected
    assert set(row.row) >= set(_films().column_names)
    assert day.query("select id, title, ends_at is null from raw.films order by 1") == [
        (1, "Dawn", False),
        (3, "", False),
    ]


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_refers_to_a_quarantined_row_goes_there_too(tmp_path: Path, file_format: FileFormat) -> None:
    """Though its parent stands in the files."""
    studios: list[Row] = [{"id": 1, "name": "North"}, {"id": 2, "name": None}]
    films: list[Row] = [GOOD, dict(OTHER) | {"studio_id": 2}]
    day = Day(tmp_path, [(_studios(), studios), (_films(), films)], file_format)
    _all_but(day, 1, 1, "films")
    ((studio,), (film,)) = day.quarantined("studios"), day.quarantined("films")
    assert (studio.rule, film.rule) == ("name_not_null", "studio_id_references")
    assert film.reason == "studio_id 2 is not a loaded id of studios"


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_key_that_is_not_a_number_is_one_value(tmp_path: Path, file_format: FileFormat) -> None:
    """The source holds it once at most, as it does any other key: so it is loaded, and its like is not."""
    table = contract("t", column("id", "double precision"), column("n", "integer"))
    rows: list[Row] = [{"id": key, "n": n} for n, key in enumerate([nan, 1.0, nan, inf, -inf, inf])]
    day = Day(tmp_path, [(table, rows)], file_format)
    _all_but(day, 2, 4, "t")
    assert day.query("select n from raw.t order by n") == [(0,), (1,), (3,), (4,)]
    assert day.query("select n from raw.t__versions order by n") == [(0,), (1,), (3,), (4,)]
    assert [(row.rule, row.reason, row.source_row) for row in day.quarantined("t")] == [
        ("id_unique", "id of t is there already: nan", 2),
        ("id_unique", "id of t is there already: inf", 5),
    ]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_of_nothing_but_bad_rows_is_accounted_for(tmp_path: Path, file_format: FileFormat) -> None:
    """None is loaded and none is lost."""
    day = Day(tmp_path, [(_studios(), [STUDIOS[1]] * 5)], file_format)
    _all_but(day, 5, 0, "studios")
    assert [row.source_row for row in day.quarantined("studios")] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("whole", "1.5"),
        ("whole", "1,5"),
        ("whole", "1e3"),
        ("whole", "0x1F"),
        ("whole", " 7"),
        ("whole", "2147483648"),
        ("whole", "null"),
        ("whole", "N/A"),
        ("money", "1.005"),
        ("money", "100"),
        ("money", "$1"),
        ("flag", "t"),
        ("flag", "yes"),
        ("day", "2026-02-30"),
        ("day", "02/03/2026"),
        ("day", "0000-00-00"),
        ("moment", "2026-02-03 04:05:06"),
        ("moment", "2026-02-03T04:05:06+00"),
        ("moment", "2026-02-03 25:00:00+00"),
        ("raw", "\\xZZ"),
        ("raw", "\\x0"),
        ("raw", "bytes"),
        ("words", "{a,b}"),
        ("words", "[1]"),
    ],
)
def test_text_that_is_no_value_of_its_type_goes_to_quarantine(tmp_path: Path, name: str, text: str) -> None:
    """It is not rounded, shifted or guessed, and quarantine shows it as it stands."""
    table = contract(
        "t",
        column("id", "bigint"),
        column("whole", "integer", nullable=True),
        column("money", "numeric(4,2)", nullable=True),
        column("flag", "boolean", nullable=True),
        column("day", "date", nullable=True),
        column("moment", "timestamptz", nullable=True),
        column("raw", "bytea", nullable=True),
        column("words", "text[]", nullable=True),
    )
    day = Day(tmp_path, [(table, [{"id": 1}, {"id": 2}])], "csv")
    names = [*table.column_names, UNFIT]
    in_quotes = '"' + text.replace('"', '""') + '"'
    line = ",".join(in_quotes if each == name else "2" if each == "id" else "" for each in names)
    day.change("t", lambda content: content.replace(b"2" + b"," * (len(names) - 1), line.encode()))
    day.seal("t")
    _all_but(day, 1, 1, "t")
    (row,) = day.quarantined("t")
    assert (row.rule, row.reason) == ("readable", f"cannot be read in its type: {name}")
    assert (row.source_file, row.source_row) == (day.key("t"), 1)
    assert dict(row.row) == dict.fromkeys(table.column_names) | {"id": "2", name: text}


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_field_of_100_megabytes_is_loaded_as_it_is(tmp_path: Path, file_format: FileFormat) -> None:
    """With what stands before and after it."""
    table = contract("t", column("id", "bigint"), column("text", "text"))
    size = 100 * 1000 * 1000
    large = 'say "this"\r\n' * (size // 12)
    rows: list[Row] = [{"id": 1, "text": "a"}, {"id": 2, "text": large}, {"id": 3, "text": "b"}]
    day = Day(tmp_path, [(table, rows)], file_format)
    assert day.load()["t"].loaded_rows == 3
    assert day.query("select id, length(text) from raw.t order by id") == [(1, 1), (2, len(large)), (3, 1)]
    ((found,),) = day.query("select text from raw.t where id = 2")
    assert found == large


def test_a_nul_in_text_goes_to_quarantine(tmp_path: Path) -> None:
    """Parquet can hold it and the source cannot, so it is damage; of CSV no such file is read at all."""
    table = contract("t", column("id", "bigint"), column("text", "text", nullable=True))
    rows: list[Row] = [{"id": 1, "text": "a\0b"}, {"id": 2, "text": "a"}, {"id": 3}]
    day = Day(tmp_path, [(table, rows)])
    _all_but(day, 1, 2, "t")
    (row,) = day.quarantined("t")
    assert (row.rule, row.reason, row.source_row) == ("text_text", "text has a NUL byte", 0)
    assert row.row == {"id": "1", "text": "a\0b"}


def test_a_number_that_is_none_breaks_a_rule_whatever_the_files_own_figures_say(tmp_path: Path) -> None:
    """Parquet keeps the least and greatest value of a column, without NaN."""
    ruled = [("small", "size < 5", "it is large")]
    table = contract("t", column("id", "bigint"), column("size", "real", nullable=True), rules=ruled)
    rows: list[Row] = [{"id": 1, "size": 1.5}, {"id": 2, "size": nan}, {"id": 3, "size": -0.0}, {"id": 4}]
    day = Day(tmp_path, [(table, rows)])
    _all_but(day, 1, 3, "t")
    assert [(row.rule, row.source_row) for row in day.quarantined("t")] == [("small", 1)]
    assert [str(size) for (size,) in day.query("select size from raw.t order by id")] == [
        "1.5",
        "-0.0",
        "None",
    ]
