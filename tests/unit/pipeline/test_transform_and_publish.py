"""What is shown to people has passed its tests."""

from datetime import UTC, date, datetime

import pytest

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
