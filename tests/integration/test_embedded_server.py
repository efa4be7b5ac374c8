"""The embedded server keeps its log so that changes can be read from it, also on data from before it did."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.source.embedded import EmbeddedServer


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """Give a server whose folder is still to be made; it is stopped at the end."""
    with TemporaryDirectory(prefix="streamvision-embedded-") as folder:
        server = EmbeddedServer(f"embedded://{Path(folder) / 'source'}")
        yield server
        server.stop()


def settings(url: str) -> tuple[str, ...]:
    """Return how a server keeps its log."""
    names = ("wal_level", "max_slot_wal_keep_size")
    with psycopg.connect(url) as connection:
        found = [connection.execute("select current_setting(%s)", [name]).fetchone() for name in names]
    return tuple(row[0] for row in found if row)


def test_a_new_server_lets_changes_be_read_within_bounds(server: EmbeddedServer) -> None:
    """The log tells of rows, and what a forgotten slot may keep of it is limited."""
    url = server.start()
    assert settings(url) == ("logical", "10GB")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_create_logical_replication_slot('kept', 'pgoutput')")


def test_a_server_from_before_is_restarted_once_and_keeps_its_data(server: EmbeddedServer) -> None:
    """A folder whose server did not keep rows in its log is put right; a later start changes nothing."""
    url = server.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table kept as select 42 as answer")
        for name in ("wal_level", "max_replication_slots", "max_slot_wal_keep_size"):
            connection.execute(sql.SQL("alter system reset {}").format(sql.Identifier(name)))
    server.stop()
    url = server.start()
    assert settings(url) == ("logical", "10GB")
    with psycopg.connect(url) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
        begun = connection.execute("select pg_postmaster_start_time()").fetchone()
    url = server.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("select pg_postmaster_start_time()").fetchone() == begun


def test_a_stopped_server_starts_again_in_the_same_process(server: EmbeddedServer) -> None:
    """Whoever stops it and starts it can connect again."""
    server.start()
    assert server.stop()
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
