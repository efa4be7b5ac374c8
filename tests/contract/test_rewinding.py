"""What every warehouse does when batches are taken back, or all of it is made anew."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.changes import OPERATION, UNCHANGED, Mode
from streamvision.domain.decision import Decision
from streamvision.ports.warehouse import CountedRows, IncomingTable
from tests.contract.warehouses import Subject
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    RUN_ID,
    Row,
    column,
    contract,
    incoming_batch,
    incoming_table,
)

NEXT, LAST = Batch(date(2026, 3, 15)), Batch(date(2026, 3, 16))
STRICT = contract(
    "people", column("id", "bigint"), column("name", "text"), column("body", "text", nullable=True)
)
MENDED = replace(STRICT, columns=tuple(replace(each, nullable=each.name != "id") for each in STRICT.columns))
ADA: Row = {"id": 1, "name": "Ada", "body": "long"}
EVE: Row = {"id": 2, "name": "Eve", "body": None}
NAMELESS: Row = {**EVE, "name": None}
RENAMED: Row = {**ADA, "name": "Ada L."}


def _people(folder: Path, rows: list[Row], batch: Batch, mode: Mode = "snapshot") -> IncomingTable:
    return incoming_table(folder, STRICT, rows, batch=batch, mode=mode)


def test_a_batch_that_was_taken_back_can_be_loaded_again(subject: Subject, tmp_path: Path) -> None:
    """What is there before it stays, what came after it goes too, and loading both gives the same."""
    first = _people(tmp_path, [ADA, EVE], BATCH)
    second = _people(tmp_path, [RENAMED], NEXT)
    third = _people(tmp_path, [{**ADA, "name": None}], LAST)
    for batch, table in ((BATCH, first), (NEXT, second), (LAST, third)):
        subject.load(batch, table)
    accounts, versions = list(subject.warehouse.accounts()), subject.versions("people")
    reasons, raw = subject.reasons("people"), subject.raw_rows("people")
    assert subject.warehouse.forget_from(NEXT) == [NEXT.id, LAST.id]
    assert list(subject.warehouse.accounts()) == accounts[:1]
    assert subject.current("people") == [ADA, EVE]
    assert (subject.reasons("people"), subject.raw_rows("people")) == ([], 2)
    subject.load(NEXT, second)
    subject.load(LAST, third)
    assert list(subject.warehouse.accounts()) == accounts
    assert sorted(map(repr, subject.versions("people"))) == sorted(map(repr, versions))
    assert (subject.reasons("people"), subject.raw_rows("people")) == (reasons, raw)


def test_the_rows_that_are_there_are_counted(subject: Subject, tmp_path: Path) -> None:
    """By batch and table, in RAW and in quarantine: what an account is held against."""
    assert subject.warehouse.counted() == {}
    subject.load(BATCH, _people(tmp_path, [ADA, NAMELESS], BATCH))
    subject.load(NEXT, _people(tmp_path, [ADA], NEXT))
    assert subject.warehouse.counted() == {
        (BATCH.id, "people"): CountedRows(loaded=1, quarantined=1),
        (NEXT.id, "people"): CountedRows(loaded=1, quarantined=0),
    }


def test_taking_back_what_was_never_loaded_changes_nothing(subject: Subject, tmp_path: Path) -> None:
    """Neither in an empty warehouse nor after its newest batch."""
    assert subject.warehouse.forget_from(BATCH) == []
    subject.load(BATCH, _people(tmp_path, [ADA], BATCH))
    assert subject.warehouse.forget_from(NEXT) == []
    assert subject.current("people") == [ADA]


def test_a_row_whose_broken_change_was_taken_back_is_trusted_again(subject: Subject, tmp_path: Path) -> None:
    """Its values may fill in what a later change leaves out, as if the broken change had never come."""
    subject.load(BATCH, _people(tmp_path, [ADA], BATCH))
    broken: Row = {**ADA, "name": None, OPERATION: "update"}
    subject.load(NEXT, _people(tmp_path, [broken], NEXT, "changes"))
    subject.warehouse.forget_from(NEXT)
    short: Row = {"id": 1, "name": "Ada L.", UNCHANGED: '["body"]', OPERATION: "update"}
    (account,) = subject.load(NEXT, _people(tmp_path, [short], NEXT, "changes"))
    assert account.quarantined_rows == 0
    assert subject.current("people") == [RENAMED]


def test_a_decision_is_taken_back_with_the_batch_whose_rows_it_is_about(
    subject: Subject, tmp_path: Path
) -> None:
    """A row of the first day that was released after the second would else stay without its reason."""
    first = _people(tmp_path, [ADA, NAMELESS], BATCH)
    subject.load(BATCH, first)
    subject.load(NEXT, _people(tmp_path, [], NEXT, "changes"))
    decision = Decision(
        f"{NEXT.id}_0001", "release", "", "run", LOADED_AT, NEXT.id, "postgres-1-2",
        tuple(subject.warehouse.open_rows()),
    )  # fmt: skip
    subject.warehouse.release(
        decision, [incoming_batch(replace(first, contract=MENDED))], released_at=LOADED_AT
    )
    assert subject.current("people") == [ADA, NAMELESS]
    assert subject.warehouse.forget_from(NEXT) == [BATCH.id, NEXT.id]
    assert (list(subject.warehouse.accounts()), list(subject.warehouse.decisions())) == ([], [])
    assert (subject.raw_rows("people"), subject.versions("people")) == (0, [])


def test_a_warehouse_made_anew_takes_the_place_of_the_old_one(subject: Subject, tmp_path: Path) -> None:
    """Only at the end: until then the old one answers, and after an error it is what stays."""
    subject.load(BATCH, _people(tmp_path, [ADA, EVE], BATCH))
    table = incoming_batch(_people(tmp_path, [ADA], NEXT), batch=NEXT)
    with pytest.raises(KeyError), subject.warehouse.anew():
        raise KeyError
    assert subject.current("people") == [ADA, EVE]
    with subject.warehouse.anew() as fresh:
        assert list(fresh.accounts()) == []
        fresh.load(table, run_id=RUN_ID, loaded_at=LOADED_AT, keep_quarantined=lambda _table, _path: None)
        assert subject.current("people") == [ADA, EVE]
    assert subject.current("people") == [ADA]
    assert [account.batch_id for account in subject.warehouse.accounts()] == [NEXT.id]
