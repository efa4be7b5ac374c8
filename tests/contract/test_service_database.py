"""The service's database: what every adapter of the port keeps, then what PostgreSQL adds."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from streamvision.adapters.service.postgres import PostgresServiceDatabase
from streamvision.domain.errors import RunInProgressError, SourceError, SourceUnreachableError, WrongUseError
from streamvision.pipeline.simulate.behaviour import Behaviour
from streamvision.pipeline.simulate.live import Glimpse, Tempo, live
from streamvision.pipeline.simulate.note import read_note
from streamvision.pipeline.simulate.step import PRESETS, SimulationSpec, go_on, simulate
from streamvision.ports.service import ServiceChanges, ServiceDatabase
from tests.fakes.run import SteppingClock
from tests.support.embedded_postgres import EmbeddedPostgres
from tests.support.memory_service import UNIQUE, MemoryServiceDatabase

MIGRATIONS = Path(__file__).parents[2] / "source" / "migrations"
SPEC = SimulationSpec(PRESETS["small"], seed=3, until=date(2026, 11, 22))
Batches = list[pa.RecordBatch]


class Subject(Protocol):
    """A database under test, and a look into it past the port."""

    @property
    def database(self) -> ServiceDatabase:
        """Return what is tested."""
        ...

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows in the order of their keys."""
        ...


class MemorySubject:
    """The fake that the tests of the simulator use."""

    def __init__(self) -> None:
        """Begin without tables."""
        self.database = MemoryServiceDatabase()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows in the order of their keys."""
        found = self.database.tables.get(table)
        return sorted(found.to_pylist(), key=lambda row: int(row["id"])) if found else []


class PostgresSubject:
    """A database of its own on the embedded server."""

    def __init__(self, url: str) -> None:
        """Take its URL."""
        self.url = url
        self.database = PostgresServiceDatabase(url, MIGRATIONS)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows in the order of their keys."""
        query = sql.SQL("select * from {} order by id").format(sql.Identifier(table))
        with psycopg.connect(self.url) as connection:
            connection.execute("set timezone = 'UTC'")
            cursor = connection.execute(query)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, query: str) -> object:
        """Return the first value of a query's first row, and keep what it changed."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture(params=["memory", "postgres"])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Give each kind of database, empty and without tables."""
    if request.param == "memory":
        return MemorySubject()
    server: EmbeddedPostgres = request.getfixturevalue("embedded_server")
    return PostgresSubject(server.new_database())


@pytest.fixture
def postgres(embedded_server: EmbeddedPostgres) -> PostgresSubject:
    """Give a PostgreSQL database, empty and without tables."""
    return PostgresSubject(embedded_server.new_database())


def titles(*ids: int, **changes: object) -> Batches:
    """Make a batch of content with these keys."""
    row = {
        "title": 'A "quoted", title',
        "content_type": "film",
        "genre": "Drama",
        "subgenre": None,
        "release_year": 2020,
        "duration_minutes": 100,
        "director": "",
        "main_actor": None,
        "imdb_rating": Decimal("7.5"),
        "content_rating": "PG",
        "is_original": True,
        "added_date": date(2021, 2, 28),
        "available_countries": ["US", "FR"],
        "tags": [],
        "description": "back\\slash, {brace}",
    }
    kinds = {"release_year": pa.int16(), "duration_minutes": pa.int32(), "imdb_rating": pa.decimal128(3, 1)}
    kinds |= {"added_date": pa.date32(), "is_original": pa.bool_()}
    kinds |= {"available_countries": pa.list_(pa.string()), "tags": pa.list_(pa.string())}
    schema = pa.schema([("id", pa.int64()), *((name, kinds.get(name, pa.string())) for name in row)])
    rows = [{"id": key, **row, **changes} for key in ids]
    return [pa.RecordBatch.from_pylist(rows, schema=schema)]


def episodes(*content_ids: int) -> Batches:
    """Make a batch of episodes, one per title."""
    count = len(content_ids)
    return [
        pa.RecordBatch.from_pydict(
            {
                "id": pa.array(range(1, count + 1), pa.int64()),
                "content_id": pa.array(content_ids, pa.int64()),
                "season_number": pa.array([1] * count, pa.int16()),
                "episode_number": pa.array([1] * count, pa.int16()),
                "title": ["Arrival"] * count,
                "duration_seconds": pa.array([1_800] * count, pa.int32()),
                "air_date": pa.array([date(2020, 1, 1)] * count),
            }
        )
    ]


