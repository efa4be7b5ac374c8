"""A source that is not what the contracts say, and a lake that is not what was written, stop a run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.conftest import PUBLISHED_DAY
from tests.e2e.errors import assert_clear
from tests.e2e.homes import assert_same, loaded, succeed
from tests.support.cli import Home

EXTRACT = ("extract", "--date", PUBLISHED_DAY)
LOAD = ("load", "--date", PUBLISHED_DAY)
RATINGS = Path("raw/postgres/ratings") / PUBLISHED_DAY
RATINGS_FILE = RATINGS / f"ratings_{PUBLISHED_DAY.replace('-', '')}.parquet"
BATCH = Path("raw/postgres/_batches") / PUBLISHED_DAY / "_manifest.json"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("alter table ratings drop column comment", "public.ratings.comment: not in the source"),
        (
            "alter table episodes alter column duration_seconds type bigint",
            "public.episodes.duration_seconds: is bigint, the contract says integer",
        ),
        ("drop table search_queries", "public.search_queries: there is no such table"),
    ],
    ids=["column dropped", "type changed", "table dropped"],
)
def test_a_source_that_broke_its_contract_is_not_extracted(
    source: str, new_home: Callable[[str], Home], statement: LiteralString, said: str
) -> None:
    """Every difference is named and nothing is written."""
    with psycopg.connect(source) as connection:
        connection.execute(statement)
    home = new_home(source)
    assert_clear(home.run(*EXTRACT, exits=1), said)
    assert not list(home.lake.rglob("*.parquet"))


def test_a_column_that_the_contract_does_not_know_comes_along(
    source: str, new_home: Callable[[str], Home]
) -> None:
    """It would be lost in silence otherwise; people hear of it."""
    with psycopg.connect(source) as connection:
        connection.execute("alter table users add column phone text default '+33 1'")
    home = new_home(source)
    extracted = home.run(*EXTRACT)
    assert "phone" in extracted.stderr
    home.run(*LOAD)
    assert {row["phone"] for row in home.warehouse_tables("raw")["users"]} == {"+33 1"}


def cut_off(lake: Path) -> None:
    """Cut the end of a data file, as a copy that was broken off would."""
    content = (lake / RATINGS_FILE).read_bytes()
    (lake / RATINGS_FILE).write_bytes(content[: len(content) // 2])


def flip_a_bit(lake: Path) -> None:
    """Change one bit in the middle of a data file."""
    content = bytearray((lake / RATINGS_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (lake / RATINGS_FILE).write_bytes(bytes(content))


def remove_a_file(lake: Path) -> None:
    """Remove a data file."""
    (lake / RATINGS_FILE).unlink()


def remove_a_manifest(lake: Path) -> None:
    """Remove a table's manifest."""
    (lake / RATINGS / "_manifest.json").unlink()


def edit_a_manifest(lake: Path) -> None:
    """Make a table's manifest promise fewer rows, as somebody who hides a loss would."""
    path = lake / RATINGS / "_manifest.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["files"][0]["rows"] -= 1
    path.write_text(json.dumps(document), encoding="utf-8")


def edit_the_batch(lake: Path) -> None:
    """Take a table out of the batch's own manifest."""
    document = json.loads((lake / BATCH).read_text(encoding="utf-8"))
    del document["tables"]["ratings"]
    (lake / BATCH).write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_off, str(RATINGS_FILE)),
        (flip_a_bit, str(RATINGS_FILE)),
        (remove_a_file, str(RATINGS_FILE)),
        (remove_a_manifest, str(RATINGS)),
        (edit_a_manifest, str(RATINGS)),
        (edit_the_batch, str(BATCH)),
    ],
)
def test_a_damaged_batch_is_not_loaded(
    first: Home, first_source: str, new_home: Callable[[str], Home], damage: Callable[[Path], None], said: str
) -> None:
    """A batch that is not, to the bit, what was extracted is refused as a whole, and its file is named."""
    home = new_home(first_source)
    shutil.copytree(first.lake, home.lake)
    damage(home.lake)
    assert_clear(home.run(*LOAD, exits=1), said)
    assert not home.warehouse.exists()


def test_a_batch_loads_once_what_was_damaged_is_restored(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """A refused batch is not marked in any way: with its file back, the same command loads it."""
    home = new_home(first_source)
    shutil.copytree(first.lake, home.lake)
    remove_a_file(home.lake)
    home.run(*LOAD, exits=1)
    shutil.copy(first.lake / RATINGS_FILE, home.lake / RATINGS_FILE)
    home.run(*LOAD)
    assert_same(loaded(home), loaded(first))


def test_a_batch_that_changed_after_it_was_loaded_is_refused(
    first: Home, first_source: str, new_home: Callable[[str], Home]
) -> None:
    """The warehouse remembers which manifests it loaded, and says where the lake tells another story."""
    home = new_home(first_source)
    succeed(first, home)
    shutil.rmtree(home.lake / "raw")
    home.run(*EXTRACT)
    assert_clear(home.run(*LOAD, exits=1), PUBLISHED_DAY)
    assert_same(loaded(home), loaded(first))
