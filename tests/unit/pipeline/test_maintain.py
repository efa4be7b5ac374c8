"""What no manifest vouches for goes from the lake, and nothing else does."""

from datetime import date

import pytest

from streamvision.domain.batch import Batch
from streamvision.domain.errors import LeaseLostError
from streamvision.pipeline.extract.derive import declared
from streamvision.pipeline.extract.step import extract
from streamvision.pipeline.maintain.step import CleanedLake, clean_lake
from tests.fakes.building import RUN_ID, people
from tests.fakes.lake import InMemoryLake
from tests.fakes.source import InMemorySource

LEFT = (
    # Of a batch that is there, of a day without one between two, and segments that mean nothing any more.
    "raw/postgres/people/2026-03-09/people_20260309_7.parquet",
    "raw/postgres/people/2026-03-10/people_20260310.parquet",
    "raw/postgres/_batches/2026-03-11/segments/000000.json",
)
KEPT = (
    # Of a day that is still to be extracted, and what is none of the extraction's.
    "raw/postgres/people/2026-03-12/people_20260312.parquet",
    "raw/postgres/_batches/2026-03-12/segments/000000.json",
    "raw/postgres/notes.txt",
    "quarantine/postgres/people/2026-03-09/people_20260309.parquet",
)


def _unlocked() -> None:
    """Hold what nobody else wants."""


@pytest.fixture
def lake() -> InMemoryLake:
    """Give a lake with the batches of two days, what killed extractions have left, and other things."""
    lake = InMemoryLake()
    for day in (9, 11):
        source = InMemorySource({"people": [{"id": day}]})
        extract(source, lake, declared([people()]), Batch(date(2026, 3, day)), run_id=RUN_ID)
    for key in (*LEFT, *KEPT):
        lake.put(key, b"left")
    return lake


def test_what_killed_extractions_have_left_is_removed(lake: InMemoryLake) -> None:
    """Every file of a batch stays, and so does what the next extraction may go on with."""
    before = {*lake.keys("raw/"), *lake.keys("quarantine/")}
    cleaned = clean_lake(lake, _unlocked)
    assert sorted(cleaned.removed) == sorted(LEFT)
    assert cleaned.kept_of == ()
    assert {*lake.keys("raw/"), *lake.keys("quarantine/")} == before - set(LEFT)
    assert clean_lake(lake, _unlocked) == CleanedLake()


def test_of_a_batch_whose_manifest_is_damaged_nothing_is_removed(lake: InMemoryLake) -> None:
    """Nobody knows what belongs to it; the others are cleaned all the same."""
    lake.put(Batch(date(2026, 3, 9)).table_manifest_key("people"), b"{}")
    cleaned = clean_lake(lake, _unlocked)
    assert cleaned.kept_of == ("2026-03-09",)
    assert sorted(cleaned.removed) == sorted(LEFT[1:])


def test_nothing_is_removed_by_a_run_that_has_lost_the_lake(lake: InMemoryLake) -> None:
    """Another one may be writing what no manifest names yet."""

    def lost() -> None:
        raise LeaseLostError("another run has the lake")

    before = lake.keys("raw/")
    with pytest.raises(LeaseLostError):
        clean_lake(lake, lost)
    assert lake.keys("raw/") == before


def test_a_lake_without_a_batch_is_left_alone() -> None:
    """The first extraction may be on its way."""
    lake = InMemoryLake()
    lake.put(LEFT[0], b"left")
    assert clean_lake(lake, _unlocked) == CleanedLake()
    assert lake.keys("raw/") == [LEFT[0]]
