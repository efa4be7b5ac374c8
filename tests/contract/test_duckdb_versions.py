"""What DuckDB makes of changes that refer to other rows, of columns that come and go, and of odd tables."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.changes import OPERATION, POSITION, Mode
from streamvision.domain.contract import Column, Contract
from streamvision.domain.names import column_names, table_name
from streamvision.ports.warehouse import IncomingTable
from tests.contract.warehouses import Subject, duckdb_subject
from tests.fakes.building import DAY, Row, column, contract, incoming_table, people, visits

ID = column("id", "bigint")
FRIENDS = contract("friends", ID, column("friend_id", "bigint", nullable=True, references="friends.id"))
NAMED = contract("named", ID, column("name", "text", nullable=True, unique=True))


class _Warehouse:
    """Load batches of some tables, one a day, into one DuckDB file."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "w.duckdb"
        self.subject: Subject = duckdb_subject(self._path)
        self._day = 0

    def table(self, table: Contract, rows: Sequence[Row], mode: Mode = "changes") -> IncomingTable:
        """Write what the next batch brings of a table; changes get their positions."""
        placed = [{POSITION: number, **row} for number, row in enumerate(rows)]
        return incoming_table(self._folder, table, placed, batch=self._next, mode=mode)

    def load(self, *tables: IncomingTable) -> list[int]:
        """Load a batch, and return how many rows of each table are good."""
        accounts = self.subject.load(self._next, *tables)
        self._day += 1
        assert all(account.balances for account in accounts)
        return [account.loaded_rows for account in accounts]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Return what a query finds."""
        with duckdb.connect(str(self._path), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    @property
    def _next(self) -> Batch:
        return Batch(DAY + timedelta(days=self._day))


@pytest.fixture
def warehouse(tmp_path: Path) -> _Warehouse:
    """Return an empty warehouse."""
    return _Warehouse(tmp_path)


def _delete(key: int) -> Row:
    return {OPERATION: "delete", "id": key}


def _current(warehouse: _Warehouse, table: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in warehouse.subject.current(table)]


def test_changes_refer_to_parents_as_the_batch_leaves_them(warehouse: _Warehouse) -> None:
    """Those of earlier batches, those that came just now, and not those that just went."""
    warehouse.load(warehouse.table(people(), [{"id": 1}, {"id": 2}], "snapshot"))
    good = warehouse.load(
        warehouse.table(people(), [{"id": 3}, _delete(2)]),
        warehouse.table(visits(), [{"id": key, "person_id": key} for key in (1, 2, 3)]),
    )
    assert good == [2, 2]
    assert [row["id"] for row in warehouse.subject.current("visits")] == [1, 3]
    assert warehouse.subject.reasons("visits") == [
        ("person_id_references", "person_id 2 is not a loaded id of people")
    ]


def test_parents_need_not_be_in_the_batch(warehouse: _Warehouse) -> None:
    """Nor have another mode's kind of rows; a table that never came has none."""
    assert warehouse.load(warehouse.table(visits(), [{"id": 1, "person_id": 1}], "snapshot")) == [0]
    warehouse.load(warehouse.table(people(), [{"id": 1}]))
    assert warehouse.load(warehouse.table(visits(), [{"id": 1, "person_id": 1}], "snapshot")) == [1]
    assert warehouse.load(warehouse.table(visits(), [{"id": 2, "person_id": 1}], "cursor")) == [1]


def test_only_the_last_change_of_a_row_must_refer_to_something(warehouse: _Warehouse) -> None:
    """What it referred to in between may be gone; where the last is broken, those before it are judged."""
    warehouse.load(warehouse.table(people(), [{"id": 1}, {"id": 2}], "snapshot"))
    passing: list[Row] = [{"id": 1, "person_id": 9}, {"id": 1, "person_id": 1, OPERATION: "update"}]
    broken: list[Row] = [{"id": 2, "person_id": person, OPERATION: "update"} for person in (1, 8, 2, 9, 7)]
    gone: list[Row] = [{"id": 3, "person_id": 9}, _delete(3)]
    assert warehouse.load(warehouse.table(visits(), [*passing, *broken, *gone])) == [7]
    assert [row["person_id"] for row in warehouse.subject.current("visits")] == [1, 2]
    assert [reason for _, reason in warehouse.subject.reasons("visits")] == [
        f"person_id {person} is not a loaded id of people" for person in (9, 7)
    ]


