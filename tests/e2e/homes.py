"""What a home holds, in a form that can be compared, and how homes are made from others."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg
from psycopg import sql

from streamvision.domain.batch import Batch
from streamvision.domain.manifest import digest, parse_batch_manifest
from tests.support.cli import Home, Row

# When a step ran, and under which name, is the only thing that two runs may differ in.
_OF_THE_RUN = {"_loaded_at", "loaded_at", "run_id", "quarantined_at", "snapshot_at", "manifest_sha256"}


def external(url: str) -> dict[str, str]:
    """Return the environment in which commands find the source at a URL."""
    return {"STREAMVISION_SOURCE": url}


def database_url(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


@contextmanager
def locked(url: str, table: str) -> Iterator[None]:
    """Let nobody read or write a table for a block: whoever comes to it waits there."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(table)))
        yield
        connection.rollback()


def waits_for_a_table(url: str) -> bool:
    """Tell whether somebody in this database waits at a table that is locked."""
    with psycopg.connect(url) as connection:
        waiting = connection.execute(
            "select 1 from pg_locks as waiting join pg_database as base on base.oid = waiting.database"
            " where base.datname = current_database() and not waiting.granted"
        ).fetchone()
    return waiting is not None


def succeed(before: Home, home: Home) -> None:
    """Give a home the lake, the warehouse and the published marts of another.

    Where its source is a copy of the other's, they come to be of that copy: a lake goes on with one database.
    """
    shutil.copytree(before.lake, home.lake)
    shutil.copytree(before.warehouse.parent, home.warehouse.parent)
    if "STREAMVISION_SOURCE" not in home.environment:
        return
    source_id = _source_id(home.environment["STREAMVISION_SOURCE"])
    previous = ""
    for path in sorted(home.lake.glob("raw/postgres/_batches/*/_manifest.json")):
        batch = Batch(date.fromisoformat(path.parent.name))
        manifest = parse_batch_manifest(path.read_bytes(), batch)
        content = replace(manifest, source_id=source_id, previous_sha256=previous).to_json()
        path.write_bytes(content)
        previous = digest(content)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("update ops.batches set source_id = ?", [source_id])


def show_the_one_before(home: Home, before: Home) -> None:
    """Take a home that followed another back to when its build had passed and was not shown."""
    shutil.copy(before.published / "current.json", home.published)


def _source_id(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select format('postgres-%s-%s', c.system_identifier, d.oid)"
            " from pg_control_system() as c, pg_database as d where d.datname = current_database()"
        ).fetchone()
    assert row is not None
    return str(row[0])


def lake_files(home: Home) -> dict[str, str]:
    """Return the SHA-256 of every data file, as its manifest has it, by key; each is held against its bytes.

    A file that no manifest names is in it as well, under the name that it has.
    """
    found: dict[str, str] = {}
    for path in sorted(home.lake.rglob("*")):
        key = str(path.relative_to(home.lake))
        if path.name == "_manifest.json":
            document = json.loads(path.read_text(encoding="utf-8"))
            files = document.get("files", [])
            found |= {file["key"]: file["sha256"] for file in files}
            found[key] = "a manifest"
        elif path.is_file():
            actual = hashlib.sha256(path.read_bytes()).hexdigest()
            found.setdefault(key, actual)
    for key, sha256 in found.items():
        path = home.lake / key
        if sha256 != "a manifest":
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, f"{key} is not what was written"
    return found


def loaded(home: Home) -> dict[str, list[str]]:
    """Return every row of RAW, the quarantine and the accounts, apart from when and by which run it came."""
    tables = {
        f"{schema}.{name}": rows
        for schema in ("raw", "quarantine", "ops")
        for name, rows in home.warehouse_tables(schema).items()
    }
    return {name: comparable(rows) for name, rows in tables.items()}


def shown(home: Home) -> dict[str, list[str]]:
    """Return every row of core and marts that people are shown."""
    tables = home.published_tables("core") | home.published_tables("marts")
    return {name: comparable(rows) for name, rows in tables.items()}


def row_counts(home: Home) -> dict[str, int]:
    """Return how many rows each table of RAW has."""
    return {name: len(rows) for name, rows in home.warehouse_tables("raw").items()}


def comparable(rows: Iterable[Row]) -> list[str]:
    """Return rows as text, in one order, without what tells of the run."""
    return sorted(repr(_without_the_run(row)) for row in rows)


def _without_the_run(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in _OF_THE_RUN}
    # How old the newest value is depends on when it was looked at.
    if str(row.get("expectation", "")).startswith("freshness"):
        del kept["observed"]
    return kept


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Fail with the names of what differs, and not with all that it holds."""
    assert found.keys() == expected.keys()
    different = [name for name in expected if found[name] != expected[name]]
    assert not different, f"these differ: {different}"


def assert_same_everywhere(home: Home, undisturbed: Home) -> None:
    """Fail where the lake, the warehouse or the published marts of two homes differ."""
    assert_same(lake_files(home), lake_files(undisturbed))
    assert_same(loaded(home), loaded(undisturbed))
    assert_same(shown(home), shown(undisturbed))
