"""What loading into Snowflake keeps, refuses and leaves behind, beyond what every warehouse does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.warehouse.snowflake.connection import connect
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import OPERATION, POSITION
from streamvision.domain.contract import Contract
from streamvision.ports.warehouse import IncomingTable
from tests.contract.warehouses import Subject, snowflake_subject
from tests.fakes.building import (
    BATCH,
    Row,
    column,
    contract,
    incoming_arrow,
    incoming_table,
    people,
    schema_of,
)
from tests.support.snowflake import SnowflakeStandIn

NEXT = Batch(date(2026, 3, 15))
MOMENT = datetime(2026, 3, 14, 1, 2, 3, 45, tzinfo=UTC)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC).replace(tzinfo=None)
THINGS = contract(
    "things",
    column("id", "bigint"),
    column("small", "smallint", nullable=True),
    column("price", "numeric(20,4)", nullable=True),
    column("ratio", "double precision", nullable=True),
    column("text", "text", nullable=True),
    column("is_on", "boolean", nullable=True),
    column("day", "date", nullable=True),
    column("at", "timestamptz", nullable=True),
    column("local", "timestamp", nullable=True),
    column("data", "bytea", nullable=True),
    column("tags", "text[]", nullable=True),
)
WHOLE: Row = {
    "id": 2**63 - 1, "small": -32768, "price": Decimal("-1234567890123456.7890"), "ratio": 0.1,
    "text": "it's \\ \"so\"\n", "is_on": False, "day": date(1, 1, 1), "at": MOMENT,
    "local": LAST_MOMENT, "data": b"\x00\xff", "tags": ["a", None, "b,c"],
}  # fmt: skip
EMPTY: Row = {"id": 1, **dict.fromkeys(list(WHOLE)[1:])}


def _rows(subject: Subject, query: str) -> list[dict[str, Any]]:
    warehouse = subject.warehouse
    assert isinstance(warehouse, SnowflakeWarehouse)
    with connect(warehouse.address, "load") as session:
        found: list[dict[str, Any]] = session.arrow(query).to_pylist()
    return found


def _run(subject: Subject, *statements: str) -> None:
    warehouse = subject.warehouse
    assert isinstance(warehouse, SnowflakeWarehouse)
    with connect(warehouse.address, "load") as session:
        for statement in statements:
            session.run(statement)


@pytest.fixture
def subject(snowflake: SnowflakeStandIn) -> Subject:
    """Return an empty warehouse in the stand-in."""
    return snowflake_subject(snowflake.new_url())


@pytest.mark.parametrize("file_format", ["parquet", "csv", "csv.gz"])
def test_values_arrive_as_they_were(subject: Subject, tmp_path: Path, file_format: FileFormat) -> None:
    """Every digit, microsecond, byte and sign, and NULL beside what is empty."""
    rows: list[Row] = [WHOLE, EMPTY, {**EMPTY, "id": 3, "text": "", "data": b"", "tags": []}]
    (account,) = subject.load(BATCH, incoming_table(tmp_path, THINGS, rows, file_format=file_format))
    assert (account.loaded_rows, account.quarantined_rows) == (3, 0)
    query = 'SELECT ID, SMALL, PRICE, RATIO, TEXT, IS_ON, DAY, "AT", "LOCAL", DATA, TAGS FROM RAW.THINGS'
    found = {int(row["ID"]): list(row.values()) for row in _rows(subject, query)}
    lists = ['["a",null,"b,c"]', None, "[]"]
    assert found == {
        row["id"]: [*list(row.values())[:-1], tags] for row, tags in zip(rows, lists, strict=True)
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("day", date(1, 1, 1)), ("at", None), ("text", "x" * (16 * 1024 * 1024 + 1))],
)
def test_what_snowflake_cannot_hold_goes_to_quarantine(
    subject: Subject, tmp_path: Path, name: str, value: object
) -> None:
    """With its reason: years before 1 and after 9999, infinite times, texts that are too long."""
    schema = schema_of(THINGS)
    if name == "text":
        beyond: pa.Array = pa.array([value], pa.string())
    else:
        # A day before the first, and a moment after the year 9999.
        number = -719163 if name == "day" else 253402300800 * 1_000_000
        beyond = pa.array([number], pa.int32() if name == "day" else pa.int64()).cast(schema.field(name).type)
    columns = {each: pa.nulls(1, schema.field(each).type) for each in schema.names}
    columns |= {"id": pa.array([1], pa.int64()), name: beyond}
    table = pa.table([columns[each] for each in schema.names], schema=schema)
    (account,) = subject.load(BATCH, incoming_arrow(tmp_path, THINGS, table))
    assert (account.loaded_rows, account.quarantined_rows) == (0, 1)
    ((rule, reason),) = subject.reasons("things")
    assert (rule, reason.startswith(f"cannot be held exactly: {name}")) == ("exact", True)


def test_rows_are_told_by_file_and_place(subject: Subject, tmp_path: Path) -> None:
    """Of several files of a table too, and where rows before them are in quarantine."""
    first = incoming_table(tmp_path, people(), [{"id": None, "name": "x"}, {"id": 1, "name": "Ada"}])
    other = incoming_table(tmp_path, people(), [{"id": 2, "name": "Bob"}], batch=NEXT)
    both = replace(first, files=(*first.files, *other.files))
    subject.load(BATCH, both)
    found = _rows(subject, "SELECT ID, _SOURCE_FILE, _SOURCE_ROW FROM RAW.PEOPLE ORDER BY ID")
    assert [(int(row["ID"]), row["_SOURCE_FILE"], int(row["_SOURCE_ROW"])) for row in found] == [
        (1, first.files[0].key, 1),
        (2, other.files[0].key, 0),
    ]


def test_files_are_read_from_the_stage_over_the_lake(
    snowflake: SnowflakeStandIn, s3_url: str, tmp_path: Path
) -> None:
    """Where the URL names one, nothing is brought by this machine but what it judged."""
    subject = snowflake_subject(snowflake.new_url("?stage=RAW.S3_RAW_STAGE"))
    table = incoming_table(tmp_path, people(), [{"id": 1, "name": "Ada"}, {"id": None, "name": "Nobody"}])
    (file,) = table.files
    ObjectStoreLake(s3_url).put(file.key, file.path.read_bytes())
    _run(subject, "CREATE SCHEMA RAW", f"CREATE STAGE RAW.S3_RAW_STAGE URL = '{s3_url}/'")
    (account,) = subject.load(BATCH, table)
    assert (account.loaded_rows, account.quarantined_rows) == (1, 1)
    (row,) = _rows(subject, "SELECT ID, NAME, _SOURCE_FILE, _SOURCE_ROW FROM RAW.PEOPLE")
    assert (row["NAME"], row["_SOURCE_FILE"], int(row["_SOURCE_ROW"])) == ("Ada", file.key, 0)


def _people_of(type_: str) -> Contract:
    return contract("people", column("id", type_), column("name", "text", nullable=True))


def test_a_column_whose_type_became_another_keeps_what_it_had(subject: Subject, tmp_path: Path) -> None:
    """In a type that holds both, and rows go on that are the same in it."""
    subject.load(BATCH, incoming_table(tmp_path, _people_of("integer"), [{"id": 1, "name": "Ada"}]))
    rows: list[Row] = [{"id": 1, "name": "Ada"}, {"id": 2**40, "name": None}]
    subject.load(NEXT, incoming_table(tmp_path, _people_of("bigint"), rows, batch=NEXT))
    assert [version for version in subject.versions("people") if version[1] == BATCH.id] == [
        (rows[0], BATCH.id, None)
    ]
    last = Batch(date(2026, 3, 16))
    subject.load(last, incoming_table(tmp_path, _people_of("text"), [{"id": "x", "name": None}], batch=last))
    assert subject.current("people") == [{"id": "x", "name": None}]
    assert {row["id"] for row, _, until in subject.versions("people") if until} == {"1", str(2**40)}


def test_a_type_that_was_half_changed_is_changed_to_the_end(subject: Subject, tmp_path: Path) -> None:
    """Killed before the old column went, or after."""
    subject.load(BATCH, incoming_table(tmp_path, _people_of("integer"), [{"id": 1, "name": "Ada"}]))
    _run(
        subject,
        "ALTER TABLE RAW.PEOPLE ADD COLUMN ID__WIDER NUMBER(19,0)",
        "ALTER TABLE RAW.PEOPLE__VERSIONS ADD COLUMN ID__WIDER NUMBER(19,0)",
        "UPDATE RAW.PEOPLE__VERSIONS SET ID__WIDER = ID",
        "ALTER TABLE RAW.PEOPLE__VERSIONS DROP COLUMN ID",
    )
    rows: list[Row] = [{"id": 1, "name": "Ada"}]
    subject.load(NEXT, incoming_table(tmp_path, _people_of("bigint"), rows, batch=NEXT))
    assert subject.versions("people") == [(rows[0], BATCH.id, None)]
    assert subject.raw_rows("people") == 2


def test_a_row_of_another_table_is_found_where_changes_refer_to_it(subject: Subject, tmp_path: Path) -> None:
    """Be it loaded long ago, or brought by the same batch; one that is not there sends its row away."""
    visits = contract("visits", column("id", "bigint"), column("person_id", "bigint", references="people.id"))
    subject.load(BATCH, incoming_table(tmp_path, people(), [{"id": 1, "name": "Ada"}]))
    accounts = subject.load(
        NEXT,
        _changes(tmp_path, people(), [{"id": 2, "name": "Bob"}]),
        _changes(tmp_path, visits, [{"id": key, "person_id": key} for key in (1, 2, 3)]),
    )
    assert [(each.loaded_rows, each.quarantined_rows) for each in accounts] == [(1, 0), (2, 1)]
    assert subject.reasons("visits") == [("person_id_references", "person_id 3 is not a loaded id of people")]


def test_a_unique_value_that_another_row_has_sends_a_change_away(subject: Subject, tmp_path: Path) -> None:
    """The other row is one that the batch does not tell of."""
    table = contract("people", column("id", "bigint"), column("mail", "text", unique=True))
    subject.load(BATCH, incoming_table(tmp_path, table, [{"id": 1, "mail": "a@b"}]))
    (account,) = subject.load(NEXT, _changes(tmp_path, table, [{"id": 2, "mail": "a@b"}]))
    assert (account.loaded_rows, account.quarantined_rows) == (0, 1)
    assert subject.reasons("people") == [("mail_unique", "mail of people is there already: a@b")]


def test_what_a_load_brought_is_gone_afterwards(subject: Subject, tmp_path: Path) -> None:
    """And what one left that was killed does not disturb the next."""
    _run(subject, "CREATE SCHEMA LANDING", "CREATE TABLE LANDING.PEOPLE AS SELECT 1 AS ID")
    subject.load(BATCH, incoming_table(tmp_path, people(), [{"id": 1, "name": "Ada"}]))
    schemas = _rows(subject, "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA")
    assert "LANDING" not in {row["SCHEMA_NAME"] for row in schemas}
    assert subject.raw_rows("people") == 1


def _changes(folder: Path, table: Contract, rows: Sequence[Row]) -> IncomingTable:
    changes: list[Row] = [
        {OPERATION: "insert", POSITION: number, **row} for number, row in enumerate(rows, start=1)
    ]
    return incoming_table(folder, table, changes, batch=NEXT, mode="changes")