def test_changes_of_a_table_that_refers_to_itself(warehouse: _Warehouse) -> None:
    """Rows may refer to later ones; without its parent, a row takes its children along."""
    warehouse.load(warehouse.table(FRIENDS, [{"id": 1}, {"id": 2, "friend_id": 1}], "snapshot"))
    changes = [(3, 4), (4, 1), (5, 6), (6, 7), (7, 99)]
    assert warehouse.load(
        warehouse.table(FRIENDS, [{"id": key, "friend_id": friend} for key, friend in changes])
    ) == [2]
    assert [row["id"] for row in warehouse.subject.current("friends")] == [1, 2, 3, 4]


def test_changes_may_hand_a_unique_value_on(warehouse: _Warehouse) -> None:
    """What counts is who has it in the end."""
    warehouse.load(warehouse.table(NAMED, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], "snapshot"))
    changes: list[Row] = [
        {"id": 1, "name": "Cid", OPERATION: "update"},
        {"id": 3, "name": "Ada"},
        _delete(2),
        {"id": 4, "name": "Bob"},
        {"id": 5},
        {"id": 6},
    ]
    assert warehouse.load(warehouse.table(NAMED, changes)) == [6]
    assert len(warehouse.subject.current("named")) == 5


def test_a_unique_value_stays_with_whom_had_it_first(warehouse: _Warehouse) -> None:
    """In the warehouse, or earlier in the batch; the other's version before stays current."""
    warehouse.load(warehouse.table(NAMED, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], "snapshot"))
    changes = [
        {"id": 2, "name": "Ada", OPERATION: "update"},
        {"id": 3, "name": "Eve"},
        {"id": 4, "name": "Eve"},
        {"id": 4, "name": "Eve", OPERATION: "update"},
    ]
    assert warehouse.load(warehouse.table(NAMED, changes)) == [1]
    assert _current(warehouse, "named") == [(1, "Ada"), (2, "Bob"), (3, "Eve")]
    assert warehouse.subject.reasons("named") == [
        ("name_unique", f"name of named is there already: {name}") for name in ("Ada", "Eve", "Eve")
    ]


def test_after_a_truncate_only_new_rows_count(warehouse: _Warehouse) -> None:
    """A unique value is free again, and what rows referred to is gone."""
    warehouse.load(
        warehouse.table(NAMED, [{"id": 1, "name": "Ada"}], "snapshot"),
        warehouse.table(FRIENDS, [{"id": 1}], "snapshot"),
    )
    truncate: Row = {OPERATION: "truncate", "id": None}
    good = warehouse.load(
        warehouse.table(NAMED, [truncate, {"id": 2, "name": "Ada"}]),
        warehouse.table(FRIENDS, [{"id": 2, "friend_id": 1}, truncate, {"id": 3, "friend_id": 1}]),
    )
    assert good == [2, 2]
    assert _current(warehouse, "named") == [(2, "Ada")]
    assert _current(warehouse, "friends") == []


def test_raw_keeps_what_arrived(warehouse: _Warehouse) -> None:
    """With what the log said of it; of a picture there is nothing to say."""
    warehouse.load(warehouse.table(people(), [{"id": 1, "name": "Ada"}], "snapshot"))
    warehouse.load(
        warehouse.table(people(), [{"id": 1, OPERATION: "update", "_unchanged": '["name"]'}, _delete(1)])
    )
    warehouse.load(warehouse.table(people(), [{"id": 1}], "cursor"))
    columns = "id, name, _operation, _commit_lsn, _position, _unchanged, _moved_from, _batch_id"
    found = warehouse.query(f"select {columns} from raw.people order by _batch_id, _source_row")  # noqa: S608 - names from above
    assert found == [
        (1, "Ada", "read", None, None, None, None, "2026-03-14"),
        (1, None, "update", 1001, 0, '["name"]', None, "2026-03-15"),
        (1, None, "delete", 1002, 1, None, None, "2026-03-15"),
        (1, None, "upsert", None, None, None, None, "2026-03-16"),
    ]


def test_columns_come_and_go(warehouse: _Warehouse) -> None:
    """A new one is NULL before, one that went is NULL from then on, and what was stays as it was."""
    first = contract("t", ID, column("old", "text", nullable=True))
    second = contract("t", ID, column("new", "numeric(5,2)", nullable=True))
    warehouse.load(warehouse.table(first, [{"id": 1, "old": "a"}, {"id": 2}], "snapshot"))
    warehouse.load(warehouse.table(second, [{"id": 1}, {"id": 2, "new": Decimal("1.50")}], "snapshot"))
    assert warehouse.query(
        'select id, "old", "new", _valid_from_batch, _valid_to_batch from raw.t__versions order by all'
    ) == [
        (1, "a", None, "2026-03-14", "2026-03-15"),
        (1, None, None, "2026-03-15", None),
        (2, None, Decimal("1.50"), "2026-03-15", None),
        (2, None, None, "2026-03-14", "2026-03-15"),
    ]
    assert warehouse.query('select "old", "new" from raw.t order by _batch_id, id') == [
        ("a", None),
        (None, None),
        (None, None),
        (None, Decimal("1.50")),
    ]


