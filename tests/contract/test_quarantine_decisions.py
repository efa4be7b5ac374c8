"""What every warehouse does with decisions on rows in quarantine: once, with accounts that still balance."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from streamvision.domain.batch import Batch
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.domain.decision import Action, ChosenRows, Decision
from streamvision.ports.warehouse import AppliedDecision, DecidedRows, IncomingTable
from tests.contract.warehouses import Subject
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    Row,
    column,
    contract,
    incoming_batch,
    incoming_table,
)

TOMORROW = Batch(date(2026, 3, 15))
NOW = datetime(2026, 3, 16, 7, 0, tzinfo=UTC)


def _strict() -> Contract:
    return contract("people", column("id", "bigint"), column("name", "text"))


def _mended() -> Contract:
    return contract("people", column("id", "bigint"), column("name", "text", nullable=True))


def _people(
    folder: Path,
    rows: list[Row],
    batch: Batch = BATCH,
    *,
    table: Contract | None = None,
    mode: Mode = "snapshot",
) -> IncomingTable:
    return incoming_table(folder, table or _strict(), rows, batch=batch, mode=mode)


def decision(
    subject: Subject, action: Action = "release", *, number: int = 1, after: Batch = BATCH, reason: str = ""
) -> Decision:
    """Choose all open rows."""
    return Decision(
        f"{after.id}_{number:04}", action, reason, "decided-run", NOW, after.id, "postgres-1-2",
        tuple(subject.warehouse.open_rows()),
    )  # fmt: skip


def mended(table: IncomingTable) -> IncomingTable:
    """Return a table with the contract that is right."""
    return replace(table, contract=_mended())


def _account(subject: Subject, batch: Batch = BATCH) -> tuple[int, int, int]:
    (account,) = [each for each in subject.warehouse.accounts() if each.batch_id == batch.id]
    assert account.balances
    return account.extracted_rows, account.loaded_rows, account.quarantined_rows


ROWS: list[Row] = [
    {"id": 1, "name": "Ada"},
    {"id": 2, "name": None},
    {"id": 3, "name": None},
    {"id": None, "name": "Nobody"},
]


def test_rows_that_pass_now_are_loaded_and_the_others_stay(subject: Subject, tmp_path: Path) -> None:
    """What was quarantined is loaded in the account of its batch, and is current."""
    table = _people(tmp_path, ROWS)
    subject.load(BATCH, table)
    assert _account(subject) == (4, 1, 3)
    decided = subject.warehouse.release(decision(subject), [incoming_batch(mended(table))], released_at=NOW)
    assert list(decided) == [DecidedRows("people", 3, 2, 1)]
    assert _account(subject) == (4, 3, 1)
    assert subject.raw_rows("people") == 3
    assert subject.current("people") == ROWS[:3]
    assert subject.reasons("people") == [("id_not_null", "id is NULL")]


def test_a_release_is_recorded_with_its_rows(subject: Subject, tmp_path: Path) -> None:
    """When, by which run, how many; the rows stay in quarantine with the decision."""
    table = _people(tmp_path, ROWS)
    subject.load(BATCH, table)
    subject.warehouse.release(decision(subject), [incoming_batch(mended(table))], released_at=NOW)
    assert list(subject.warehouse.decisions()) == [
        AppliedDecision("2026-03-14_0001", "release", BATCH.id, "", "decided-run", NOW, 3, 2, 1)
    ]
    released = subject.warehouse.quarantined_rows("people", limit=9, status="released")
    assert [(row.source_row, row.decision_id) for row in released] == [
        (1, "2026-03-14_0001"),
        (2, "2026-03-14_0001"),
    ]
    groups = [(group.status, group.rows) for group in subject.warehouse.quarantine_groups(None)]
    assert sorted(groups) == [("open", 1), ("released", 2)]
    assert [group.rows for group in subject.warehouse.quarantine_groups()] == [1]


def test_a_decision_is_applied_once(subject: Subject, tmp_path: Path) -> None:
    """The second time it changes nothing, and says so."""
    table = _people(tmp_path, ROWS)
    subject.load(BATCH, table)
    once = decision(subject)
    subject.warehouse.release(once, [incoming_batch(mended(table))], released_at=NOW)
    before = (subject.versions("people"), list(subject.warehouse.decisions()), _account(subject))
    assert list(subject.warehouse.release(once, [incoming_batch(mended(table))], released_at=NOW)) == []
    assert (subject.versions("people"), list(subject.warehouse.decisions()), _account(subject)) == before
    assert subject.raw_rows("people") == 3


def test_dropped_rows_are_closed_and_still_count_as_not_loaded(subject: Subject, tmp_path: Path) -> None:
    """They stay as a record with the reason, and no later release takes them."""
    table = _people(tmp_path, ROWS)
    subject.load(BATCH, table)
    dropping = decision(subject, "drop", reason="test data")
    assert list(subject.warehouse.drop(dropping)) == [DecidedRows("people", 3, 0, 0)]
    assert list(subject.warehouse.drop(dropping)) == []
    assert _account(subject) == (4, 1, 3)
    assert list(subject.warehouse.open_rows()) == []
    assert list(subject.warehouse.quarantined_rows("people", limit=9)) == []
    assert len(subject.warehouse.quarantined_rows("people", limit=9, status="dropped")) == 3
    (told,) = subject.warehouse.decisions()
    assert (told.action, told.reason, told.rows_chosen, told.rows_loaded) == ("drop", "test data", 3, 0)
    again = replace(dropping, decision_id="2026-03-14_0002", action="release")
    assert list(subject.warehouse.release(again, [incoming_batch(mended(table))], released_at=NOW)) == []
    assert _account(subject) == (4, 1, 3)


def test_open_rows_are_found_by_table_batch_and_rule(subject: Subject, tmp_path: Path) -> None:
    """As ranges of their files."""
    for batch in (BATCH, TOMORROW):
        subject.load(batch, _people(tmp_path, [*ROWS, {"id": 5, "name": None}], batch))
    first = BATCH.file_key("people", 0, "parquet")
    second = TOMORROW.file_key("people", 0, "parquet")
    whole = ((1, 4),)
    find = subject.warehouse.open_rows
    assert list(find()) == [
        ChosenRows("people", BATCH.id, first, whole),
        ChosenRows("people", TOMORROW.id, second, whole),
    ]
    assert list(find(batch_id=BATCH.id)) == [ChosenRows("people", BATCH.id, first, whole)]
    assert [each.ranges for each in find(rule="name_not_null")] == [((1, 2), (4, 4))] * 2
    assert list(find(table="visits")) == []
    assert find()[0].count == 4


def test_a_row_of_an_older_picture_is_loaded_but_not_current(subject: Subject, tmp_path: Path) -> None:
    """The newer picture has the last word on it."""
    older = _people(tmp_path, [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}])
    subject.load(BATCH, older)
    subject.load(TOMORROW, _people(tmp_path, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}], TOMORROW))
    before = subject.versions("people")
    subject.warehouse.release(
        decision(subject, after=TOMORROW), [incoming_batch(mended(older))], released_at=NOW
    )
    assert subject.versions("people") == before
    assert subject.raw_rows("people") == 4
    assert _account(subject) == (2, 2, 0)


def test_a_change_that_was_made_again_since_is_not_current(subject: Subject, tmp_path: Path) -> None:
    """Nor is one whose row was deleted since; one that is the last word is, from the newest batch on."""
    subject.load(BATCH, _people(tmp_path, [{"id": number, "name": "old"} for number in (1, 2, 3)]))
    changes: list[Row] = [{"id": number, "name": None, "_operation": "update"} for number in (1, 2, 3)]
    bad = _people(tmp_path, changes, TOMORROW, mode="changes")
    subject.load(TOMORROW, bad)
    after = Batch(date(2026, 3, 16))
    since: list[Row] = [
        {"id": 1, "name": "new", "_operation": "update"},
        {"id": 2, "_operation": "delete"},
    ]
    subject.load(after, _people(tmp_path, since, after, mode="changes"))
    subject.warehouse.release(
        decision(subject, after=after), [incoming_batch(mended(bad), batch=TOMORROW)], released_at=NOW
    )
    assert subject.current("people") == [{"id": 1, "name": "new"}, {"id": 3, "name": None}]
    assert ({"id": 3, "name": None}, after.id, None) in subject.versions("people")
    assert ({"id": 3, "name": "old"}, BATCH.id, after.id) in subject.versions("people")
    assert _account(subject, TOMORROW) == (3, 3, 0)


def test_of_two_changes_of_a_row_the_later_becomes_current(subject: Subject, tmp_path: Path) -> None:
    """Both are loaded; released alone, the earlier one must not come before the one that waits."""
    table = contract("people", column("id", "bigint"), column("name", "text"), column("age", "bigint"))
    subject.load(BATCH, _people(tmp_path, [{"id": 1, "name": "old", "age": 1}], table=table))
    changes: list[Row] = [
        {"id": 1, "name": None, "age": 2, "_operation": "update"},
        {"id": 1, "name": "new", "age": None, "_operation": "update"},
    ]
    bad = _people(tmp_path, changes, TOMORROW, table=table, mode="changes")
    subject.load(TOMORROW, bad)
    for number, nullable in enumerate(("name", "age"), start=1):
        columns = tuple(replace(each, nullable=each.name == nullable) for each in table.columns)
        right = replace(bad, contract=replace(table, columns=columns))
        decided = subject.warehouse.release(
            decision(subject, number=number, after=TOMORROW),
            [incoming_batch(right, batch=TOMORROW)],
            released_at=NOW,
        )
        assert [each.loaded for each in decided] == [1]
        found = {"id": 1, "name": "old", "age": 1} if number == 1 else {"id": 1, "name": "new", "age": None}
        assert subject.current("people") == [found]
    assert _account(subject, TOMORROW) == (2, 2, 0)


def test_rows_of_a_table_that_had_drifted_can_all_be_released(subject: Subject, tmp_path: Path) -> None:
    """Once the contract takes them; until then each stays, for the same reason."""
    table = replace(_people(tmp_path, ROWS[:1]), quarantined_because="name is no text")
    subject.load(BATCH, table)
    first = decision(subject)
    decided = subject.warehouse.release(first, [incoming_batch(table)], released_at=NOW)
    assert list(decided) == [DecidedRows("people", 1, 0, 1)]
    assert subject.reasons("people") == [("drift", "name is no text")]
    second = decision(subject, number=2)
    right = replace(table, quarantined_because="")
    assert list(subject.warehouse.release(second, [incoming_batch(right)], released_at=LOADED_AT)) == [
        DecidedRows("people", 1, 1, 0)
    ]
    assert subject.current("people") == ROWS[:1]
    assert [each.rows_still_broken for each in subject.warehouse.decisions()] == [1, 0]
