"""Loading days again, over fakes: what is taken back, and what is refused before anything is."""

from datetime import date

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.errors import ManifestError, StreamVisionError, WrongUseError
from streamvision.pipeline.load.replay import rebuild, replay
from streamvision.pipeline.load.step import LoadedBatch, load
from streamvision.ports.warehouse import Warehouse
from tests.fakes.building import LOADED_AT, RUN_ID, column, contract
from tests.fakes.chain import add_batch
from tests.fakes.lake import InMemoryLake
from tests.fakes.warehouse import InMemoryWarehouse

STRICT = contract("people", column("id", "bigint"), column("name", "text"))
MENDED = contract("people", column("id", "bigint"), column("name", "text", nullable=True))
DAYS = [Batch(date(2026, 3, day)) for day in (14, 15, 16)]
FIRST, SECOND, THIRD = DAYS


class _Stage:
    """Hold a lake of three days, with a row in the second that breaks the strict contract."""

    def __init__(self) -> None:
        self.lake, self.warehouse = InMemoryLake(), InMemoryWarehouse()
        self.contract = STRICT
        for number, day in enumerate(DAYS, start=1):
            name = None if day == SECOND else f"name {number}"
            add_batch(self.lake, day, (STRICT, "snapshot", [{"id": 1, "name": name}]))

    def load(self, warehouse: Warehouse, until: Batch) -> list[LoadedBatch]:
        """Load as the step does."""
        return load(
            self.lake, warehouse, [self.contract], until=until, run_id=RUN_ID, loaded_at=lambda: LOADED_AT
        )

    def replay(self, first: Batch, last: Batch | None = None) -> list[str]:
        """Load days again and return which."""
        loaded = replay(self.lake, self.warehouse, self.load, first=first, last=last)
        return [each.batch.id for each in loaded]

    def loaded_rows(self) -> dict[str, int]:
        """Return how many rows of each batch were loaded."""
        return {account.batch_id: account.loaded_rows for account in self.warehouse.accounts()}


def test_days_are_loaded_again_under_the_contracts_of_today() -> None:
    """The days before stay as they were loaded; those after stand on the days that were loaded again."""
    stage = _Stage()
    stage.load(stage.warehouse, THIRD)
    assert stage.loaded_rows() == {FIRST.id: 1, SECOND.id: 0, THIRD.id: 1}
    quarantined = SECOND.quarantine_key("people")
    assert quarantined in stage.lake.files
    stage.contract = MENDED
    assert stage.replay(SECOND, SECOND) == [SECOND.id, THIRD.id]
    assert stage.loaded_rows() == {FIRST.id: 1, SECOND.id: 1, THIRD.id: 1}
    assert quarantined not in stage.lake.files


def test_days_that_the_warehouse_does_not_have_yet_are_loaded_up_to_the_last() -> None:
    """Without a last day, that is the newest of the lake."""
    stage = _Stage()
    assert stage.replay(FIRST, SECOND) == [FIRST.id, SECOND.id]
    assert stage.replay(SECOND) == [SECOND.id, THIRD.id]


@pytest.mark.parametrize(
    ("first", "last"), [(Batch(date(2026, 4, 1)), None), (Batch(date(2026, 3, 1)), Batch(date(2026, 3, 2)))]
)
def test_days_without_a_batch_are_refused(first: Batch, last: Batch | None) -> None:
    """Nothing is taken back for nothing."""
    stage = _Stage()
    stage.load(stage.warehouse, THIRD)
    with pytest.raises(WrongUseError, match="no batch from"):
        stage.replay(first, last)
    assert len(stage.loaded_rows()) == 3


@pytest.mark.parametrize("damaged", [THIRD, SECOND])
def test_what_could_not_be_loaded_again_is_not_taken_back(damaged: Batch) -> None:
    """A batch that is loaded, but not in the lake any more or damaged there, shows before."""
    stage = _Stage()
    stage.load(stage.warehouse, THIRD)
    if damaged == THIRD:
        del stage.lake.files[THIRD.manifest_key]
    else:
        stage.lake.files[SECOND.manifest_key] = b"{}"
    with pytest.raises(ManifestError) as refusal:
        stage.replay(SECOND)
    assert refusal.value.where == damaged.manifest_key
    assert len(stage.loaded_rows()) == 3


def test_the_warehouse_is_made_anew_up_to_a_day() -> None:
    """By default up to the newest batch of the lake."""
    stage = _Stage()
    loaded = rebuild(stage.lake, stage.warehouse, stage.load, until=SECOND)
    assert [each.batch for each in loaded] == [FIRST, SECOND]
    rebuild(stage.lake, stage.warehouse, stage.load, until=None)
    assert list(stage.loaded_rows()) == [day.id for day in DAYS]


def test_a_warehouse_that_cannot_be_made_anew_stays() -> None:
    """Whether the lake is empty or a batch of it is damaged."""
    stage = _Stage()
    stage.load(stage.warehouse, THIRD)
    del stage.lake.files[SECOND.table_manifest_key("people")]
    for lake in (stage.lake, InMemoryLake()):
        with pytest.raises(StreamVisionError):
            rebuild(lake, stage.warehouse, stage.load, until=None)
        assert list(stage.loaded_rows()) == [day.id for day in DAYS]
