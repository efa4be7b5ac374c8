"""Decisions over fakes: written first, applied once, in their place, and again by a new warehouse."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.contract import Contract
from streamvision.domain.decision import DECISIONS_PREFIX, Action, parse_decision
from streamvision.domain.errors import LakeError, ManifestError
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import extract
from streamvision.pipeline.load.decisions import Choice, Decisions
from streamvision.pipeline.load.step import load
from streamvision.ports.warehouse import DecidedRows
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, Row, column, contract
from tests.fakes.lake import InMemoryLake, InterruptedLake
from tests.fakes.source import InMemorySource
from tests.fakes.warehouse import InMemoryWarehouse

EVERYTHING = Choice()
TOMORROW = Batch(date(2026, 3, 15))
STRICT = [contract("people", column("id", "bigint"), column("name", "text"))]
MENDED = [contract("people", column("id", "bigint"), column("name", "text", nullable=True))]
PEOPLE: list[Row] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]


def _extract(lake: InMemoryLake, batch: Batch = BATCH, rows: Sequence[Row] = PEOPLE) -> None:
    extract(InMemorySource({"people": rows}), lake, declared(MENDED), batch, run_id=RUN_ID)


def _load(
    lake: InMemoryLake,
    warehouse: InMemoryWarehouse,
    until: Batch = BATCH,
    contracts: Sequence[Contract] = STRICT,
) -> None:
    load(lake, warehouse, contracts, until=until, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)


def _decide(
    lake: InMemoryLake | InterruptedLake,
    warehouse: InMemoryWarehouse,
    action: Action = "release",
    choice: Choice = EVERYTHING,
    contracts: Sequence[Contract] = MENDED,
) -> list[DecidedRows]:
    decisions = Decisions(lake, warehouse, contracts, lambda: LOADED_AT)
    _decision, decided = decisions.decide(action, choice, reason="why not", run_id="decided-run")
    return list(decided)


def _started() -> tuple[InMemoryLake, InMemoryWarehouse]:
    lake, warehouse = InMemoryLake(), InMemoryWarehouse()
    _extract(lake)
    _load(lake, warehouse)
    return lake, warehouse


def _current(warehouse: InMemoryWarehouse) -> list[Row]:
    return [version.row for version in warehouse.versions["people"].current]


def test_a_release_stands_in_the_lake_and_in_the_warehouse() -> None:
    """With who, when, why, and the rows that were chosen."""
    lake, warehouse = _started()
    assert _decide(lake, warehouse) == [DecidedRows("people", 1, 1, 0)]
    (key,) = lake.keys(DECISIONS_PREFIX)
    document = json.loads(lake.files[key])
    assert key == f"{DECISIONS_PREFIX}2026-03-14_0001.json"
    assert (document["action"], document["after_batch"], document["reason"]) == (
        "release",
        "2026-03-14",
        "why not",
    )
    assert document["rows"] == [
        {
            "table": "people",
            "batch_id": "2026-03-14",
            "source_file": BATCH.file_key("people", 0, "parquet"),
            "ranges": [[1, 1]],
        }
    ]
    (applied,) = warehouse.decisions()
    assert (applied.decision_id, applied.run_id, applied.rows_loaded) == ("2026-03-14_0001", "decided-run", 1)
    assert _current(warehouse) == PEOPLE


@pytest.mark.parametrize(
    "choice", [Choice(table="visits"), Choice(batch_id="2026-03-13"), Choice(rule="id_not_null")]
)
def test_nothing_is_written_where_nothing_is_chosen(choice: Choice) -> None:
    """The lake and the warehouse stay as they are."""
    lake, warehouse = _started()
    before = dict(lake.files)
    assert _decide(lake, warehouse, choice=choice) == []
    assert lake.files == before
    assert list(warehouse.decisions()) == []


def test_an_empty_warehouse_has_nothing_to_decide() -> None:
    """Nor does it need a lake."""
    assert _decide(InMemoryLake(), InMemoryWarehouse()) == []


def test_releasing_twice_changes_nothing() -> None:
    """What was released is not open any more."""
    lake, warehouse = _started()
    _decide(lake, warehouse)
    before = (dict(lake.files), list(warehouse.accounts()), list(warehouse.raw["people"]))
    assert _decide(lake, warehouse) == []
    assert (lake.files, list(warehouse.accounts()), warehouse.raw["people"]) == before


def test_a_drop_reads_no_file() -> None:
    """Rows can be dropped though the batch has left the lake."""
    lake, warehouse = _started()
    for key in [key for key in lake.files if key.endswith(".parquet")]:
        lake.delete(key)
    assert _decide(lake, warehouse, "drop") == [DecidedRows("people", 1, 0, 0)]
    assert list(warehouse.open_rows()) == []


def test_a_kill_at_any_operation_leaves_a_decision_whole_or_unmade() -> None:
    """The next load finishes one that is in the lake; deciding again does no harm."""
    finished, kills = False, 0
    while not finished:
        lake, warehouse = _started()
        try:
            _decide(InterruptedLake(lake, kills), warehouse)
            finished = True
        except LakeError:
            kills += 1
        is_made = bool(lake.keys(DECISIONS_PREFIX))
        _load(lake, warehouse, contracts=MENDED)
        assert len(warehouse.decisions()) == int(is_made)
        assert (len(_current(warehouse)) == 2) is is_made
        _decide(lake, warehouse)
        assert _current(warehouse) == PEOPLE
        assert len(warehouse.decisions()) == len(lake.keys(DECISIONS_PREFIX)) == 1
    assert kills > 2


def test_deciding_first_finishes_what_was_decided_before() -> None:
    """So the same rows are not decided on twice."""
    lake, warehouse = _started()
    _decide(lake, warehouse, "drop")
    warehouse_again = InMemoryWarehouse()
    late = InMemoryLake()
    late.files.update({key: value for key, value in lake.files.items() if "_decisions" not in key})
    _load(late, warehouse_again)
    assert _decide(lake, warehouse_again) == []
    assert len(lake.keys(DECISIONS_PREFIX)) == 1
    (applied,) = warehouse_again.decisions()
    assert applied.action == "drop"


def test_a_new_warehouse_repeats_the_decisions_in_their_places() -> None:
    """After the batch that was the newest, and before any later one."""
    lake, warehouse = _started()
    _decide(lake, warehouse)
    _extract(lake, TOMORROW, [{"id": 2, "name": "Bob"}])
    _load(lake, warehouse, TOMORROW)
    again = InMemoryWarehouse()
    # Under the old contract the row breaks again, and stays open.
    _load(lake, again, TOMORROW, STRICT)
    (applied,) = again.decisions()
    assert (applied.rows_chosen, applied.rows_still_broken) == (1, 1)
    assert [account.balances for account in again.accounts()] == [True, True]
    mended = InMemoryWarehouse()
    _load(lake, mended, TOMORROW, MENDED)
    (applied,) = mended.decisions()
    # Under the mended contract it never breaks: there is nothing to release.
    assert applied.rows_chosen == 0
    assert _current(mended) == _current(warehouse)


def test_a_damaged_decision_stops_the_load_before_it_begins() -> None:
    """It may be about anything."""
    lake, warehouse = _started()
    _decide(lake, warehouse)
    (key,) = lake.keys(DECISIONS_PREFIX)
    lake.files[key] += b" "
    lake.files[key] = lake.files[key].replace(b"release", b"discard")
    again = InMemoryWarehouse()
    with pytest.raises(ManifestError, match="decision"):
        _load(lake, again)
    assert list(again.accounts()) == []
    _load(lake, warehouse)


def test_a_decision_on_another_source_is_refused() -> None:
    """Its row numbers mean nothing here."""
    lake, warehouse = _started()
    _decide(lake, warehouse, "drop")
    (key,) = lake.keys(DECISIONS_PREFIX)
    decision = replace(parse_decision(lake.files[key], key), source_id="another")
    lake.files[key] = decision.to_json()
    with pytest.raises(ManifestError, match="another database"):
        _load(lake, InMemoryWarehouse())
