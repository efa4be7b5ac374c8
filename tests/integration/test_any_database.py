"""A database that nobody described, with names that would do harm if they were anything but names."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.warehouse.duckdb.sql_text import identifier, name_list
from streamvision.bootstrap import Application
from streamvision.domain.batch import FileFormat
from streamvision.domain.names import VERSIONS_SUFFIX, column_names, table_name
from streamvision.pipeline.extract.progress import Unheard
from streamvision.settings import Extracting, Profile

if TYPE_CHECKING:
    from tests.support.embedded_postgres import EmbeddedPostgres

SCHEMA = "S '\"../x"
NAMES = [
    'x"; drop table public.y; --',
    "'; drop table y; --",
    "..",
    "../../../etc/passwd",
    "a.b",
    "a/b",
    "with space",
    "Users",
    "users",
    "😀" * 15,
    "%s%(x)s{}",
    "back\\slash",
    "line\nbreak",
    "select",
    "_batches",
    "users__versions",
    "*",
    "a,b",
    "é" * 31 + "x",
]
FIRST, SECOND = date(2026, 3, 14), date(2026, 3, 15)


def _columns(name: str) -> list[str]:
    """Return the key, and columns that differ from one another in case alone or look technical."""
    return [f"k{name}"[:30], "_operation", f"'{name}"[:30], "ID", "id"]


def _make(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table y (id int)")
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(SCHEMA)))
        for name in NAMES:
            key, technical, text, upper, lower = map(sql.Identifier, _columns(name))
            connection.execute(
                sql.SQL("create table {} ({} int primary key, {} text, {} text, {} int, {} int)").format(
                    sql.Identifier(SCHEMA, name), key, technical, text, upper, lower
                )
            )
            _insert(connection, name, range(1, 6))


def _insert(connection: psycopg.Connection, name: str, keys: range) -> None:
    for key in keys:
        values = sql.SQL(", ").join(map(sql.Literal, [key, f"'{name}\"", "", key * 2, None]))
        # Without parameters: a % in the name would be taken for the place of one.
        statement = sql.SQL("insert into {} values ({})")
        connection.execute(statement.format(sql.Identifier(SCHEMA, name), values))


def _change(url: str) -> None:
    with psycopg.connect(url) as connection:
        for name in NAMES:
            table, key = sql.Identifier(SCHEMA, name), sql.Identifier(_columns(name)[0])
            connection.execute(
                sql.SQL("update {} set {} = 'changed' where {} = 2").format(
                    table, sql.Identifier(_columns(name)[1]), key
                )
            )
            connection.execute(sql.SQL("update {} set {} = 30 where {} = 3").format(table, key, key))
            _insert(connection, name, range(6, 8))


def _in_source(url: str, name: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        query = sql.SQL("select * from {}").format(sql.Identifier(SCHEMA, name))
        return sorted(connection.execute(query).fetchall())


def _in_warehouse(path: Path, name: str) -> list[tuple[object, ...]]:
    columns = name_list(column_names(_columns(name)))
    table = identifier("raw", table_name(SCHEMA, name) + VERSIONS_SUFFIX)
    with duckdb.connect(str(path), read_only=True) as connection:
        current = connection.sql(f"from {table}").filter("_valid_to_batch is null")
        return sorted(current.project(columns).fetchall())


@pytest.mark.parametrize(
    ("extraction", "file_format"),
    [("snapshot", "parquet"), ("changes", "parquet"), ("changes", "csv.gz"), ("cursor", "csv")],
)
def test_any_database_arrives_whatever_its_names(
    embedded_server: "EmbeddedPostgres", tmp_path: Path, extraction: Extracting, file_format: FileFormat
) -> None:
    """Two days of it, in each way of reading; every file lies where it belongs."""
    url = embedded_server.new_database()
    warehouse = tmp_path / "warehouse.duckdb"
    lake = tmp_path / "lake"
    profile = Profile(
        name="any",
        source=url,
        lake=f"file://{lake}",
        warehouse=f"duckdb://{warehouse}",
        lake_format=file_format,
        home=tmp_path / "home",
        extraction=extraction,
        contracts="derive",
    )
    application = Application(profile)
    _make(url)
    assert application.extract(FIRST, "r-1", Unheard()).is_new
    _change(url)
    extraction_of_second = application.extract(SECOND, "r-2", Unheard())
    assert {table.mode for table in extraction_of_second.tables if table.key} == {extraction}
    accounts = [account for batch in application.load(SECOND, "r-3") for account in batch.accounts]
    assert len(accounts) == 2 * (len(NAMES) + 1)
    assert sum(account.quarantined_rows for account in accounts) == 0
    for name in NAMES:
        # A cursor does not tell that the row of the key 3 is gone.
        gone = [row for row in _in_warehouse(warehouse, name) if row[0] == 3]
        assert len(gone) == (extraction == "cursor")
        assert [row for row in _in_warehouse(warehouse, name) if row not in gone] == _in_source(url, name)
    folders = {path.name for path in (lake / "raw" / "postgres").iterdir()}
    assert folders == {"_batches", "y", *(table_name(SCHEMA, name) for name in NAMES)}
    assert {path.name for path in tmp_path.iterdir()} <= {"lake", "home", "warehouse.duckdb", "published"}
    if extraction == "changes":
        assert application.change_log.drop()
