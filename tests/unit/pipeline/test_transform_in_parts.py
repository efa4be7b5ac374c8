"""A build that is done part by part ends where one in a single go ends, whatever comes between its parts."""

from datetime import UTC, date, datetime

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.errors import DataQualityError, WrongUseError
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import extract
from streamvision.pipeline.load.step import load
from streamvision.pipeline.transform.parts import begin_parts, build_parts, finish_parts
from tests.fakes.building import LOADED_AT, RUN_ID, people
from tests.fakes.lake import InMemoryLake
from tests.fakes.run import PartTransformer
from tests.fakes.source import InMemorySource
from tests.fakes.warehouse import InMemoryWarehouse

NOW = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
NEEDS = {"stg": (), "dim": ("stg",), "fct": ("stg",), "mart": ("dim", "fct")}


class _Build:
    """Hold a warehouse with a batch, and what builds in it."""

    def __init__(self) -> None:
        self.warehouse, self.lake = InMemoryWarehouse(), InMemoryLake()
        self.transformer = PartTransformer(NEEDS)
        self.load(9)

    def load(self, day: int) -> None:
        batch = Batch(date(2026, 3, day))
        source = InMemorySource({"people": [{"id": day}]})
        extract(source, self.lake, declared([people()]), batch, run_id=RUN_ID)
        load(self.lake, self.warehouse, [people()], until=batch, run_id=RUN_ID, loaded_at=lambda: LOADED_AT)

    def part(self, *names: str, run_id: str = RUN_ID) -> list[str]:
        """Build parts and return what was built for it."""
        before = len(self.transformer.built)
        build_parts(self.warehouse, self.transformer, names, run_id=run_id)
        return self.transformer.built[before:]

    def finish(self, run_id: str = RUN_ID) -> list[str]:
        """Finish and return what was built for it."""
        before = len(self.transformer.built)
        finish_parts(self.warehouse, self.transformer, run_id=run_id, now=lambda: NOW)
        return self.transformer.built[before:]


@pytest.fixture
def build() -> _Build:
    """Give a build that has begun."""
    build = _Build()
    begin_parts(build.warehouse, build.transformer, run_id=RUN_ID)
    return build


def test_part_after_part_each_is_built_once(build: _Build) -> None:
    """In the order of their needs nothing is built but what is asked for, and the end builds nothing."""
    assert [build.part(name) for name in NEEDS] == [[name] for name in NEEDS]
    assert build.finish() == []
    assert build.transformer.tested_across == 1
    assert build.warehouse.tested_batch() == "2026-03-09"


def test_what_a_part_needs_and_is_not_there_is_built_first(build: _Build) -> None:
    """So a task that is done again alone does not fail for want of another."""
    build.part("dim")
    assert build.part("mart") == ["fct", "mart"]


def test_a_part_is_built_again_when_it_is_asked_for_again(build: _Build) -> None:
    """Somebody has mended it, perhaps; what it needs stays."""
    build.part("mart")
    assert build.part("dim") == ["dim"]


def test_the_end_builds_what_nobody_asked_for(build: _Build) -> None:
    """A model that is newer than the list of tasks is not left out."""
    build.part("dim")
    assert build.finish() == ["fct", "mart"]


@pytest.mark.parametrize("other", ["another run", "published", "loaded"])
def test_a_build_that_made_way_is_begun_anew(build: _Build, other: str) -> None:
    """After another run's build, after it was recorded, and after RAW has changed, nothing of it counts."""
    build.part("mart")
    if other == "another run":
        begin_parts(build.warehouse, build.transformer, run_id="another")
        build.part("stg", run_id="another")
    elif other == "published":
        build.finish()
    else:
        build.load(10)
    assert build.part("dim") == ["stg", "dim"]
    assert build.finish() == ["fct", "mart"]
    assert build.warehouse.tested_batch() == ("2026-03-10" if other == "loaded" else "2026-03-09")


def test_a_part_that_fails_does_not_count_as_passed_any_more(build: _Build) -> None:
    """What passed the first time and failed the second holds up the end."""
    build.part("mart")
    build.transformer.failing = {"dim"}
    with pytest.raises(DataQualityError):
        build.part("dim")
    with pytest.raises(DataQualityError):
        build.finish()
    assert build.warehouse.tested_batch() is None
    build.transformer.failing = set()
    assert build.finish() == ["dim"]


def test_tests_across_parts_hold_up_the_end(build: _Build) -> None:
    """All parts have passed, and together they have not."""
    build.part("mart")
    build.transformer.failing = {"across"}
    with pytest.raises(DataQualityError):
        build.finish()
    assert build.warehouse.tested_batch() is None


def test_a_part_that_is_not_there_is_refused(build: _Build) -> None:
    """The list of tasks is older than the models."""
    with pytest.raises(WrongUseError, match="no model gone") as refusal:
        build.part("gone")
    assert refusal.value.next_command == "streamvision models prepare"


def test_without_a_batch_there_is_nothing_to_begin() -> None:
    """As for a build in one go."""
    with pytest.raises(WrongUseError, match="no batch was loaded yet"):
        begin_parts(InMemoryWarehouse(), PartTransformer(NEEDS), run_id=RUN_ID)
