"""What is shown to people has passed its tests."""

from datetime import UTC, date, datetime, timedelta

import pytest

from streamvision.domain.basis import BatchWindow
from streamvision.domain.batch import Batch
from streamvision.domain.errors import DataQualityError, ModelsFailedError, WrongUseError
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import extract
from streamvision.pipeline.load.step import load
from streamvision.pipeline.publish.step import publish
from streamvision.pipeline.transform.step import transform
from streamvision.ports.transformer import BuildSummary
from tests.fakes.building import LOADED_AT, RUN_ID, people
from tests.fakes.lake import InMemoryLake
from tests.fakes.run import CannedTransformer
from tests.fakes.source import InMemorySource
from tests.fakes.warehouse import InMemoryWarehouse

SUMMARY = BuildSummary(models=30, tests=90, warnings=0)
NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)


def _loaded(*days: int) -> InMemoryWarehouse:
    warehouse, lake = InMemoryWarehouse(), InMemoryLake()
    for day in days:
        batch = Batch(date(2026, 3, day))
        extract(InMemorySource({"people": [{"id": 1}]}), lake, declared([people()]), batch, run_id=RUN_ID)
        load(lake, warehouse, [people()], until=batch, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)
    return warehouse


def _transform(warehouse: InMemoryWarehouse, outcome: BuildSummary | Exception) -> BuildSummary:
    return transform(warehouse, CannedTransformer(outcome), run_id=RUN_ID, now=lambda: NOW)


def test_a_build_that_passed_is_noted_under_the_newest_batch() -> None:
    """Publishing needs to know what the marts were built from."""
    warehouse = _loaded(9, 10)
    assert _transform(warehouse, SUMMARY) == SUMMARY
    assert warehouse.tested_batch() == "2026-03-10"


@pytest.mark.parametrize("error", [DataQualityError("a test failed"), ModelsFailedError("a model failed")])
def test_a_build_that_failed_takes_back_the_one_before(error: Exception) -> None:
    """The marts are half new then, and must not be shown."""
    warehouse = _loaded(9)
    _transform(warehouse, SUMMARY)
    with pytest.raises(type(error)):
        _transform(warehouse, error)
    assert warehouse.tested_batch() is None


def test_without_a_batch_nothing_is_built() -> None:
    """The next command makes one."""
    transformer = CannedTransformer(SUMMARY)
    with pytest.raises(WrongUseError, match="no batch was loaded yet") as refusal:
        transform(InMemoryWarehouse(), transformer, run_id=RUN_ID, now=lambda: NOW)
    assert refusal.value.next_command == "streamvision run"
    assert transformer.builds == 0


def test_tested_marts_are_published_under_their_batch() -> None:
    """Readers are told which day they see, and since when."""
    warehouse = _loaded(9)
    _transform(warehouse, SUMMARY)
    publication = publish(warehouse, run_id=RUN_ID, published_at=NOW)
    assert (publication.batch_id, publication.batch_date) == ("2026-03-09", date(2026, 3, 9))
    assert (publication.published_at, publication.run_id) == (NOW, RUN_ID)
    assert warehouse.published() == publication


def test_marts_that_did_not_pass_are_not_published() -> None:
    """What was shown before stays."""
    warehouse = _loaded(9)
    _transform(warehouse, SUMMARY)
    before = publish(warehouse, run_id=RUN_ID, published_at=NOW)
    with pytest.raises(DataQualityError):
        _transform(warehouse, DataQualityError("a test failed"))
    with pytest.raises(WrongUseError, match="have not passed their tests"):
        publish(warehouse, run_id=RUN_ID, published_at=NOW)
    assert warehouse.published() == before


def _load_more(
    warehouse: InMemoryWarehouse, lake: InMemoryLake, day: int, *, loaded_at: datetime = LOADED_AT
) -> None:
    batch = Batch(date(2026, 3, day))
    if f"raw/postgres/_batches/{batch.id}/_manifest.json" not in lake.files:
        extract(InMemorySource({"people": [{"id": 1}]}), lake, declared([people()]), batch, run_id=RUN_ID)
    load(lake, warehouse, [people()], until=batch, run_id=RUN_ID, loaded_at=lambda: loaded_at)


def _shown(*days: int) -> tuple[InMemoryWarehouse, InMemoryLake]:
    """Return a warehouse in which everything that is loaded is shown, and its lake."""
    warehouse, lake = InMemoryWarehouse(), InMemoryLake()
    for day in days:
        _load_more(warehouse, lake, day)
    _transform(warehouse, SUMMARY)
    publish(warehouse, run_id=RUN_ID, published_at=NOW)
    return warehouse, lake


def test_a_build_goes_on_from_the_one_that_is_shown() -> None:
    """It looks at the batches that came since, however many."""
    warehouse, lake = _shown(9)
    assert warehouse.start.window is None
    _load_more(warehouse, lake, 10)
    _load_more(warehouse, lake, 12)
    _transform(warehouse, SUMMARY)
    assert warehouse.start.window == BatchWindow("2026-03-10", "2026-03-13")


def test_a_build_that_is_not_shown_is_not_gone_on_from() -> None:
    """Its file may be gone: the next one looks at the same batches again."""
    warehouse, lake = _shown(9)
    _load_more(warehouse, lake, 10)
    for _ in range(2):
        _transform(warehouse, SUMMARY)
        assert warehouse.start.window == BatchWindow("2026-03-10", "2026-03-11")


def test_a_build_after_batches_were_loaded_again_begins_anew() -> None:
    """What is shown may tell of rows that were taken back."""
    warehouse, lake = _shown(9, 10)
    warehouse.forget_from(Batch(date(2026, 3, 10)))
    _load_more(warehouse, lake, 10, loaded_at=LOADED_AT + timedelta(hours=1))
    _transform(warehouse, SUMMARY)
    assert warehouse.start.window is None


def test_a_build_by_other_models_begins_anew() -> None:
    """What is shown was made by another text."""
    warehouse, _ = _shown(9)
    transformer = CannedTransformer(SUMMARY)
    transformer.models = "the models of the next version"
    transform(warehouse, transformer, run_id=RUN_ID, now=lambda: NOW)
    assert warehouse.start.window is None
