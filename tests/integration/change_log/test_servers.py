"""The log on servers that are set otherwise, and of another version."""

from collections.abc import Iterator

import pytest

from streamvision.domain.errors import SourceError
from tests.integration.change_log.logged import Logged
from tests.support.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="module", params=[16, 18])
def small_server(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    """Give a server that has room for two slots, and that a slot makes keep next to nothing."""
    server = EmbeddedPostgres(
        request.param,
        max_replication_slots="2",
        max_slot_wal_keep_size="1MB",
        min_wal_size="32MB",
        max_wal_size="32MB",
    )
    yield server
    server.stop()


@pytest.fixture
def logged(small_server: EmbeddedPostgres) -> Iterator[Logged]:
    """Give a database with a table, and a log that is not kept yet."""
    logged = Logged(small_server.new_database())
    logged.run("create table people (id int primary key, name text)")
    yield logged
    logged.log.drop()


def test_changes_are_read_from_every_version(logged: Logged) -> None:
    """In segments, as everywhere."""
    first = logged.begin()
    logged.run(
        "insert into people values (1, 'Ada'), (2, null)",
        "update people set id = 3 where id = 1",
        "delete from people where id = 2",
        "truncate people",
    )
    read, _ = logged.read_now(first, most_changes=1)
    assert read.told == [
        ("insert", 1, "Ada"),
        ("insert", 2),
        ("delete", 1),
        ("update", 3, "Ada"),
        ("delete", 2),
        ("truncate",),
    ]


def test_a_log_that_the_server_has_removed_is_kept_anew(logged: Logged) -> None:
    """It is as if it had never been kept: every table is new."""
    first = logged.begin()
    for _ in range(6):
        logged.run("insert into people select n from generate_series(1, 1000) as n", "delete from people")
        logged.run("select pg_switch_wal()", "checkpoint")
    assert logged.ask("select wal_status from pg_replication_slots") == [("lost",)]
    assert logged.log.position() is None
    with pytest.raises(SourceError, match="no longer keeps"):
        logged.read_now(first)
    assert logged.log.keep(logged.contracts(), since=first) == {"people"}
    assert logged.log.position() is not None
    second = logged.visible()
    logged.run("insert into people values (1)")
    assert logged.read_now(second)[0].told == [("insert", 1)]


def test_a_server_without_room_for_a_slot_is_refused(logged: Logged) -> None:
    """The error says what to drop, or to run."""
    others = [Logged(logged.url, name) for name in ("first", "second")]
    try:
        for other in others:
            other.begin()
        with pytest.raises(SourceError, match="slots are taken") as caught:
            logged.log.keep(logged.contracts(), since="")
        assert "max_replication_slots" in caught.value.next_command
    finally:
        for other in others:
            other.log.drop()


def test_a_server_that_keeps_no_rows_in_its_log_is_refused() -> None:
    """The error has the statement that an administrator must run; nothing is left behind."""
    server = EmbeddedPostgres(wal_level="replica")
    try:
        logged = Logged(server.new_database())
        logged.run("create table people (id int primary key)")
        assert logged.log.position() is None
        with pytest.raises(SourceError, match="wal_level is replica") as caught:
            logged.log.keep(logged.contracts(), since="")
        assert "ALTER SYSTEM SET wal_level" in caught.value.next_command
        assert logged.ask("select pubname from pg_publication") == []
        assert not logged.log.drop()
    finally:
        server.stop()
