"""How marts are published as files of DuckDB: what lies in the folder, and what is left of those killed."""

import json
import os
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from streamvision.domain.errors import WarehouseError
from tests.contract.publishers import DAY, MOMENT, DuckDBPublisher, shown_number


@pytest.fixture
def publisher(tmp_path: Path) -> DuckDBPublisher:
    """Return a publisher that has published nothing yet."""
    return DuckDBPublisher(tmp_path)


def test_the_file_itself_says_what_it_is(publisher: DuckDBPublisher) -> None:
    """The dashboards can show it beside their figures, in one query."""
    publisher.publish(1, MOMENT)
    rows = publisher.reader().query("select batch_id, batch_date, tested_at, run_id from ops.publication")
    (row,) = rows.to_pylist()
    assert (row["batch_id"], row["batch_date"], row["run_id"]) == ("2026-03-14", DAY, "run-1")
    assert row["tested_at"] == MOMENT


def test_core_is_published_with_the_marts(publisher: DuckDBPublisher) -> None:
    """Both switch in one step; staging, with the names and addresses of people, stays in the warehouse."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    found = reader.query(
        "select distinct schema_name from duckdb_tables() union select distinct schema_name"
        " from duckdb_schemas() where schema_name = 'staging' order by all"
    )
    assert found.column("schema_name").to_pylist() == ["core", "marts", "ops"]
    assert reader.query("from core.dim_people").to_pylist() == [{"user_id": 1}]


def test_the_old_publication_can_be_read_meanwhile(publisher: DuckDBPublisher) -> None:
    """Who has it open goes on reading it while the next one is made and shown."""
    publisher.publish(1, MOMENT)
    (old,) = publisher.warehouse.published_folder.glob("*.duckdb")
    with duckdb.connect(str(old), read_only=True) as reading:
        publisher.publish(2, MOMENT + timedelta(seconds=1))
        assert reading.execute("select number from marts.numbers").fetchone() == (1,)
    assert shown_number(publisher.reader()) == 2


def test_readers_can_look_while_the_warehouse_is_written(publisher: DuckDBPublisher) -> None:
    """A run that has the warehouse open is in nobody's way."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    with duckdb.connect(str(publisher.warehouse.path)) as writing:
        writing.execute("begin; create table numbers as select 1 as number")
        assert shown_number(reader) == 1


def test_old_publications_are_removed(publisher: DuckDBPublisher) -> None:
    """The last two stay; nothing unfinished is left."""
    for number in range(1, 6):
        publisher.publish(number, MOMENT + timedelta(seconds=number))
    names = sorted(path.name for path in publisher.warehouse.published_folder.iterdir())
    assert len([name for name in names if name.endswith(".duckdb")]) == 2
    assert [name for name in names if not name.endswith(".duckdb")] == ["current.json", "tested.json"]


def test_what_failed_stays_until_the_next_build(publisher: DuckDBPublisher) -> None:
    """Somebody may want to look at the rows that did not pass; readers see the last good state."""
    publisher.publish(1, MOMENT)
    failed = publisher.build(2)
    with duckdb.connect(str(failed), read_only=True) as looking:
        assert looking.execute("select number from marts.numbers").fetchone() == (2,)
    assert publisher.build(3) == failed
    with duckdb.connect(str(failed), read_only=True) as looking:
        assert looking.execute("select number from marts.numbers").fetchone() == (3,)
    publisher.record(3, MOMENT)
    assert not failed.exists()
    assert shown_number(publisher.reader()) == 1


def test_builds_that_nobody_published_do_not_pile_up(publisher: DuckDBPublisher) -> None:
    """Each build removes the one before it, unless people look at that or did so last."""
    publisher.publish(1, MOMENT)
    publisher.publish(2, MOMENT)
    shown = set(publisher.warehouse.published_folder.glob("*.duckdb"))
    for number in range(3, 6):
        publisher.build(number)
        publisher.record(number, MOMENT + timedelta(seconds=number))
    files = set(publisher.warehouse.published_folder.glob("*.duckdb"))
    assert files > shown
    assert len(files) == 3
    assert shown_number(publisher.reader()) == 2


def test_a_publication_that_was_killed_is_not_seen(publisher: DuckDBPublisher) -> None:
    """Its unfinished file is cleared away by the next."""
    publisher.publish(1, MOMENT)
    folder = publisher.warehouse.published_folder
    (folder / "build-20260315T060001000000.duckdb").write_bytes(b"renamed, not noted")
    (folder / "building.duckdb.wal").write_bytes(b"half")
    (folder / "tested.json.unfinished").write_bytes(b"half")
    (folder / "current.json.unfinished").write_bytes(b"half")
    assert shown_number(publisher.reader()) == 1
    publisher.publish(2, MOMENT + timedelta(seconds=1))
    assert shown_number(publisher.reader()) == 2
    assert list(folder.glob("*.unfinished*")) == []
    assert len(list(folder.glob("*.duckdb*"))) == 2


def test_a_publication_killed_before_it_has_tidied_up_is_finished_by_the_next(
    publisher: DuckDBPublisher,
) -> None:
    """Done again it is the same, and what was left goes."""
    before = publisher.publish(1, MOMENT)
    folder = publisher.warehouse.published_folder
    left = folder / "build-20260315T060001000000.duckdb"
    left.write_bytes(b"of long ago")
    assert publisher.warehouse.publish(run_id="another", published_at=MOMENT + timedelta(hours=1)) == before
    assert not left.exists()


def test_a_pointer_that_cannot_be_written_leaves_what_is_shown(publisher: DuckDBPublisher) -> None:
    """The error says so, and with the obstacle gone the same build is shown."""
    publisher.publish(1, MOMENT)
    obstacle = publisher.warehouse.published_folder / f"current.json.{os.getpid()}.unfinished"
    publisher.build(2)
    publisher.record(2, MOMENT)
    obstacle.mkdir()
    with pytest.raises(WarehouseError, match="refused"):
        publisher.warehouse.publish(run_id="run-2", published_at=MOMENT)
    assert shown_number(publisher.reader()) == 1
    obstacle.rmdir()
    publisher.warehouse.publish(run_id="run-2", published_at=MOMENT)
    assert shown_number(publisher.reader()) == 2


def test_publications_of_a_version_before_can_be_read(publisher: DuckDBPublisher) -> None:
    """They have names and pointers of another form; they go once two others were published."""
    publisher.publish(1, MOMENT)
    folder = publisher.warehouse.published_folder
    document = json.loads((folder / "current.json").read_text(encoding="utf-8"))
    old = (folder / document["file"]).rename(folder / "marts-20260315T060000000000.duckdb")
    del document["file_before"]
    (folder / "current.json").write_text(json.dumps(document | {"file": old.name}), encoding="utf-8")
    (folder / "tested.json").unlink()
    assert shown_number(publisher.reader()) == 1
    publisher.publish(2, MOMENT)
    assert old.exists()
    publisher.publish(3, MOMENT)
    assert not old.exists()


def test_nobody_writes_through_a_reader(publisher: DuckDBPublisher) -> None:
    """The file is open for reading only."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    with pytest.raises(duckdb.Error, match="read-only"):
        reader.query("delete from marts.numbers")
    assert shown_number(reader) == 1


def test_moments_are_shown_in_utc(publisher: DuckDBPublisher) -> None:
    """Wherever the machine stands."""
    publisher.publish(1, MOMENT)
    found = publisher.reader().query("select made_at, made_at::varchar as text from marts.numbers")
    assert found.schema.field("made_at").type == pa.timestamp("us", tz="UTC")
    assert found.column("text")[0].as_py() == "2026-03-14 23:30:00+00"