MOMENT = datetime(2026, 3, 14, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("types", "values", "kept", "shown"),
    [
        (("smallint", "integer"), (5, 2**31 - 1), "INTEGER", (5, 2**31 - 1)),
        (("bigint", "smallint"), (2**63 - 1, 5), "BIGINT", (2**63 - 1, 5)),
        (
            ("numeric(5,2)", "numeric(5,4)"),
            (Decimal("999.99"), Decimal("9.9999")),
            "DECIMAL(7,4)",
            (Decimal("999.9900"), Decimal("9.9999")),
        ),
        (
            ("integer", "numeric(6,2)"),
            (2**31 - 1, Decimal("1.25")),
            "DECIMAL(12,2)",
            (Decimal("2147483647.00"), Decimal("1.25")),
        ),
        (
            ("numeric(38,0)", "numeric(38,37)"),
            (Decimal("9" * 38), Decimal("1." + "1" * 37)),
            "VARCHAR",
            ("9" * 38, "1." + "1" * 37),
        ),
        (("real", "double precision"), (0.5, 0.1), "DOUBLE", (0.5, 0.1)),
        (("bigint", "double precision"), (2**53 + 1, 0.1), "VARCHAR", (str(2**53 + 1), "0.1")),
        (("integer", "text"), (5, "five"), "VARCHAR", ("5", "five")),
        (("text", "date"), ("today", date(2026, 3, 14)), "VARCHAR", ("today", "2026-03-14")),
        (("timestamptz", "text"), (MOMENT, "x"), "VARCHAR", ("2026-03-14 01:02:03.000004+00", "x")),
        (("text[]", "text"), (['a"', None, "NULL"], "x"), "VARCHAR", ('["a\\"",null,"NULL"]', "x")),
        (("bytea", "uuid"), (b"\x00\xff", "u"), "VARCHAR", ("\\x00ff", "u")),
        (("jsonb", "text"), ('{"a": 1}', "x"), "VARCHAR", ('{"a": 1}', "x")),
        (("boolean", "integer"), (True, 7), "VARCHAR", ("true", "7")),
    ],
)
def test_a_column_that_gets_another_type_loses_no_value(
    warehouse: _Warehouse,
    types: tuple[str, str],
    values: tuple[object, object],
    kept: str,
    shown: tuple[object, object],
) -> None:
    """It grows to a type that holds both, or becomes text; every value stays what it was."""
    for number, (type_, value) in enumerate(zip(types, values, strict=True)):
        table = contract("t", ID, column("value", type_, nullable=True))
        rows: list[Row] = [{"id": number, "value": value}, {"id": 9}]
        warehouse.load(warehouse.table(table, rows, "snapshot"))
    assert warehouse.query("select distinct typeof(value) from raw.t__versions") == [(kept,)]
    assert warehouse.query("select value from raw.t__versions where id < 9 order by id") == [
        (value,) for value in shown
    ]
    assert warehouse.query("select value from raw.t where id < 9 order by id") == [
        (value,) for value in shown
    ]
    # The row that was NULL is what it was.
    assert warehouse.query("select count(*) from raw.t__versions where id = 9") == [(1,)]


def test_a_column_that_only_changes_its_case_is_the_same(warehouse: _Warehouse) -> None:
    """Names that differ in case alone are one name here."""
    for name in ("word", "Word"):
        table = Contract(
            "public", "t", "", "", ("id",), (Column("id", "bigint", ""), Column(name, "text", ""))
        )
        warehouse.load(warehouse.table(table, [{"id": 1, name: "a"}], "snapshot"))
    assert warehouse.query("select word, _valid_from_batch, _valid_to_batch from raw.t__versions") == [
        ("a", "2026-03-14", None)
    ]