def test_migrations_run_once(subject: Subject) -> None:
    """The first call applies all in order, the second finds nothing to do."""
    names = ["0001_people_and_plans", "0002_catalogue", "0003_viewing"]
    assert list(subject.database.migrate()) == names
    assert list(subject.database.migrate()) == []


def test_a_database_is_empty_until_it_is_filled(subject: Subject) -> None:
    """Migrations leave no row; a filled table does."""
    subject.database.migrate()
    assert subject.database.is_empty()
    assert subject.database.fill([("content", titles(1))]) == {"content": 1}
    assert not subject.database.is_empty()


def test_rows_arrive_exactly(subject: Subject) -> None:
    """NULL, the empty string, quotes, arrays, decimals and dates come back as they were given."""
    subject.database.migrate()
    given = titles(7, 8) + titles(9, tags=['a "b"', "c,d", "{e}", "", "NULL", "f\\g"], imdb_rating=None)
    assert subject.database.fill([("content", given)]) == {"content": 3}
    assert subject.rows("content") == [row for batch in given for row in batch.to_pylist()]


def test_a_table_without_rows_is_counted_as_empty(subject: Subject) -> None:
    """A table may come without a single batch."""
    subject.database.migrate()
    assert subject.database.fill([("content", [])]) == {"content": 0}
    assert subject.database.is_empty()


@pytest.mark.parametrize(
    "second", [("content", titles(3, 3)), ("episodes", episodes(1, 99))], ids=["unique", "reference"]
)
def test_a_broken_constraint_leaves_nothing(subject: Subject, second: tuple[str, Batches]) -> None:
    """When a later table breaks a constraint, the earlier ones are not kept either."""
    subject.database.migrate()
    with pytest.raises(SourceError):
        subject.database.fill([("content", titles(1, 2)), second])
    assert subject.database.is_empty()


def test_what_making_the_rows_raises_comes_through(subject: Subject) -> None:
    """An error of the giver is not taken for one of the database, and leaves nothing."""
    subject.database.migrate()

    def failing() -> Iterator[pa.RecordBatch]:
        yield from titles(1)
        raise WrongUseError("the giver failed")

    with pytest.raises(WrongUseError, match="the giver failed"):
        subject.database.fill([("content", failing())])
    assert subject.database.is_empty()


def test_a_simulation_fits_every_constraint(subject: Subject) -> None:
    """The small preset is taken whole, with the same rows by every database."""
    reference = MemorySubject()
    written = simulate(subject.database, SPEC, lambda _table, _rows: None)
    simulate(reference.database, SPEC, lambda _table, _rows: None)
    assert len(written) == 9
    for table, count in written.items():
        assert len(subject.rows(table)) == count
        assert subject.rows(table) == reference.rows(table)


def test_a_note_is_kept_with_the_rows(subject: Subject) -> None:
    """It is there once rows were written with it, and as it was when they could not be."""
    subject.database.migrate()
    assert subject.database.note() == ""
    subject.database.fill([("content", titles(1))], note='{"it": "is"}')
    assert subject.database.note() == '{"it": "is"}'
    unknown = ServiceChanges([("episodes", episodes(99))], [], [])
    with pytest.raises(SourceError):
        subject.database.change(unknown, note="another")
    assert subject.database.note() == '{"it": "is"}'


def test_days_change_every_database_alike(subject: Subject) -> None:
    """What the days after a simulated history insert, update and delete is the same everywhere."""
    spec = replace(SPEC, behaviour=Behaviour(erasures=1.0, free_leaves=0.5, expiries_a_year=8.0))
    reference = MemorySubject()
    for database in (subject.database, reference.database):
        simulate(database, spec, lambda _table, _rows: None)
    before = {row["id"] for row in subject.rows("users")}
    last = spec.until + timedelta(days=6)
    changed = go_on(subject.database, last, lambda _table, _rows: None)
    assert changed == go_on(reference.database, last, lambda _table, _rows: None)
    for table in changed:
        assert subject.rows(table) == reference.rows(table)
    assert before - {row["id"] for row in subject.rows("users")}
    assert subject.database.note() == reference.database.note()


