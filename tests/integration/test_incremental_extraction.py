"""On a real server: whatever transactions overlap the batches, the lake has what each snapshot shows."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest
from psycopg import sql

from streamvision.adapters.lake.folder import FolderLake
from streamvision.adapters.source.postgres.change_log import PostgresChangeLog
from streamvision.adapters.source.postgres.source import PostgresSource
from streamvision.domain.batch import Batch
from streamvision.domain.manifest import TableManifest
from streamvision.pipeline.extract.derive import derived
from streamvision.pipeline.extract.step import Extraction, Options, extract
from tests.support.embedded_postgres import EmbeddedPostgres
from tests.support.lake_state import Rows, lake_state

FIRST_DAY = date(2026, 3, 1)
KEYS = 12
SCHEMA = """
create table plain (id bigint primary key, name text, amount numeric(8,2), at timestamptz default now());
create table "Odd "".. name" (a text, "B" int, b int, "_c" jsonb, primary key (a, "B"));
create table large (id int primary key, body text, note text);
create table keyless (id bigint, name text);
create table parts (id int, day int, note text, primary key (id, day)) partition by list (day);
create table parts_1 partition of parts for values in (0, 1);
create table parts_2 partition of parts for values in (2, 3);
create table whole (id int primary key, name text);
alter table whole replica identity full;
"""
STATEMENTS = [
    "insert into plain (id, name, amount) values ({k}, '{v}', {v}.5) on conflict (id) do nothing",
    "update plain set name = name || '{v}', amount = 'NaN' where id = {k}",
    "update plain set id = {v} + 1 where id = {k} and not exists (select 1 from plain where id = {v} + 1)",
    "delete from plain where id = {k}",
    """insert into "Odd "".. name" values ('{k}', {v}, null, '{{"v": {v}}}') on conflict do nothing""",
    """update "Odd "".. name" set b = {v} where a = '{k}'""",
    """delete from "Odd "".. name" where a = '{k}'""",
    # Large and hard to compress, so that PostgreSQL stores it apart and does not repeat it in the log.
    (
        "insert into large select {k}, string_agg(md5(random()::text), ''), 'n' from generate_series(1, 200)"
        " on conflict do nothing"
    ),
    "update large set note = '{v}' where id = {k}",
    "update large set id = {v} + 1 where id = {k} and not exists (select 1 from large where id = {v} + 1)",
    "update large set body = 'short' where id = {k}",
    "insert into keyless values ({k}, '{v}')",
    "delete from keyless where id = {k}",
    "insert into parts values ({k}, {v} % 4, '{v}') on conflict do nothing",
    (
        "update parts set day = ({v} + 1) % 4 where id = {k} and not exists"
        " (select 1 from parts as p where p.id = {k} and p.day = ({v} + 1) % 4)"
    ),
    "delete from parts where id = {k}",
    "insert into whole values ({k}, '{v}') on conflict do nothing",
    "update whole set name = '{v}' where id = {k}",
    "truncate {t}",
]
TRUNCATED = ("plain", "large", "parts", "whole", "parts_1")


class Writers:
    """Write through several connections, whose transactions overlap as chance has it."""

    def __init__(self, connections: list[psycopg.Connection], chance: random.Random) -> None:
        """Take the connections and the chance."""
        self._connections, self._chance = connections, chance

    def act(self, times: int) -> None:
        """Do some statements; one that would have to wait for another transaction is given up."""
        for _ in range(times):
            connection = self._chance.choice(self._connections)
            choice = self._chance.random()
            if choice < 0.15:
                connection.commit()
            elif choice < 0.2:
                connection.rollback()
            else:
                self._write(connection)

    def commit(self) -> None:
        """Commit whatever is open."""
        for connection in self._connections:
            connection.commit()

    def _write(self, connection: psycopg.Connection) -> None:
        # Truncating waits for every reader and writer, so it comes seldom.
        weights = [1.0] * (len(STATEMENTS) - 1) + [0.3]
        statement = self._chance.choices(STATEMENTS, weights)[0].format(
            k=self._chance.randrange(KEYS), v=self._chance.randrange(KEYS), t=self._chance.choice(TRUNCATED)
        )
        try:
            # Each in a subtransaction, which has a number of its own.
            with connection.transaction():
                connection.execute("set local lock_timeout = '20ms'")
                connection.execute(statement.encode())
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UniqueViolation):
            return
        if statement.startswith("truncate"):
            # Until then nobody can read the table.
            connection.commit()


@contextmanager
def writers(url: str, seed: int) -> Iterator[Writers]:
    """Lend three writers."""
    with ExitStack() as stack:
        connections = [stack.enter_context(psycopg.connect(url)) for _ in range(3)]
        for connection in connections:
            connection.execute("select 1")
        yield Writers(connections, random.Random(seed))  # noqa: S311 - chance, not a secret
        for connection in connections:
            connection.rollback()


def source_rows(url: str, extraction: Extraction) -> dict[str, list[tuple[Any, ...]]]:
    """Return the committed rows as the source writes them, per table of an extraction."""
    found = {}
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        for table in extraction.tables:
            query = sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in _in_source(table)),
                sql.Identifier(*table.relation),
            )
            found[table.table] = sorted(connection.execute(query).fetchall(), key=repr)
    return found


def _in_source(table: TableManifest) -> list[str]:
    names = dict(table.source_names)
    return [names.get(name, name) for name, _ in table.schema]


def lake_rows(state: dict[str, Rows], extraction: Extraction) -> dict[str, list[tuple[Any, ...]]]:
    """Return the lake's rows in the form of `source_rows`."""
    return {
        table.table: sorted(
            (tuple(_text(row, name) for name, _ in table.schema) for row in state[table.table]), key=repr
        )
        for table in extraction.tables
    }


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row[name]
    if value is None and row.get("_unfit"):
        return "NaN"
    if hasattr(value, "isoformat"):
        text = value.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".")
        return f"{text}+00"
    return None if value is None else str(value)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("extracting", ["changes", "cursor", "snapshot"])
def test_every_batch_is_what_its_snapshot_shows(
    embedded_server: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    extracting: Literal["changes", "cursor", "snapshot"],
) -> None:
    """Commits out of order, savepoints, rollbacks, truncation, moved keys, values stored apart, odd names."""
    url = embedded_server.new_database()
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA.encode())
    lake, source = FolderLake(tmp_path.as_uri()), PostgresSource(url)
    log = PostgresChangeLog(url, f"test_{seed}_{extracting}")
    try:
        with writers(url, seed) as writing:
            for day in range(6):
                writing.act(120)
                if day in {0, 5}:
                    # The log begins when no transaction is left that began before it.
                    writing.commit()
                done = extract(
                    source,
                    lake,
                    derived(),
                    Batch(FIRST_DAY + timedelta(days=day)),
                    run_id="test",
                    log=log if extracting == "changes" else None,
                    options=Options(extracting=extracting, most_changes=50),
                )
                _check(url, lake, done, extracting)
    finally:
        log.drop()


def _check(url: str, lake: FolderLake, done: Extraction, extracting: str) -> None:
    expected, found = source_rows(url, done), lake_rows(lake_state(lake), done)
    for table in done.tables:
        if table.mode == "cursor":
            # It cannot see what was deleted; whatever is there, it has.
            assert set(expected[table.table]) <= set(found[table.table]), table.table
        else:
            assert found[table.table] == expected[table.table], (table.table, table.mode)
    modes = {table.table: table.mode for table in done.tables}
    assert modes["keyless"] == "snapshot"
    assert extracting == "snapshot" or done.batch.day == FIRST_DAY or modes["plain"] == extracting
