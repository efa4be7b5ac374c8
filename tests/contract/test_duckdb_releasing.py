"""What DuckDB does with released rows: parents first, none twice, left-out values from the right version."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.domain.decision import ChosenRows, Decision
from streamvision.ports.warehouse import DecidedRows, IncomingBatch, IncomingTable
from tests.contract.warehouses import Subject, duckdb_subject
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    Row,
    column,
    contract,
    incoming_batch,
    incoming_table,
    people,
    visits,
)

DAYS = [Batch(date(2026, 3, day)) for day in (14, 15, 16)]
Loose = Callable[[Contract], Contract]


class Story:
    """Load batches into a warehouse and release what they left in quarantine."""

    def __init__(self, folder: Path) -> None:
        """Begin with an empty warehouse."""
        self.folder = folder
        self.subject: Subject = duckdb_subject(folder / "w.duckdb")
        self.batches: dict[str, list[IncomingTable]] = {}
        self._decisions = 0

    def load(
        self,
        batch: Batch,
        table: Contract,
        rows: Sequence[Row],
        *,
        mode: Mode = "snapshot",
        file_format: FileFormat = "parquet",
        quarantined_because: str = "",
    ) -> None:
        """Load a batch of one table."""
        incoming = incoming_table(
            self.folder, table, rows, batch=batch, mode=mode, file_format=file_format,
            quarantined_because=quarantined_because,
        )  # fmt: skip
        self.load_tables(batch, incoming)

    def load_tables(self, batch: Batch, *tables: IncomingTable) -> None:
        """Load a batch."""
        self.batches[batch.id] = list(tables)
        self.subject.load(batch, *tables)

    def release(
        self, mend: Loose = lambda table: table, rows: Sequence[ChosenRows] | None = None
    ) -> list[DecidedRows]:
        """Release rows, of all tables and batches where none are given, under mended contracts."""
        self._decisions += 1
        newest = max(self.batches)
        decision = Decision(
            f"{newest}_{self._decisions:04}", "release", "", "run", LOADED_AT, newest, "postgres-1-2",
            tuple(self.subject.warehouse.open_rows() if rows is None else rows),
        )  # fmt: skip
        batches: list[IncomingBatch] = [
            incoming_batch(
                *(replace(each, contract=mend(each.contract), quarantined_because="") for each in tables),
                batch=Batch(date.fromisoformat(batch_id)),
            )
            for batch_id, tables in self.batches.items()
        ]
        decided = list(self.subject.warehouse.release(decision, batches, released_at=LOADED_AT))
        assert all(account.balances for account in self.subject.warehouse.accounts())
        return decided

    def only(self, row: int) -> list[ChosenRows]:
        """Choose one open row of the newest batch by its number."""
        newest = max(self.batches)
        (found,) = [each for each in self.subject.warehouse.open_rows() if each.batch_id == newest]
        return [replace(found, ranges=((row, row),))]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return a warehouse to tell a story with."""
    return Story(tmp_path)


def free(*names: str) -> Loose:
    """Return what lets columns be NULL."""

    def mend(table: Contract) -> Contract:
        columns = tuple(replace(each, nullable=each.nullable or each.name in names) for each in table.columns)
        return replace(table, columns=columns)

    return mend


def strict_people() -> Contract:
    """Return people who must have a name."""
    return contract("people", column("id", "bigint"), column("name", "text"))


def wide() -> Contract:
    """Return a table with a value that changes may leave out."""
    return contract(
        "wide", column("id", "bigint"), column("name", "text"), column("body", "text", nullable=True)
    )


def change(id_: int, name: str | None, body: str | None = None, *, kept: bool = False) -> Row:
    """Return an update; `kept` leaves the body out."""
    row: dict[str, object] = {"id": id_, "name": name, "body": body, "_operation": "update"}
    return row | {"_unchanged": '["body"]'} if kept else row


def test_an_orphan_passes_with_its_parent(story: Story, tmp_path: Path) -> None:
    """Parents are released before those that refer to them, whatever their batch."""
    orphans = incoming_table(tmp_path, visits(), [{"id": 1, "person_id": 7, "minutes": 1}])
    nobody = incoming_table(tmp_path, strict_people(), [])
    story.load_tables(BATCH, nobody, orphans)
    late: list[Row] = [{"id": 7, "name": None, "_operation": "insert"}]
    story.load_tables(
        DAYS[1],
        incoming_table(tmp_path, strict_people(), late, batch=DAYS[1], mode="changes"),
        incoming_table(tmp_path, visits(), [], batch=DAYS[1], mode="changes"),
    )
    assert story.release() == [DecidedRows("people", 1, 0, 1), DecidedRows("visits", 1, 0, 1)]
    assert story.release(free("name")) == [DecidedRows("people", 1, 1, 0), DecidedRows("visits", 1, 1, 0)]
    assert story.subject.current("visits") == [{"id": 1, "person_id": 7, "minutes": 1}]


