"""The order of batches: each is loaded after the one that it stands on, and after no other."""

from dataclasses import replace
from datetime import date

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import digest, parse_batch_manifest
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import extract
from streamvision.pipeline.load.step import load
from tests.fakes.building import LOADED_AT, RUN_ID, people
from tests.fakes.lake import InMemoryLake
from tests.fakes.source import InMemorySource
from tests.fakes.warehouse import InMemoryWarehouse

DAYS = [Batch(date(2026, 3, day)) for day in (14, 15, 16)]
FIRST, SECOND, THIRD = DAYS


def _lake(*days: Batch) -> InMemoryLake:
    lake = InMemoryLake()
    for number, day in enumerate(days, start=1):
        source = InMemorySource({"people": [{"id": n, "name": None} for n in range(number)]})
        extract(source, lake, declared([people()]), day, run_id=RUN_ID)
    return lake


def _load(lake: InMemoryLake, warehouse: InMemoryWarehouse, until: Batch) -> None:
    load(lake, warehouse, [people()], until=until, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)


def _remove(lake: InMemoryLake, day: Batch) -> dict[str, bytes]:
    keys = [key for key in lake.files if f"/{day.id}/" in key]
    return {key: lake.files.pop(key) for key in keys}


def test_a_batch_names_the_one_before_it() -> None:
    """The first names none; each later one names the one before, with its checksum."""
    lake = _lake(*DAYS)
    found = [parse_batch_manifest(lake.files[day.manifest_key], day) for day in DAYS]
    assert [each.previous for each in found] == ["", FIRST.id, SECOND.id]
    assert found[2].previous_sha256 == digest(lake.files[SECOND.manifest_key])


def test_a_missing_batch_is_told_and_those_before_it_stay_loaded() -> None:
    """Nothing is loaded over a gap; once the batch is back, the load goes on."""
    lake, warehouse = _lake(*DAYS), InMemoryWarehouse()
    removed = _remove(lake, SECOND)
    with pytest.raises(ManifestError, match="2026-03-15, which that of 2026-03-16 stands on, is missing"):
        _load(lake, warehouse, THIRD)
    assert {account.batch_id for account in warehouse.accounts()} == {FIRST.id}
    lake.files |= removed
    _load(lake, warehouse, THIRD)
    assert len(warehouse.accounts()) == 3


def test_a_batch_out_of_order_is_refused() -> None:
    """A day that appears in the lake after a later one was loaded does not slip in behind it."""
    lake, warehouse = _lake(FIRST, THIRD), InMemoryWarehouse()
    _load(lake, warehouse, THIRD)
    lake.files |= {key: text for key, text in _lake(*DAYS).files.items() if f"/{SECOND.id}/" in key}
    with pytest.raises(ManifestError, match="out of order: the warehouse has the later batch of 2026-03-16"):
        _load(lake, warehouse, THIRD)
    assert {account.batch_id for account in warehouse.accounts()} == {FIRST.id, THIRD.id}


def test_a_lake_that_was_begun_anew_is_refused() -> None:
    """Its first batch does not stand on what the warehouse has."""
    warehouse = InMemoryWarehouse()
    _load(_lake(FIRST), warehouse, FIRST)
    with pytest.raises(ManifestError, match="first of a lake") as refusal:
        _load(_lake(SECOND), warehouse, SECOND)
    assert "run --rebuild" in refusal.value.next_command


def test_a_batch_that_stands_on_an_older_one_is_refused() -> None:
    """The warehouse has a batch of which the lake's next one knows nothing."""
    warehouse = InMemoryWarehouse()
    _load(_lake(FIRST, SECOND), warehouse, SECOND)
    with pytest.raises(ManifestError, match="stands on that of 2026-03-14, but the warehouse has a later"):
        _load(_lake(FIRST, THIRD), warehouse, THIRD)


def test_a_batch_that_was_made_after_another_one_of_that_day_is_refused() -> None:
    """A name alone does not make it the batch that this one stands on."""
    lake, warehouse = _lake(FIRST, SECOND), InMemoryWarehouse()
    manifest = parse_batch_manifest(lake.files[SECOND.manifest_key], SECOND)
    lake.files[SECOND.manifest_key] = replace(manifest, previous_sha256="0" * 64).to_json()
    with pytest.raises(ManifestError, match="another batch of 2026-03-14 than the lake has now"):
        _load(lake, warehouse, SECOND)


def test_batches_that_are_loaded_may_be_moved_out_of_the_lake() -> None:
    """The warehouse knows them; the next batch is loaded after them."""
    lake, warehouse = _lake(*DAYS), InMemoryWarehouse()
    _load(lake, warehouse, SECOND)
    _remove(lake, FIRST)
    _remove(lake, SECOND)
    _load(lake, warehouse, THIRD)
    assert {account.batch_id for account in warehouse.accounts()} == {day.id for day in DAYS}
