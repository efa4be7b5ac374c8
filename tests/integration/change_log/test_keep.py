"""How the log is kept: the slot and its publication, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from streamvision.domain.contract import Column, Contract
from streamvision.domain.errors import SourceError, SourceUnreachableError
from tests.fakes.building import column, contract
from tests.integration.change_log.logged import Logged
from tests.support.embedded_postgres import EmbeddedPostgres

PEOPLE = contract("people", column("id", "integer"), column("name", "text"), column("body", "text"))
PLACES = contract("places", column("id", "integer"))
ROLE = "extractor"


def published(logged: Logged) -> list[tuple[str, str]]:
    """Return the tables that the publication has."""
    query = f"select schemaname, tablename from pg_publication_tables where pubname = '{logged.log.name}'"  # noqa: S608 - a test's own name
    return sorted(logged.ask(query))


def test_the_log_is_kept_from_when_it_was_asked_for(logged: Logged) -> None:
    """Until then it is not; afterwards every table counts as new until a snapshot has shown it."""
    assert logged.log.position() is None
    assert logged.log.keep([PEOPLE], since="") == {"people"}
    assert logged.log.position() is not None
    assert published(logged) == [("public", "people")]
    assert logged.log.keep([PEOPLE], since=logged.visible()) == frozenset()


def test_tables_come_and_go(logged: Logged) -> None:
    """Those that were told stay told."""
    logged.run("create table places (id int primary key)")
    logged.log.keep([PEOPLE], since="")
    first = logged.visible()
    assert logged.log.keep([PEOPLE, PLACES], since=first) == {"places"}
    second = logged.visible()
    assert logged.log.keep([PLACES], since=second) == frozenset()
    assert published(logged) == [("public", "places")]
    assert logged.log.keep([], since=second) == frozenset()
    assert published(logged) == []


def test_a_table_that_a_killed_run_has_added_still_counts_as_new(logged: Logged) -> None:
    """The log has not told of it since the batch before; the publication alone does not say so."""
    logged.run("create table places (id int primary key)")
    logged.log.keep([PEOPLE], since="")
    first = logged.visible()
    logged.run("insert into places values (1)")
    for _ in range(2):
        assert logged.log.keep([PEOPLE, PLACES], since=first) == {"places"}


def test_a_table_made_anew_counts_as_new(logged: Logged) -> None:
    """Under the same name it is another one."""
    logged.log.keep([PEOPLE], since="")
    first = logged.visible()
    logged.run("drop table people", "create table people (id int primary key, name text, body text)")
    assert logged.log.keep([PEOPLE], since=first) == {"people"}


@pytest.mark.parametrize(
    "change",
    [
        "alter publication {} set (publish = 'insert')",
        "alter publication {} set (publish_via_partition_root = false)",
        "alter publication {} set table people (id)",
        "alter publication {} set table people where (id > 5)",
        "alter publication {} drop table people",
        "drop publication {}",
    ],
)
def test_a_publication_that_somebody_changed_is_put_right(logged: Logged, change: str) -> None:
    """What it has not told meanwhile is new, and everything is told from then on."""
    logged.log.keep([PEOPLE], since="")
    first = logged.visible()
    logged.run(change.format(logged.log.name))
    assert logged.log.keep([PEOPLE], since=first) == {"people"}
    second = logged.visible()
    assert logged.log.keep([PEOPLE], since=second) == frozenset()
    logged.run("insert into people values (1)", "update people set name = 'Ada'", "truncate people")
    assert logged.read_now(second)[0].told == [("insert", 1), ("update", 1, "Ada"), ("truncate",)]


@pytest.mark.parametrize("tables", ["all tables", "tables in schema public"])
def test_a_publication_of_whole_schemas_is_refused(logged: Logged, tables: str) -> None:
    """It would make updates of tables without a key fail."""
    logged.run(f"create publication {logged.log.name} for {tables}")
    with pytest.raises(SourceError, match="not ours") as caught:
        logged.log.keep([PEOPLE], since="")
    assert "RENAME" in caught.value.next_command
    assert logged.log.position() is None


def _contract_of(table: str, key: str = "id") -> Contract:
    return replace(PLACES, table=table, key=(key,), columns=(Column(key, "integer", ""),))


@pytest.mark.parametrize(
    ("table", "definition"),
    [
        ("keyless", "create table keyless (id int)"),
        ("passing", "create unlogged table passing (id int primary key)"),
        ("silent", "create table silent (id int primary key); alter table silent replica identity nothing"),
        ("late", "create table late (id int primary key deferrable)"),
        ("seen", "create view seen as select 1 as id"),
        (
            "parts",
            """
            create table parts (id int primary key) partition by list (id);
            create table part partition of parts for values in (1);
            alter table part replica identity nothing
            """,
        ),
        ("gone", "select 1"),
    ],
)
def test_a_table_whose_updates_would_fail_is_never_published(
    logged: Logged, table: str, definition: str
) -> None:
    """Not for a moment, and neither are those that were asked for with it."""
    logged.run(definition)
    with pytest.raises(SourceError):
        logged.log.keep([PEOPLE, _contract_of(table)], since="")
    assert published(logged) == []
    assert logged.log.position() is None
    if table in {"keyless", "silent", "parts"}:
        for statement in ("insert into {} values (1)", "update {} set id = 1", "delete from {}"):
            logged.run(statement.format(table))


def test_nothing_is_kept_while_an_older_transaction_is_open(logged: Logged) -> None:
    """It might change a table unheard. Trying again does not help; the error says whose it is."""
    logged.run("create table places (id int primary key)")
    logged.log.keep([PEOPLE], since="")
    first = logged.visible()
    seconds = iter(range(100))
    hasty = Logged(
        logged.url, logged.log.name, wait_seconds=3, clock=lambda: next(seconds), pause=lambda _seconds: None
    )
    with psycopg.connect(logged.url) as connection:
        connection.execute("insert into places values (1)")
        for _ in range(2):
            with pytest.raises(SourceUnreachableError, match="more than 3 seconds") as caught:
                hasty.log.keep([PEOPLE, PLACES], since=first)
            assert f"of process {connection.info.backend_pid}" in str(caught.value)
        assert hasty.log.keep([PEOPLE], since=first) == frozenset()
    assert hasty.log.keep([PEOPLE, PLACES], since=first) == {"places"}


def test_the_slot_is_not_made_while_a_transaction_is_open(logged: Logged) -> None:
    """The server waits for it; we wait no longer than we were told to, and leave nothing behind."""
    hasty = Logged(logged.url, logged.log.name, wait_seconds=0.2)
    with psycopg.connect(logged.url) as connection:
        connection.execute("insert into people values (1)")
        with pytest.raises(SourceUnreachableError, match=f"of process {connection.info.backend_pid}"):
            hasty.log.keep([PEOPLE], since="")
        assert hasty.log.position() is None
        assert logged.ask("select pubname from pg_publication") == []
    assert hasty.log.keep([PEOPLE], since="") == {"people"}


def test_a_log_that_is_dropped_leaves_nothing(logged: Logged) -> None:
    """Dropping it again does no harm."""
    logged.log.keep([PEOPLE], since="")
    assert logged.log.drop()
    assert not logged.log.drop()
    assert logged.log.position() is None
    slots = f"select 1 from pg_replication_slots where slot_name = '{logged.log.name}'"  # noqa: S608 - a test's own name
    assert logged.ask(slots) == []
    assert logged.ask("select 1 from pg_publication") == []


def test_a_position_never_goes_back(logged: Logged) -> None:
    """Whatever is confirmed."""
    first = logged.begin()
    logged.run("insert into people values (1)")
    logged.read_now(first)
    position = logged.log.position()
    assert position is not None
    for earlier in (position, position - 1, 1, 0):
        logged.log.confirm(earlier)
        assert logged.log.position() == position


def test_a_slot_that_is_somebody_elses_is_left_alone(
    logged: Logged, embedded_server: EmbeddedPostgres
) -> None:
    """One of another database, or of another plugin; it is not dropped either."""
    elsewhere = Logged(embedded_server.new_database(), logged.log.name)
    elsewhere.run(f"select pg_create_logical_replication_slot('{logged.log.name}', 'pgoutput')")
    try:
        for _ in range(2):
            assert logged.log.position() is None
            with pytest.raises(SourceError, match="another slot of this name"):
                logged.log.keep([PEOPLE], since="")
            assert not logged.log.drop()
        elsewhere.run(f"select pg_drop_replication_slot('{logged.log.name}')")
        elsewhere.run(f"select pg_create_physical_replication_slot('{logged.log.name}')")
        with pytest.raises(SourceError, match="physical slot"):
            logged.log.keep([PEOPLE], since="")
    finally:
        elsewhere.run(f"select pg_drop_replication_slot('{logged.log.name}')")


def test_a_slot_that_somebody_reads_may_be_free_later(logged: Logged) -> None:
    """Two cannot read it at once; to try again makes sense."""
    first = logged.begin()
    conninfo = make_conninfo(logged.url, replication="database")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        options = f"(proto_version '1', publication_names '{logged.log.name}')"
        begun = connection.pgconn.exec_(
            f"START_REPLICATION SLOT {logged.log.name} LOGICAL 0/0 {options}".encode()
        )
        assert begun.status == psycopg.pq.ExecStatus.COPY_BOTH
        with pytest.raises(SourceUnreachableError, match="active"):
            logged.read_now(first)
        with pytest.raises(SourceUnreachableError, match="active"):
            logged.log.drop()
        connection.close()


def test_a_name_that_no_slot_can_have_is_refused(logged: Logged) -> None:
    """Nothing is left behind."""
    for name in ("Odd", "a b", 'a"; drop table people', "x" * 64):
        odd = Logged(logged.url, name)
        with pytest.raises(SourceError):
            odd.log.keep([PEOPLE], since="")
    assert logged.ask("select pubname from pg_publication") == []


@pytest.fixture
def role(logged: Logged) -> Iterator[Logged]:
    """Give the log as a role reads it that may read tables, and nothing else."""
    logged.run(f"create role {ROLE} login", f"grant select on all tables in schema public to {ROLE}")
    url = make_conninfo(logged.url, user=ROLE)
    yield Logged(url, logged.log.name)
    logged.log.drop()
    logged.run(f"drop owned by {ROLE}", f"drop role {ROLE}")


def test_a_role_without_rights_is_told_what_an_administrator_must_run(logged: Logged, role: Logged) -> None:
    """Which then is enough: step by step, word by word."""
    with pytest.raises(SourceError, match="may not say of which tables") as caught:
        role.log.keep([PEOPLE], since="")
    statement = caught.value.next_command.split("run ", 1)[1].split(";")[0]
    assert statement.lower().startswith("create publication")
    logged.run(statement)
    with pytest.raises(SourceError, match="may not use replication") as caught:
        role.log.keep([PEOPLE], since="")
    logged.run(caught.value.next_command.split("run ", 1)[1].split(",")[0])
    assert role.log.keep([PEOPLE], since="") == {"people"}
    first = role.visible()
    logged.run("insert into people values (1)")
    assert role.read_now(first)[0].told == [("insert", 1)]
    with pytest.raises(SourceError, match="DROP PUBLICATION"):
        role.log.drop()


def test_a_publication_of_our_own_goes_when_the_slot_cannot_be_made(logged: Logged, role: Logged) -> None:
    """Nobody is left with a publication that nobody reads."""
    database = logged.ask("select current_database()")[0][0]
    logged.run(f"grant create on database {database} to {ROLE}", f"alter table people owner to {ROLE}")
    with pytest.raises(SourceError, match="may not use replication"):
        role.log.keep([PEOPLE], since="")
    assert logged.ask("select pubname from pg_publication") == []
    logged.run("alter table people owner to current_user")
