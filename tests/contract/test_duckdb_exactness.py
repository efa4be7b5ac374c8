"""What the warehouse holds is what the files held: every type, every format, any text."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from streamvision.domain.batch import FileFormat
from streamvision.domain.contract import Contract
from streamvision.ports.arrow_types import snapshot_schema
from streamvision.ports.warehouse import IncomingFile, IncomingTable
from tests.contract.loaded import Loaded
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    Row,
    column,
    contract,
    incoming_arrow,
    incoming_table,
    people,
)

ID = column("id", "bigint")
HOSTILE = [
    "",
    " ",
    "NULL",
    "null",
    "\\N",
    "it's",
    'say "this"',
    '"',
    '""',
    "'",
    "a,b;c\td",
    "one\ntwo",
    "one\r\ntwo",
    "one\rtwo",
    "\n",
    "\\",
    "\\n",
    "😀 größe ё 漢字 e\u0301",
    "\u202eright to left",
    "\x01\x1f\x7f",
    "\ufeffmark",
    "\u2028line",
    "'; drop table raw.t; --",
    "$1 $name ? {x} %s",
    "[]",
    '["a"]',
    "x" * 200_000,
]

FORMATS: list[FileFormat] = ["parquet", "csv", "csv.gz"]
every_format = pytest.mark.parametrize("file_format", FORMATS)


def _values(
    folder: Path, type_: str, values: list[object], file_format: FileFormat
) -> list[tuple[object, ...]]:
    """Return what becomes of values of a type; none may be lost."""
    table = contract("t", ID, column("value", type_, nullable=True))
    rows: list[Row] = [{"id": number, "value": value} for number, value in enumerate(values)]
    loaded = Loaded(folder, incoming_table(folder / "lake", table, rows, file_format=file_format))
    assert loaded.reasons("t") == []
    return loaded.rows("t", "value")


@every_format
@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("smallint", [-(2**15), 2**15 - 1, 0]),
        ("integer", [-(2**31), 2**31 - 1, 0]),
        ("bigint", [-(2**63), 2**63 - 1, 2**53 + 1, 0]),
        ("boolean", [True, False]),
        ("date", [date(1, 1, 1), date(1970, 1, 1), date(2026, 2, 28), date(9999, 12, 31)]),
        ("char(2)", ["DE", "d ", "  ", ""]),
        ("numeric(3,1)", [Decimal("99.9"), Decimal("-99.9"), Decimal("0.1"), Decimal("0.0")]),
        ("numeric(9,3)", [Decimal("123456.789"), Decimal("0.001"), Decimal("-0.001"), Decimal("1.000")]),
        ("numeric(38,0)", [Decimal("9" * 38), Decimal("-" + "9" * 38), Decimal(0)]),
        ("numeric(38,37)", [Decimal("9." + "9" * 37), Decimal("0." + "0" * 36 + "1")]),
    ],
)
def test_values_are_exact(tmp_path: Path, type_: str, values: list[object], file_format: FileFormat) -> None:
    """To the last digit, at both ends of the type; NULL stays NULL."""
    wanted = [*values, None]
    found = _values(tmp_path, type_, wanted, file_format)
    assert found == [(value,) for value in wanted]
    assert [type(value) for (value,) in found] == [type(value) for value in wanted]


@every_format
def test_moments_are_exact_to_the_microsecond(tmp_path: Path, file_format: FileFormat) -> None:
    """In UTC, whatever zone they came in, over changes of the clock and before the epoch."""
    moments = [
        datetime(2026, 3, 14, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1883, 11, 18, 12, 3, 58, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ]
    found = _values(tmp_path, "timestamptz", list(moments), file_format)
    assert [moment for (moment,) in found] == moments


@every_format
def test_text_arrives_as_it_was(tmp_path: Path, file_format: FileFormat) -> None:
    """Whatever it looks like to a parser; empty text is not NULL."""
    wanted = [*HOSTILE, None]
    assert _values(tmp_path, "text", list(wanted), file_format) == [(text,) for text in wanted]


@every_format
def test_lists_arrive_as_they_were(tmp_path: Path, file_format: FileFormat) -> None:
    """NULL, the empty list, a list of NULL and a list of empty text are four different things."""
    wanted: list[object] = [None, [], [None], [""], ["a", None, "", "b"], HOSTILE[:-1], ["NULL", "null"]]
    assert _values(tmp_path, "text[]", wanted, file_format) == [(value,) for value in wanted]


@every_format
def test_hostile_text_goes_to_quarantine_as_it_was(tmp_path: Path, file_format: FileFormat) -> None:
    """A bad row is not a way in."""
    table = contract("t", ID, column("word", "text", nullable=True, values=["good"]))
    texts = [text for text in HOSTILE if len(text) < 1000]
    rows: list[Row] = [{"id": number, "word": text} for number, text in enumerate(texts)]
    loaded = Loaded(tmp_path, incoming_table(tmp_path / "lake", table, rows, file_format=file_format))
    assert loaded.ids("t") == []
    assert [row.row["word"] for row in loaded.broken("t")] == texts
    assert [row.reason for row in loaded.broken("t")] == [f"word is {text}" for text in texts]


def _wide() -> Contract:
    return contract(
        "wide",
        ID,
        column("small", "smallint", nullable=True),
        column("word", "text", nullable=True),
        column("code", "char(2)", nullable=True),
        column("rate", "numeric(5,4)", nullable=True),
        column("day", "date", nullable=True),
        column("made_at", "timestamptz", nullable=True),
        column("flag", "boolean", nullable=True),
        column("tags", "text[]", nullable=True),
    )


def test_every_format_load_to_the_same_rows(tmp_path: Path) -> None:
    """Types, values and row numbers; only the name of the file differs."""
    rows: list[Row] = [
        {
            "id": number,
            "small": number - 13,
            "word": text,
            "code": "DE",
            "rate": Decimal(number) / 1000,
            "day": date(2026, 1, 1) + timedelta(days=number),
            "made_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=number),
            "flag": number % 2 == 0,
            "tags": [text, None],
        }
        for number, text in enumerate(HOSTILE[:-1])
    ]
    rows.append({"id": 1000})
    names = ", ".join([*_wide().column_names, "_source_row", "_batch_id", "_loaded_at"])
    loaded = [
        Loaded(
            tmp_path / file_format,
            incoming_table(tmp_path / file_format / "lake", _wide(), rows, file_format=file_format),
        ).rows("wide", f"{names}, typeof(columns(* exclude (_source_file)))")
        for file_format in FORMATS
    ]
    assert len(loaded[0]) == len(rows)
    assert loaded[0] == loaded[1]


@every_format
def test_every_row_tells_where_it_came_from(tmp_path: Path, file_format: FileFormat) -> None:
    """Batch, file, row from 0, and moment; broken rows keep their number too."""
    rows: list[Row] = [{"id": 5, "name": "a\nb"}, {"id": None}, {"id": 6, "name": 'x"'}]
    loaded = Loaded(tmp_path, incoming_table(tmp_path / "lake", people(), rows, file_format=file_format))
    key = BATCH.file_key("people", 0, file_format)
    assert loaded.rows("people", "id, _batch_id, _source_file, _source_row, _loaded_at") == [
        (5, "2026-03-14", key, 0, LOADED_AT),
        (6, "2026-03-14", key, 2, LOADED_AT),
    ]
    (broken,) = loaded.broken("people")
    assert (broken.source_file, broken.source_row) == (key, 1)


@every_format
def test_rows_of_several_files_keep_their_file_and_number(tmp_path: Path, file_format: FileFormat) -> None:
    """Numbers begin anew in each file."""
    first = incoming_table(tmp_path / "1", people(), [{"id": 1}, {"id": 2}], file_format=file_format)
    second = incoming_table(tmp_path / "2", people(), [{"id": 3}], file_format=file_format)
    other = IncomingFile(BATCH.file_key("people", 1, file_format), second.files[0].path, 1)
    both = IncomingTable(people(), file_format, (*first.files, other), 1, "0" * 64)
    loaded = Loaded(tmp_path, both)
    assert loaded.rows("people", "id, _source_file, _source_row") == [
        (1, first.files[0].key, 0),
        (2, first.files[0].key, 1),
        (3, other.key, 0),
    ]


@every_format
def test_an_empty_table_is_loaded(tmp_path: Path, file_format: FileFormat) -> None:
    """It has an account of no rows, and its RAW table is there."""
    loaded = Loaded(tmp_path, incoming_table(tmp_path / "lake", people(), [], file_format=file_format))
    assert loaded.rows("people") == []
    account = loaded.accounts["people"]
    assert (account.extracted_rows, account.loaded_rows, account.quarantined_rows) == (0, 0, 0)


def test_many_csv_rows_with_line_breaks_keep_their_numbers(tmp_path: Path) -> None:
    """A reader that works in parallel must not mix up what lies between quotes."""
    rows: list[Row] = [{"id": number, "name": f'"{number}\n,{"x" * 300}\r\n'} for number in range(150_000)]
    loaded = Loaded(tmp_path, incoming_table(tmp_path / "lake", people(), rows, file_format="csv"))
    assert loaded.accounts["people"].loaded_rows == len(rows)
    numbered = loaded.rows("people", "id, _source_row, name")
    assert numbered == [(row["id"], row["id"], row["name"]) for row in rows]


@pytest.mark.parametrize("name", ["with space", "it's", "br[1]", "st*r", "50% off"])
def test_files_may_lie_in_any_folder(tmp_path: Path, name: str) -> None:
    """A path is a path, not a pattern."""
    folder = tmp_path / name
    table = incoming_table(tmp_path / "lake", people(), [{"id": 1}, {"id": None}])
    path = folder / "a.parquet"
    folder.mkdir()
    path.write_bytes(table.files[0].path.read_bytes())
    moved = IncomingTable(people(), "parquet", (IncomingFile(table.files[0].key, path, 2),), 1, "0" * 64)
    loaded = Loaded(tmp_path, moved)
    assert loaded.ids("people") == [1]
    assert loaded.broken("people")[0].source_file == table.files[0].key


@pytest.mark.parametrize(
    ("type_", "stored"),
    [
        ("timestamptz", [2**63 - 1, -(2**63) + 1]),
        ("timestamptz", [-62_198_755_200_000_000, 9_223_371_331_199_999_999]),
        ("timestamp", [2**63 - 1, -(2**63) + 1, -62_198_755_200_000_001]),
        ("date", [-719_893, 2**31 - 1, -(2**31) + 1, 2_145_031_948]),
    ],
)
@every_format
def test_moments_that_python_cannot_tell_arrive(
    tmp_path: Path, type_: str, stored: list[int], file_format: FileFormat
) -> None:
    """Infinity, years before Christ and far ahead: as they were, never shifted."""
    table = contract("t", ID, column("value", type_))
    schema = snapshot_schema(table)
    values = pa.array(stored, pa.int32() if type_ == "date" else pa.int64()).view(schema.field("value").type)
    columns = [pa.array(range(len(stored)), pa.int64()), values, pa.nulls(len(stored), pa.string())]
    arrow = pa.Table.from_arrays(columns[: len(schema)], schema=schema)
    loaded = Loaded(tmp_path, incoming_arrow(tmp_path / "lake", table, arrow, file_format=file_format))
    measure = "datediff('day', date '1970-01-01', value)" if type_ == "date" else "epoch_us(value)"
    shown = "case when isinf(value) then value::varchar else null end"
    for key, text in loaded.rows("t", f"id, {shown}"):
        if text is None:
            ((_, exact),) = [row for row in loaded.rows("t", f"id, {measure}") if row[0] == key]
            assert exact == stored[int(str(key))]
        else:
            assert text == ("infinity" if stored[int(str(key))] > 0 else "-infinity")
    assert len(loaded.rows("t", "id")) == len(stored)
