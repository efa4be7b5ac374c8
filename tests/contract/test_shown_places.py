"""Where what readers are shown can be looked at, in a file and in an account."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from streamvision.adapters.warehouse.duckdb.shown import ShapesInFiles
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.adapters.warehouse.snowflake.shown import ShownSchemas
from streamvision.adapters.warehouse.snowflake.warehouse import SnowflakeWarehouse
from streamvision.domain.batch import Batch
from streamvision.domain.errors import NothingPublishedError
from tests.contract.warehouses import Subject, duckdb_subject, snowflake_subject
from tests.fakes.building import BATCH, LOADED_AT, RUN_ID, incoming_table, people
from tests.support.snowflake import SnowflakeStandIn

_NEXT = Batch(date(2026, 3, 15))


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """Give a warehouse in a file, with one table of two rows."""
    subject = duckdb_subject(tmp_path / "warehouse.duckdb")
    rows: list[dict[str, object]] = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
    subject.load(BATCH, incoming_table(tmp_path, people(), rows))
    return subject


def shapes_of(subject: Subject) -> ShapesInFiles:
    """Return what looks at a warehouse in a file."""
    assert isinstance(subject.warehouse, DuckDBWarehouse)
    return ShapesInFiles(subject.warehouse.path, subject.warehouse.published_folder)


def test_a_file_that_is_shown_lends_its_columns_and_no_row(subject: Subject) -> None:
    """A run may write to the warehouse meanwhile, and the copies go when they were looked at."""
    subject.build(BATCH.id)
    subject.warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    with shapes_of(subject).lend() as shown:
        assert shown.is_copy
        tables = Path(shown.place.variables["STREAMVISION_DBT_DUCKDB_PATH"])
        raw = Path(shown.place.variables["STREAMVISION_DBT_RAW_PATH"])
        subject.load(_NEXT, incoming_table(tables.parent, people(), [], batch=_NEXT))
        with duckdb.connect(str(tables)) as connection:
            assert connection.execute("from marts.mart_0").fetchall() == []
            assert [each[:2] for each in connection.execute("describe marts.mart_0").fetchall()] == [
                ("plan_code", "VARCHAR")
            ]
        with duckdb.connect(str(raw)) as connection:
            assert connection.execute("select id, name from raw.people__versions").fetchall() == []
            assert connection.execute("select batch_id from ops.batches").fetchall() == []
    assert not tables.exists()
    assert not raw.exists()


def test_where_nothing_is_shown_there_is_nothing_to_look_at(subject: Subject) -> None:
    """Of a build that passed its tests, and was not published, nothing is told."""
    subject.build(BATCH.id)
    with pytest.raises(NothingPublishedError), shapes_of(subject).lend():
        pass


def test_an_account_lends_the_schemas_that_readers_know(snowflake: SnowflakeStandIn) -> None:
    """And not those of the next build; before the first publication there are none."""
    subject = snowflake_subject(snowflake.new_url())
    warehouse = subject.warehouse
    assert isinstance(warehouse, SnowflakeWarehouse)
    with pytest.raises(NothingPublishedError), ShownSchemas(warehouse).lend():
        pass
    subject.build(BATCH.id)
    warehouse.publish(run_id=RUN_ID, published_at=LOADED_AT)
    with ShownSchemas(warehouse).lend() as shown:
        variables = shown.place.variables
        assert not shown.is_copy
    assert variables["STREAMVISION_DBT_CORE_SCHEMA"] == "CORE"
    assert variables["STREAMVISION_DBT_MARTS_SCHEMA"] == "MARTS"
    # What is described is read, and no window is gone on with.
    assert variables["STREAMVISION_DBT_CHANGED_FROM"] == ""