def test_a_second_row_with_a_key_of_the_picture_stays(story: Story) -> None:
    """Loaded, it would take the place of the first."""
    story.load(BATCH, people(), [{"id": 1, "name": "first"}, {"id": 1, "name": "second"}])
    assert story.release() == [DecidedRows("people", 1, 0, 1)]
    assert story.subject.current("people") == [{"id": 1, "name": "first"}]
    assert story.subject.reasons("people") == [("id_unique", "id of people is there already: 1")]


def test_a_unique_value_that_the_picture_has_stays(story: Story) -> None:
    """Also where the row of the picture is not current any more."""
    table = contract("people", column("id", "bigint"), column("name", "text", unique=True))
    story.load(BATCH, table, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Ada"}, {"id": 3, "name": "Bob"}])
    assert story.release() == [DecidedRows("people", 1, 0, 1)]
    story.load(DAYS[1], table, [{"id": 3, "name": "Bob"}])
    assert story.release() == [DecidedRows("people", 1, 0, 1)]
    assert story.subject.reasons("people") == [("name_unique", "name of people is there already: Ada")]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_rows_without_a_key_are_added(story: Story, file_format: FileFormat) -> None:
    """Beside those that are there, equal ones too; after a newer picture they go to RAW alone."""
    table = contract("logs", column("line", "text", nullable=True), column("size", "integer"), key=())
    rows: list[Row] = [
        {"line": "a", "size": 1},
        {"line": "b", "size": None},
        {"line": "b", "size": None},
    ]
    story.load(BATCH, table, rows, file_format=file_format)
    assert story.release(free("size"), story.only(1)) == [DecidedRows("logs", 1, 1, 0)]
    assert story.subject.current("logs") == [{"line": "a", "size": 1}, {"line": "b", "size": None}]
    story.load(DAYS[1], table, rows[:1], file_format=file_format)
    assert story.release(free("size")) == [DecidedRows("logs", 1, 1, 0)]
    assert story.subject.current("logs") == [{"line": "a", "size": 1}]
    assert story.subject.raw_rows("logs") == 4


def test_a_left_out_value_comes_from_the_version_before(story: Story) -> None:
    """It is the base of the first change that is missing, and the mark goes with the last."""
    story.load(BATCH, wide(), [{"id": 1, "name": "old", "body": "long"}])
    story.load(DAYS[1], wide(), [change(1, None, kept=True)], mode="changes")
    assert story.release(free("name")) == [DecidedRows("wide", 1, 1, 0)]
    assert story.subject.current("wide") == [{"id": 1, "name": None, "body": "long"}]
    story.load(DAYS[2], wide(), [change(1, "new", kept=True)], mode="changes")
    assert story.subject.current("wide") == [{"id": 1, "name": "new", "body": "long"}]


def test_a_value_that_a_missing_change_may_have_told_is_not_guessed(story: Story) -> None:
    """The row waits until the change before it is released too."""
    story.load(BATCH, wide(), [{"id": 1, "name": "old", "body": "long"}])
    changes = [change(1, None, "longer"), change(1, None, kept=True)]
    story.load(DAYS[1], wide(), changes, mode="changes")
    assert story.release(free("name"), story.only(1)) == [DecidedRows("wide", 1, 0, 1)]
    assert story.subject.current("wide") == [{"id": 1, "name": "old", "body": "long"}]
    assert story.release(free("name")) == [DecidedRows("wide", 2, 2, 0)]
    assert story.subject.current("wide") == [{"id": 1, "name": None, "body": "longer"}]


def test_a_value_that_a_loaded_change_told_is_not_taken_from_before_it(story: Story) -> None:
    """A released change that RAW knows better than lends nothing to one after."""
    story.load(BATCH, wide(), [{"id": 1, "name": "old", "body": "long"}])
    changes = [change(1, None, "X"), change(1, "good", "Y"), change(1, None, kept=True)]
    story.load(DAYS[1], wide(), changes, mode="changes")
    assert story.subject.current("wide") == [{"id": 1, "name": "good", "body": "Y"}]
    assert story.release(free("name")) == [DecidedRows("wide", 2, 2, 0)]
    assert story.subject.current("wide") == [{"id": 1, "name": None, "body": "Y"}]


def test_a_released_delete_ends_its_row(story: Story) -> None:
    """And a released truncate those that were not told anew after it."""
    table = people()
    story.load(BATCH, table, [{"id": number, "name": "old"} for number in (1, 2, 3)])
    changes: list[Row] = [{"_operation": "truncate"}, {"id": 2, "name": "again", "_operation": "insert"}]
    story.load(DAYS[1], table, changes, mode="changes", quarantined_because="drift")
    story.load(DAYS[2], table, [{"id": 3, "name": "late", "_operation": "insert"}], mode="changes")
    assert story.release() == [DecidedRows("people", 2, 2, 0)]
    assert story.subject.current("people") == [{"id": 2, "name": "again"}, {"id": 3, "name": "late"}]
    days = [*DAYS, Batch(date(2026, 3, 17))]
    gone: list[Row] = [{"id": 2, "_operation": "delete"}]
    story.load(days[3], table, gone, mode="changes", quarantined_because="drift")
    assert len(story.subject.current("people")) == 2
    story.release()
    assert story.subject.current("people") == [{"id": 3, "name": "late"}]


def test_rows_that_drift_left_alone_are_trusted_again(story: Story) -> None:
    """Their left-out values are known once nothing is missing any more."""
    story.load(BATCH, wide(), [{"id": number, "name": "old", "body": "long"} for number in (1, 2)])
    story.load(DAYS[1], wide(), [change(1, "new", "short")], mode="changes", quarantined_because="drift")
    assert story.release() == [DecidedRows("wide", 1, 1, 0)]
    story.load(DAYS[2], wide(), [change(number, "newer", kept=True) for number in (1, 2)], mode="changes")
    assert story.subject.current("wide") == [
        {"id": 1, "name": "newer", "body": "short"},
        {"id": 2, "name": "newer", "body": "long"},
    ]


def test_rows_may_refer_to_their_own_table(story: Story) -> None:
    """To rows that are current, and to those that are released beside them."""
    table = contract(
        "staff",
        column("id", "bigint"),
        column("boss_id", "bigint", nullable=True, references="staff.id"),
        column("name", "text"),
    )
    rows: list[Row] = [
        {"id": 1, "boss_id": None, "name": "Ada"},
        {"id": 2, "boss_id": 1, "name": None},
        {"id": 3, "boss_id": 2, "name": "Cid"},
        {"id": 4, "boss_id": 9, "name": "Dan"},
    ]
    story.load(BATCH, table, rows)
    assert len(story.subject.current("staff")) == 1
    assert story.release(free("name")) == [DecidedRows("staff", 3, 2, 1)]
    assert story.subject.current("staff") == rows[:3]
    story.load(DAYS[1], table, [*rows[:1], {"id": 5, "boss_id": 1, "name": None}])
    assert story.release(free("name")) == [DecidedRows("staff", 2, 1, 1)]
    assert story.subject.reasons("staff") == [("boss_id_references", "boss_id 9 is not a loaded id of staff")]


def test_an_old_row_may_refer_to_what_was_there_then(story: Story, tmp_path: Path) -> None:
    """It is not current, so its parent need not be; but one that never was loaded is missing still."""
    table = contract(
        "visits", column("id", "bigint"), column("person_id", "bigint", references="people.id"),
        column("minutes", "integer"),
    )  # fmt: skip
    rows: list[Row] = [{"id": 1, "person_id": 1, "minutes": None}, {"id": 2, "person_id": 9, "minutes": None}]
    both: list[list[Row]] = [[{"id": 1, "name": "Ada"}], []]
    for batch, persons, there in zip(DAYS, both, [rows, []], strict=False):
        story.load_tables(
            batch,
            incoming_table(tmp_path, people(), persons, batch=batch),
            incoming_table(tmp_path, table, there, batch=batch),
        )
    assert story.release(free("minutes")) == [DecidedRows("visits", 2, 1, 1)]
    assert story.subject.current("visits") == []
    (rule, _reason) = story.subject.reasons("visits")[0]
    assert rule == "person_id_references"


def test_a_cursor_row_that_was_repeated_stays(story: Story) -> None:
    """Its batch has a loaded row with the key; one alone takes the place of the version before."""
    table = strict_people()
    story.load(BATCH, table, [{"id": 1, "name": "old"}, {"id": 2, "name": "old"}])
    rows: list[Row] = [{"id": 1, "name": "new"}, {"id": 1, "name": "newer"}, {"id": 2, "name": None}]
    story.load(DAYS[1], table, rows, mode="cursor")
    assert story.release(free("name")) == [DecidedRows("people", 2, 1, 1)]
    assert story.subject.current("people") == [{"id": 1, "name": "new"}, {"id": 2, "name": None}]