def test_minus_zero_is_not_zero(warehouse: _Warehouse) -> None:
    """Though they are equal; not a number is the same as itself."""
    keyed = contract("keyed", ID, column("value", "real", nullable=True))
    loose = contract("loose", column("value", "double precision", nullable=True), key=())
    for values in ([0.0, float("nan")], [-0.0, float("nan")]):
        rows: list[Row] = [{"id": number, "value": value} for number, value in enumerate(values)]
        warehouse.load(warehouse.table(keyed, rows, "snapshot"), warehouse.table(loose, rows, "snapshot"))
    for table in ("keyed", "loose"):
        assert warehouse.query(
            f"select value::varchar, _valid_to_batch from raw.{table}__versions order by all"  # noqa: S608 - a name from above
        ) == [("-0.0", None), ("0.0", "2026-03-15"), ("nan", None)]


def test_a_table_may_get_a_key(warehouse: _Warehouse) -> None:
    """Rows that were the same then are not one row now."""
    columns = (ID, column("word", "text", nullable=True))
    loose, keyed = contract("t", *columns, key=()), contract("t", *columns)
    warehouse.load(warehouse.table(loose, [{"id": 1}, {"id": 1}, {"id": 2}], "snapshot"))
    warehouse.load(warehouse.table(keyed, [{"id": 1}, {"id": 2}], "snapshot"))
    assert _current(warehouse, "t") == [(1, None), (2, None)]
    warehouse.load(warehouse.table(keyed, [{"id": 1, "word": "a", OPERATION: "update"}]))
    assert _current(warehouse, "t") == [(1, "a"), (2, None)]


def test_a_table_without_columns_has_rows(warehouse: _Warehouse) -> None:
    """They are counted, and nothing more can be said of them."""
    nothing = contract("nothing", key=())
    for rows in (3, 2, 0, 4):
        assert warehouse.load(warehouse.table(nothing, [{}] * rows, "snapshot")) == [rows]
        assert len(warehouse.subject.current("nothing")) == rows
    assert len(warehouse.subject.versions("nothing")) == 7


def test_a_table_may_have_as_many_columns_as_postgresql_takes(warehouse: _Warehouse) -> None:
    """In a picture, in changes, and in quarantine."""
    names = [f"c{number}" for number in range(1599)]
    wide = contract("wide", ID, *(column(name, "integer", min=0) for name in names))
    rows: list[Row] = [{"id": key, **dict.fromkeys(names, key)} for key in (1, 2, -3)]
    assert warehouse.load(warehouse.table(wide, rows, "snapshot")) == [2]
    changed: Row = {**rows[1], "c77": 5, OPERATION: "update"}
    assert warehouse.load(warehouse.table(wide, [changed, _delete(1)])) == [2]
    assert warehouse.query("select id, c77, c78 from raw.wide__versions where _valid_to_batch is null") == [
        (2, 5, 2)
    ]
    (broken,) = warehouse.subject.warehouse.quarantined_rows("wide", limit=9)
    assert broken.row["c1598"] == "-3"


HOSTILE = [
    'a"b',
    "it's; drop table x; --",
    "..",
    "%41",
    "Ünï",
    "select",
    "_batch_id",
    "A b",
    "rowid",
    "v",
    "n",
]


def test_names_of_any_kind_are_names(warehouse: _Warehouse) -> None:
    """Of tables and of columns, in each mode and in quarantine."""
    names = column_names(["id", *HOSTILE])
    columns = (Column("id", "bigint", ""), *(Column(name, "text", "", unique=True) for name in names[1:]))
    for number, source_name in enumerate(HOSTILE):
        schema = "My Schéma" if number % 2 else "public"
        table = Contract(schema, table_name(schema, source_name), "", "", ("id",), columns)
        _load_each_way(warehouse, table, names[1:])


def _load_each_way(warehouse: _Warehouse, table: Contract, names: Sequence[str]) -> None:
    one, two, changed = (
        {"id": key} | dict.fromkeys(names, word) for key, word in ((1, "x"), (2, "y"), (2, "z"))
    )
    empty: Mapping[str, object] = {"id": 3} | dict.fromkeys(names)
    assert warehouse.load(warehouse.table(table, [one, two, empty], "snapshot")) == [2]
    kept = list(names[:5])
    update: Row = {**changed, **dict.fromkeys(kept), OPERATION: "update", "_unchanged": json.dumps(kept)}
    assert warehouse.load(warehouse.table(table, [update, _delete(1), empty])) == [2]
    assert warehouse.subject.current(table.table) == [{**changed, **dict.fromkeys(kept, "y")}]
    rows = warehouse.subject.warehouse.quarantined_rows(table.table, limit=9)
    assert [row.rule for row in rows] == [f"{names[0]}_not_null"] * 2