def test_a_service_lives_on_in_every_database_alike(subject: Subject) -> None:
    """Lived in small transactions, stopped within a day and played on: the rows are those of a played day."""
    spec = replace(SPEC, behaviour=Behaviour(erasures=1.0, free_leaves=0.5, expiries_a_year=8.0))
    reference, last = MemorySubject(), spec.until + timedelta(days=2)
    for database in (subject.database, reference.database):
        simulate(database, spec, lambda _table, _rows: None)
    told: list[Glimpse] = []
    tempo = Tempo(7_200.0, viewers=10, until=last)
    clock = SteppingClock(datetime(2026, 12, 24, tzinfo=UTC))
    live(subject.database, tempo, clock, lambda: len(told) == 17, told.append)
    note = read_note(subject.database.note())
    assert note is not None
    assert (note.until, note.moment is None) == (spec.until + timedelta(days=1), False)
    reference.database.fill([], replace(note, until=spec.until, moment=None).to_json())
    for database in (subject.database, reference.database):
        go_on(database, last, lambda _table, _rows: None)
    for table in UNIQUE:
        assert subject.rows(table) == reference.rows(table)
    assert subject.database.note() == reference.database.note()


def test_one_simulation_at_a_time_holds_a_database(subject: Subject) -> None:
    """Another one is refused as long as the first holds it, and let in afterwards."""
    with subject.database.hold(), pytest.raises(RunInProgressError), subject.database.hold():
        pass
    with subject.database.hold():
        pass


def test_sequences_stand_behind_the_highest_key(postgres: PostgresSubject) -> None:
    """The service can go on inserting rows without naming their keys."""
    postgres.database.migrate()
    postgres.database.fill([("content", titles(5, 41)), ("episodes", episodes(5))])
    insert = (
        "insert into content (title, content_type, genre, release_year, duration_minutes, content_rating, "
        "added_date, available_countries) values ('x', 'film', 'Drama', 2020, 90, 'PG', '2021-01-01', '{}') "
        "returning id"
    )
    assert postgres.value(insert) == 42
    # A table that stayed empty begins at 1.
    postgres.database.fill([("ratings", [])])
    assert postgres.value("select nextval(pg_get_serial_sequence('ratings', 'id'))") == 1


def test_keys_references_and_indexes_are_as_they_were(postgres: PostgresSubject) -> None:
    """Filling empty tables leaves each constraint and index of the migrations, by its name and definition."""
    postgres.database.migrate()
    query = (
        "select array_agg(found order by found) from (select conrelid::regclass || conname || "
        "pg_get_constraintdef(oid) || convalidated::text as found from pg_constraint "
        "union all select indexdef from pg_indexes where schemaname = 'public') as all_of_them"
    )
    before = postgres.value(query)
    postgres.database.fill([("content", titles(1)), ("episodes", episodes(1)), ("ratings", [])])
    assert isinstance(before, list)
    assert len(before) > 100
    assert postgres.value(query) == before


def test_columns_that_are_not_named_get_their_defaults(postgres: PostgresSubject) -> None:
    """The columns of the batches name the columns to fill."""
    postgres.database.migrate()
    batch = titles(1)[0].drop_columns(["tags", "is_original"])
    postgres.database.fill([("content", [batch])])
    assert [(row["tags"], row["is_original"]) for row in postgres.rows("content")] == [([], False)]


def test_the_statistics_are_fresh(postgres: PostgresSubject) -> None:
    """The planner knows how many rows there are."""
    postgres.database.migrate()
    postgres.database.fill([("content", titles(*range(1, 101)))])
    assert postgres.value("select reltuples::int from pg_class where relname = 'content'") == 100


def test_an_error_names_the_constraint_and_not_the_row(postgres: PostgresSubject) -> None:
    """The message tells what broke and where; the values of the row, which may be personal, stay out."""
    postgres.database.migrate()
    with pytest.raises(SourceError, match="content_content_rating_check") as raised:
        postgres.database.fill([("content", titles(1, content_rating="SECRET", title="Private name"))])
    assert "where: content in" in str(raised.value)
    assert "Private name" not in str(raised.value)


