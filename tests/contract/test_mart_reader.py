"""What every reader of the published marts does, over DuckDB's files."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from streamvision.adapters.warehouse.duckdb.published import PublishedMarts
from streamvision.adapters.warehouse.duckdb.warehouse import DuckDBWarehouse
from streamvision.domain.errors import NothingPublishedError, WarehouseError
from streamvision.ports.marts import MartReader, Publication

DAY = date(2026, 3, 14)
MOMENT = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)


class _Publisher:
    """Build marts of one number and publish them."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "warehouse" / "w.duckdb"
        self._path.parent.mkdir(parents=True)
        self.warehouse = DuckDBWarehouse(f"duckdb://{self._path}")

    def build(self, number: int) -> Path:
        """Build as far as the tests, and return the file."""
        path = Path(self.warehouse.begin_build().name)
        with duckdb.connect(str(path)) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute("create schema marts; create schema core; create schema staging")
            connection.execute("create view staging.stg_people as select 'Ada' as first_name")
            connection.execute("create table core.dim_people as select 1 as user_id")
            connection.execute(
                "create table marts.numbers as select $number::bigint as number,"
                " timestamptz '2026-03-14 23:30:00+00' as made_at",
                {"number": number},
            )
        return path

    def record(self, number: int, moment: datetime) -> None:
        """Note that what was built passed its tests."""
        self.warehouse.record_build(DAY.isoformat(), run_id=f"run-{number}", tested_at=moment)

    def publish(self, number: int, moment: datetime) -> Publication:
        """Build, note and publish."""
        self.build(number)
        self.record(number, moment)
        return self.warehouse.publish(run_id=f"run-{number}", published_at=moment)

    def reader(self) -> MartReader:
        return PublishedMarts(self.warehouse.published_folder)


@pytest.fixture
def publisher(tmp_path: Path) -> _Publisher:
    """Return a publisher that has published nothing yet."""
    return _Publisher(tmp_path)


def _number(reader: MartReader) -> object:
    return reader.query("select number from marts.numbers").column("number")[0].as_py()


def test_before_the_first_publication_readers_are_told(publisher: _Publisher) -> None:
    """With the command that makes one; the same reader works once it is there."""
    reader = publisher.reader()
    for ask in (reader.publication, lambda: reader.query("select 1")):
        with pytest.raises(NothingPublishedError) as refusal:
            ask()
        assert refusal.value.next_command == "streamvision up --no-serve"
    publisher.publish(1, MOMENT)
    assert _number(reader) == 1


def test_readers_are_told_what_they_see(publisher: _Publisher) -> None:
    """Batch, moment and run."""
    publisher.publish(1, MOMENT)
    assert publisher.reader().publication() == Publication("2026-03-14", DAY, MOMENT, "run-1")


def test_the_file_itself_says_what_it_is(publisher: _Publisher) -> None:
    """The dashboards can show it beside their figures, in one query."""
    publisher.publish(1, MOMENT)
    rows = publisher.reader().query("select batch_id, batch_date, tested_at, run_id from ops.publication")
    (row,) = rows.to_pylist()
    assert (row["batch_id"], row["batch_date"], row["run_id"]) == ("2026-03-14", DAY, "run-1")
    assert row["tested_at"] == MOMENT


def test_core_is_published_with_the_marts(publisher: _Publisher) -> None:
    """Both switch in one step; staging, with the names and addresses of people, stays in the warehouse."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    found = reader.query(
        "select distinct schema_name from duckdb_tables() union select distinct schema_name"
        " from duckdb_schemas() where schema_name = 'staging' order by all"
    )
    assert found.column("schema_name").to_pylist() == ["core", "marts", "ops"]
    assert reader.query("from core.dim_people").to_pylist() == [{"user_id": 1}]


def test_a_new_publication_shows_without_reopening(publisher: _Publisher) -> None:
    """The next query sees it."""
    reader = publisher.reader()
    for number in range(1, 5):
        publisher.publish(number, MOMENT + timedelta(seconds=number))
        assert _number(reader) == number
        assert reader.publication().run_id == f"run-{number}"


def test_what_is_built_but_not_published_does_not_show(publisher: _Publisher) -> None:
    """People see the last state that passed."""
    reader = publisher.reader()
    publisher.publish(1, MOMENT)
    publisher.build(2)
    assert _number(reader) == 1
    publisher.record(2, MOMENT + timedelta(seconds=1))
    assert _number(reader) == 1
    assert _number(publisher.reader()) == 1


def test_the_old_publication_can_be_read_meanwhile(publisher: _Publisher) -> None:
    """Who has it open goes on reading it while the next one is made and shown."""
    publisher.publish(1, MOMENT)
    (old,) = publisher.warehouse.published_folder.glob("*.duckdb")
    with duckdb.connect(str(old), read_only=True) as reading:
        publisher.publish(2, MOMENT + timedelta(seconds=1))
        assert reading.execute("select number from marts.numbers").fetchone() == (1,)
    assert _number(publisher.reader()) == 2


def test_readers_can_look_while_the_warehouse_is_written(publisher: _Publisher) -> None:
    """A run that has the warehouse open is in nobody's way."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    with duckdb.connect(str(publisher.warehouse.path)) as writing:
        writing.execute("begin; create table numbers as select 1 as number")
        assert _number(reader) == 1


