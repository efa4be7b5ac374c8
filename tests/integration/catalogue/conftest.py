"""A database of any shape, and the catalogue as a snapshot reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.source.postgres import catalogue
from streamvision.adapters.source.postgres.session import SETTINGS
from streamvision.ports.source import Piece, SourceTable

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres


class Database:
    """Make tables in an empty database, and ask the catalogue for them."""

    def __init__(self, server: "EmbeddedPostgres") -> None:
        """Make the database."""
        self.url = server.new_database()
        self.role = f"reader_of_{self.url.partition('?')[0].rpartition('/')[2]}"

    def run(self, *statements: str | sql.Composed) -> None:
        """Run statements as the owner, in one transaction."""
        with psycopg.connect(self.url) as connection:
            for statement in statements:
                connection.execute(statement.encode() if isinstance(statement, str) else statement)

    @contextmanager
    def snapshot(self, *, role: str = "") -> Iterator[psycopg.Connection]:
        """Lend a connection in a transaction as a snapshot has it, for a role other than the owner or not."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for setting in SETTINGS:
                connection.execute(setting)
            if role:
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
            connection.execute("begin isolation level repeatable read read only")
            yield connection

    def reader(self) -> str:
        """Make a role without any right, and return its name."""
        self.run(sql.SQL("create role {}").format(sql.Identifier(self.role)))
        return self.role

    def tables(self, *patterns: str, views: bool = False, role: str = "") -> list[SourceTable]:
        """Return the tables that the catalogue lists."""
        with self.snapshot(role=role) as connection:
            return catalogue.tables(connection, patterns, views=views)

    def names(self, *patterns: str, views: bool = False) -> list[str]:
        """Return the names of the tables that the catalogue lists."""
        return [f"{table.schema}.{table.name}" for table in self.tables(*patterns, views=views)]

    def describe(self, name: str, schema: str = "public") -> SourceTable:
        """Return what the catalogue says of a table that is there."""
        with self.snapshot() as connection:
            found = catalogue.describe(connection, schema, name)
        assert found is not None
        return found

    def pieces(self, name: str, schema: str = "public", *, role: str = "") -> list[Piece]:
        """Return the pieces of a table."""
        with self.snapshot(role=role) as connection:
            return catalogue.pieces(connection, schema, name)


@pytest.fixture
def database(embedded_server: "EmbeddedPostgres") -> Database:
    """Return an empty database."""
    return Database(embedded_server)
