"""What every warehouse shows of a batch before it is loaded for good, and what it records of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.domain.errors import DataQualityError
from streamvision.domain.expectation import Freshness, Threshold, Volume
from streamvision.pipeline.load.judge import judge
from streamvision.ports.warehouse import IncomingTable, Outcome, QuarantineGroup, TableState
from tests.contract.warehouses import Subject
from tests.fakes.building import (
    BATCH,
    LOADED_AT,
    RUN_ID,
    SNAPSHOT_AT,
    Row,
    column,
    contract,
    incoming_batch,
    incoming_table,
)

TOMORROW = Batch(date(2026, 3, 15))


def _things() -> Contract:
    made_at = column("made_at", "timestamptz", nullable=True)
    plain = contract("things", column("id", "bigint"), column("name", "text"), made_at)
    return replace(
        plain,
        quarantine=Threshold(0.5),
        freshness=Freshness("made_at", 48),
        volume=Volume(min_rows=1, max_change=0.5),
    )


def _rows(*names: str | None, hours_old: float | None = 1) -> list[Row]:
    made_at = None if hours_old is None else SNAPSHOT_AT - timedelta(hours=hours_old)
    return [{"id": number, "name": name, "made_at": made_at} for number, name in enumerate(names)]


def _load(subject: Subject, table: IncomingTable, batch: Batch = BATCH) -> TableState:
    seen: list[TableState] = []

    def look(states: Sequence[TableState]) -> Sequence[Outcome]:
        seen.extend(states)
        return judge(states)

    subject.warehouse.load(
        incoming_batch(table, batch=batch),
        run_id=RUN_ID,
        loaded_at=LOADED_AT,
        keep_quarantined=lambda _table, _path: None,
        judge=look,
    )
    (state,) = seen
    return state


def test_a_batch_shows_its_rows_rules_and_age(subject: Subject, tmp_path: Path) -> None:
    """The rows that are current now, what others broke, and how old the newest is."""
    rows = [*_rows("a", "b", hours_old=30), {"id": 7, "name": None}, {"id": 8, "name": "c"}]
    state = _load(subject, incoming_table(tmp_path, _things(), rows))
    assert (state.contract.table, state.is_refused) == ("things", False)
    assert (state.current_rows, state.rows_before) == (3, None)
    assert state.age_seconds == 30 * 3600
    group = QuarantineGroup(BATCH.id, "things", "name_not_null", "name is NULL", 1)
    assert state.broken == (group,)
    assert list(subject.warehouse.accounts()) == [state.account]


def test_rows_are_counted_before_and_after_a_batch(subject: Subject, tmp_path: Path) -> None:
    """Those that stay, those that change and those that go."""
    _load(subject, incoming_table(tmp_path, _things(), _rows("a", "b", "c")))
    rows = _rows("a", "other")
    state = _load(subject, incoming_table(tmp_path, _things(), rows, batch=TOMORROW), TOMORROW)
    assert (state.rows_before, state.current_rows) == (3, 2)


def test_rows_are_counted_after_changes(subject: Subject, tmp_path: Path) -> None:
    """Of the whole table, and not those that the batch brought."""
    _load(subject, incoming_table(tmp_path, _things(), _rows("a", "b", "c")))
    changes: list[Row] = [{"id": 9, "name": "new"}]
    table = incoming_table(tmp_path, _things(), changes, batch=TOMORROW, mode="changes")
    state = _load(subject, table, TOMORROW)
    assert (state.rows_before, state.current_rows) == (3, 4)
    assert state.age_seconds == 3600


@pytest.mark.parametrize("hours_old", [None, -1])
def test_a_time_to_come_says_nothing_of_how_fresh_a_table_is(
    subject: Subject, tmp_path: Path, hours_old: float | None
) -> None:
    """Nor does NULL; where there is no other value, there is no age."""
    state = _load(subject, incoming_table(tmp_path, _things(), _rows("a", hours_old=hours_old)))
    assert state.age_seconds is None
    later = [*_rows("a", hours_old=hours_old), {"id": 5, "name": "b", "made_at": SNAPSHOT_AT}]
    state = _load(subject, incoming_table(tmp_path, _things(), later, batch=TOMORROW), TOMORROW)
    assert state.age_seconds == 0


def test_a_table_that_is_refused_shows_what_it_was_before(subject: Subject, tmp_path: Path) -> None:
    """Its rows stay as they are."""
    _load(subject, incoming_table(tmp_path, _things(), _rows("a", "b")))
    refused = incoming_table(tmp_path, _things(), _rows("c"), batch=TOMORROW, quarantined_because="drift")
    state = _load(subject, refused, TOMORROW)
    assert (state.is_refused, state.rows_before, state.current_rows) == (True, 2, 2)


def test_what_came_of_a_batch_is_recorded(subject: Subject, tmp_path: Path) -> None:
    """By batch, each expectation of each table; a batch without any has none."""
    assert list(subject.warehouse.outcomes(BATCH.id)) == []
    _load(subject, incoming_table(tmp_path, _things(), _rows("a", "b", None, hours_old=72)))
    found = [(each.table, each.expectation, each.holds) for each in subject.warehouse.outcomes(BATCH.id)]
    assert found == [
        ("things", "freshness of made_at", False),
        ("things", "quarantined share", True),
        ("things", "volume", True),
    ]
    assert list(subject.warehouse.outcomes(TOMORROW.id)) == []


def test_a_batch_that_is_stopped_leaves_everything_as_it_was(subject: Subject, tmp_path: Path) -> None:
    """No row, no account, no outcome; mended, it is loaded."""
    _load(subject, incoming_table(tmp_path, _things(), _rows("a", "b")))
    before = list(subject.warehouse.outcomes(BATCH.id))
    bad = incoming_table(tmp_path, _things(), _rows("a", None, None), batch=TOMORROW)
    with pytest.raises(DataQualityError, match="2 of 3 rows"):
        _load(subject, bad, TOMORROW)
    assert [account.batch_id for account in subject.warehouse.accounts()] == [BATCH.id]
    assert list(subject.warehouse.quarantine_groups()) == []
    assert subject.raw_rows("things") == 2
    assert len(subject.current("things")) == 2
    assert list(subject.warehouse.outcomes(BATCH.id)) == before
    assert list(subject.warehouse.outcomes(TOMORROW.id)) == []
    mended = replace(bad, contract=replace(_things(), quarantine=Threshold(0.7)))
    assert _load(subject, mended, TOMORROW).account.quarantined_rows == 2