def test_old_publications_are_removed(publisher: _Publisher) -> None:
    """The last two stay; nothing unfinished is left."""
    for number in range(1, 6):
        publisher.publish(number, MOMENT + timedelta(seconds=number))
    names = sorted(path.name for path in publisher.warehouse.published_folder.iterdir())
    assert len([name for name in names if name.endswith(".duckdb")]) == 2
    assert [name for name in names if not name.endswith(".duckdb")] == ["current.json", "tested.json"]


def test_what_failed_stays_until_the_next_build(publisher: _Publisher) -> None:
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
    assert _number(publisher.reader()) == 1


def test_builds_that_nobody_published_do_not_pile_up(publisher: _Publisher) -> None:
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
    assert _number(publisher.reader()) == 2


def test_a_clock_that_was_set_back_does_not_hide_the_newest(publisher: _Publisher) -> None:
    """What was published last is what shows, whatever the clock said."""
    reader = publisher.reader()
    for number, seconds in enumerate((10, 11, 5, 4), start=1):
        publisher.publish(number, MOMENT + timedelta(seconds=seconds))
        (current,) = publisher.reader().query("select 1 as one").to_pylist()
        assert current == {"one": 1}
        assert _number(reader) == number


def test_a_publication_that_was_killed_is_not_seen(publisher: _Publisher) -> None:
    """Its unfinished file is cleared away by the next."""
    publisher.publish(1, MOMENT)
    folder = publisher.warehouse.published_folder
    (folder / "build-20260315T060001000000.duckdb").write_bytes(b"renamed, not noted")
    (folder / "building.duckdb.wal").write_bytes(b"half")
    (folder / "tested.json.unfinished").write_bytes(b"half")
    (folder / "current.json.unfinished").write_bytes(b"half")
    assert _number(publisher.reader()) == 1
    publisher.publish(2, MOMENT + timedelta(seconds=1))
    assert _number(publisher.reader()) == 2
    assert list(folder.glob("*.unfinished*")) == []
    assert len(list(folder.glob("*.duckdb*"))) == 2


def test_a_publication_killed_before_it_has_tidied_up_is_finished_by_the_next(publisher: _Publisher) -> None:
    """Done again it is the same, and what was left goes."""
    before = publisher.publish(1, MOMENT)
    folder = publisher.warehouse.published_folder
    left = folder / "build-20260315T060001000000.duckdb"
    left.write_bytes(b"of long ago")
    assert publisher.warehouse.publish(run_id="another", published_at=MOMENT + timedelta(hours=1)) == before
    assert not left.exists()


def test_a_pointer_that_cannot_be_written_leaves_what_is_shown(publisher: _Publisher) -> None:
    """The error says so, and with the obstacle gone the same build is shown."""
    publisher.publish(1, MOMENT)
    obstacle = publisher.warehouse.published_folder / "current.json.unfinished"
    publisher.build(2)
    publisher.record(2, MOMENT)
    obstacle.mkdir()
    with pytest.raises(WarehouseError, match="refused"):
        publisher.warehouse.publish(run_id="run-2", published_at=MOMENT)
    assert _number(publisher.reader()) == 1
    obstacle.rmdir()
    publisher.warehouse.publish(run_id="run-2", published_at=MOMENT)
    assert _number(publisher.reader()) == 2


def test_publications_of_a_version_before_can_be_read(publisher: _Publisher) -> None:
    """They have names and pointers of another form; they go once two others were published."""
    publisher.publish(1, MOMENT)
    folder = publisher.warehouse.published_folder
    document = json.loads((folder / "current.json").read_text(encoding="utf-8"))
    old = (folder / document["file"]).rename(folder / "marts-20260315T060000000000.duckdb")
    del document["file_before"]
    (folder / "current.json").write_text(json.dumps(document | {"file": old.name}), encoding="utf-8")
    (folder / "tested.json").unlink()
    assert _number(publisher.reader()) == 1
    publisher.publish(2, MOMENT)
    assert old.exists()
    publisher.publish(3, MOMENT)
    assert not old.exists()


def test_parameters_are_values_and_no_sql(publisher: _Publisher) -> None:
    """Text that looks like SQL is text."""
    publisher.publish(1, MOMENT)
    hostile = "'; drop table marts.numbers; --"
    found = publisher.reader().query(
        "select $text as text, number from marts.numbers where number = $number",
        {"text": hostile, "number": 1},
    )
    assert found.to_pylist() == [{"text": hostile, "number": 1}]


def test_nobody_writes_through_a_reader(publisher: _Publisher) -> None:
    """The file is open for reading only."""
    publisher.publish(1, MOMENT)
    reader = publisher.reader()
    with pytest.raises(duckdb.Error, match="read-only"):
        reader.query("delete from marts.numbers")
    assert _number(reader) == 1


def test_moments_are_shown_in_utc(publisher: _Publisher) -> None:
    """Wherever the machine stands."""
    publisher.publish(1, MOMENT)
    found = publisher.reader().query("select made_at, made_at::varchar as text from marts.numbers")
    assert found.schema.field("made_at").type == pa.timestamp("us", tz="UTC")
    assert found.column("text")[0].as_py() == "2026-03-14 23:30:00+00"


def test_several_threads_may_ask_at_once(publisher: _Publisher) -> None:
    """While publications come: each sees one that was there, whole."""
    reader = publisher.reader()
    publisher.publish(0, MOMENT)

    def ask(_: int) -> object:
        return _number(reader)

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = [pool.submit(ask, number) for number in range(40)]
        publisher.publish(1, MOMENT + timedelta(seconds=1))
        answers += [pool.submit(ask, number) for number in range(40)]
        seen = [answer.result() for answer in answers]
    assert set(seen) <= {0, 1}
    assert seen[-1] == 1