def test_two_migrators_at_once_apply_each_migration_once(postgres: PostgresSubject) -> None:
    """The second waits for the first and finds nothing left to do."""
    with ThreadPoolExecutor(2) as pool:
        results = [run.result() for run in [pool.submit(postgres.database.migrate) for _ in range(2)]]
    assert sorted(len(names) for names in results) == [0, 3]
    assert postgres.value("select count(*) from schema_migrations") == 3


@pytest.fixture
def migrations(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes migrations into a folder."""

    def write(**scripts: str) -> Path:
        for name, script in scripts.items():
            (tmp_path / f"{name}.sql").write_text(script, encoding="utf-8")
        return tmp_path

    return write


def test_a_migration_changed_after_it_ran_is_refused(
    postgres: PostgresSubject, migrations: Callable[..., Path]
) -> None:
    """The error names the migration, and nothing newer is applied."""
    folder = migrations(a="create table a (id int)")
    PostgresServiceDatabase(postgres.url, folder).migrate()
    migrations(a="create table a (id bigint)", b="create table b (id int)")
    with pytest.raises(SourceError, match="migration a was changed"):
        PostgresServiceDatabase(postgres.url, folder).migrate()
    assert postgres.value("select to_regclass('b')") is None


def test_a_migration_that_is_gone_is_refused(
    postgres: PostgresSubject, migrations: Callable[..., Path]
) -> None:
    """A database from a newer checkout is not touched by an older one."""
    folder = migrations(a="create table a (id int)", b="create table b (id int)")
    PostgresServiceDatabase(postgres.url, folder).migrate()
    (folder / "b.sql").unlink()
    with pytest.raises(SourceError, match="migration b is gone"):
        PostgresServiceDatabase(postgres.url, folder).migrate()


def test_a_migration_that_fails_leaves_no_trace(
    postgres: PostgresSubject, migrations: Callable[..., Path]
) -> None:
    """What it did before it failed is undone; once mended, it runs."""
    folder = migrations(a="create table a (id int); select 1 / 0")
    with pytest.raises(SourceError, match="division by zero"):
        PostgresServiceDatabase(postgres.url, folder).migrate()
    assert postgres.value("select to_regclass('a')") is None
    migrations(a="create table a (id int)")
    assert PostgresServiceDatabase(postgres.url, folder).migrate() == ["a"]


def test_a_folder_without_migrations_is_wrong_use(postgres: PostgresSubject, tmp_path: Path) -> None:
    """An installation without its migrations says so instead of making no tables."""
    with pytest.raises(WrongUseError, match="no migrations"):
        PostgresServiceDatabase(postgres.url, tmp_path).migrate()


@pytest.mark.parametrize("act", ["migrate", "is_empty", "fill"])
def test_a_server_that_does_not_answer_is_unreachable(act: str, tmp_path: Path) -> None:
    """The error says what to type next and keeps the password to itself."""
    database = PostgresServiceDatabase(f"postgresql://me:hunter2@/db?host={tmp_path}", MIGRATIONS)
    acts: dict[str, Callable[[], object]] = {
        "migrate": database.migrate,
        "is_empty": database.is_empty,
        "fill": lambda: database.fill([("content", titles(1))]),
    }
    with pytest.raises(SourceUnreachableError, match="streamvision doctor") as raised:
        acts[act]()
    assert "hunter2" not in str(raised.value)


def test_a_url_that_makes_no_sense_is_wrong_use() -> None:
    """The error does not repeat the URL, which may hold a password."""
    with pytest.raises(WrongUseError) as raised:
        PostgresServiceDatabase("postgresql://me:hunter2@host:port:9/db?x=%", MIGRATIONS)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_instants_keep_their_moment(postgres: PostgresSubject) -> None:
    """Whatever zone the server is set to, an instant comes back as the same moment."""
    postgres.database.migrate()
    name = sql.Identifier(str(postgres.value("select current_database()")))
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("alter database {} set timezone = 'Asia/Tokyo'").format(name))
    simulate(postgres.database, SPEC, lambda _table, _rows: None)
    newest = postgres.value("select max(started_at) from viewing_sessions")
    reference = MemorySubject()
    simulate(reference.database, SPEC, lambda _table, _rows: None)
    expected = max(row["started_at"] for row in reference.rows("viewing_sessions"))
    assert isinstance(newest, datetime)
    assert newest.astimezone(UTC) == expected
