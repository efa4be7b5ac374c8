"""The build as a whole: history, repetition, descriptions and refusal."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from streamvision.assets import asset
from streamvision.domain.errors import DataQualityError
from tests.integration.warehouse.conftest import Rows, SmallWarehouse


def contents(warehouse: SmallWarehouse) -> dict[str, Rows]:
    """Return all rows of core and marts, by table."""
    tables = warehouse.rows(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_schema in ('core', 'marts') order by all"
    )
    return {name: warehouse.rows(f"from {name} order by all") for (name,) in tables}


def copy_of(built: SmallWarehouse, folder: Path) -> SmallWarehouse:
    """Return a warehouse that a test may change; what dbt has parsed is taken along, to save its time."""
    shutil.copy(built.path, folder)
    shutil.copytree(built.work, folder / "dbt")
    return SmallWarehouse(folder / built.path.name, folder / "dbt")


def test_users_keep_their_history_over_batches(built: SmallWarehouse) -> None:
    """A change begins a version on the day it was seen; a deletion ends the last one; no names are kept."""
    assert built.rows(
        "select user_id, plan_code, is_active, valid_from, valid_to, is_current"
        " from core.dim_users order by all"
    ) == [
        (1, "basic", True, date(2026, 2, 1), date(2026, 3, 2), False),
        (1, "premium_annual", True, date(2026, 3, 2), None, True),
        (2, "free", True, date(2026, 2, 9), None, True),
        (3, "basic", True, date(2026, 1, 5), date(2026, 3, 2), False),
        (4, "basic", False, date(2026, 2, 10), date(2026, 3, 2), False),
        (4, "free", True, date(2026, 3, 2), None, True),
    ]


def test_titles_are_bridged_to_their_tags_and_genres(built: SmallWarehouse) -> None:
    """A label that was written twice counts once; a title that left the catalogue keeps its own."""
    assert built.rows("from core.bridge_content_tags order by all") == [(1, "new"), (1, "slow"), (3, "new")]
    assert built.rows("from core.bridge_content_genres order by all") == [
        (1, "Drama", True),
        (2, "Comedy", True),
        (3, "Drama", True),
    ]
    assert built.rows("select content_id, removed_date from core.dim_content where not is_available") == [
        (3, date(2026, 3, 2))
    ]


def test_no_personal_data_leaves_staging(built: SmallWarehouse) -> None:
    """Neither core nor marts has a column for an address or a name of a person."""
    assert (
        built.rows(
            "select table_name, column_name from information_schema.columns where table_schema in"
            " ('core', 'marts') and column_name in ('email', 'username', 'first_name', 'last_name')"
        )
        == []
    )


def test_every_column_is_described_in_its_order(built: SmallWarehouse) -> None:
    """What is described beside a model is what the warehouse has, column by column."""
    documents = {path.stem: yaml.safe_load(path.read_text()) for path in _described()}
    described = {
        name: [column["name"] for column in document["models"][0]["columns"]]
        for name, document in documents.items()
    }
    there: dict[str, list[str]] = {}
    for table, column in built.rows(
        "select table_name, column_name from information_schema.columns where table_schema in"
        " ('staging', 'core', 'marts') and table_name not in ('geography', 'devices')"
        " order by table_name, ordinal_position"
    ):
        there.setdefault(table, []).append(column)
    assert described == there


def _described() -> list[Path]:
    """Return the file beside each model; those of metrics are in a folder of their own."""
    files = asset("warehouse/models").rglob("[a-z]*.yml")
    return [path for path in files if path.parent.name != "metrics"]


def test_a_second_build_changes_nothing(built: SmallWarehouse, tmp_path: Path) -> None:
    """The same RAW gives the same rows."""
    again = copy_of(built, tmp_path)
    again.build()
    assert contents(again) == contents(built)


def test_a_build_changes_nothing_in_what_was_loaded(built: SmallWarehouse, tmp_path: Path) -> None:
    """The warehouse's file stays as it is, byte for byte: it can be read while a build goes on."""
    beside = copy_of(built, tmp_path)
    before = beside.path.read_bytes()
    with duckdb.connect(str(beside.path), read_only=True) as reading:
        beside.build()
        assert reading.execute("select count(*) > 0 from raw.users__versions").fetchone() == (True,)
    assert beside.path.read_bytes() == before


def test_a_build_that_failed_can_be_looked_at_until_the_next(built: SmallWarehouse, tmp_path: Path) -> None:
    """The error names the file with the rows that failed, and the next build does not stumble over it."""
    again = copy_of(built, tmp_path)
    again.execute("update raw.users__versions set is_active = false where id = 1 and _valid_to_batch is null")
    with pytest.raises(DataQualityError) as failure:
        again.build()
    assert str(again.building) in failure.value.where
    current = "select is_active from core.dim_users where user_id = 1 and is_current"
    assert again.rows(current) == [(False,)]
    again.execute("update raw.users__versions set is_active = true where id = 1 and _valid_to_batch is null")
    again.build()
    assert again.rows(current) == [(True,)]
    assert contents(again) == contents(built)


def test_what_contradicts_itself_stops_the_build(built: SmallWarehouse, tmp_path: Path) -> None:
    """An account neither active nor ended, and an event to a plan that is not there, are both named."""
    wrong = copy_of(built, tmp_path)
    wrong.execute(
        "update raw.users__versions set is_active = false where id = 1 and _valid_to_batch is null;"
        "update raw.subscription_events__versions set to_plan_id = 99 where id = 4"
    )
    with pytest.raises(DataQualityError) as failure:
        wrong.build()
    assert "is_active_agrees_with_subscription" in str(failure.value)
    assert "relationships_stg_app__subscription_events_to_plan_id" in str(failure.value)
