"""The build that goes on beside what people are looking at, and the one that passed its tests.

The models are built in a file of their own, under a name that is always the same: dbt reads the project anew
wherever the name changes. With its tests passed, the file gets a name that no other ever had.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.connection import open_file
from streamvision.adapters.warehouse.duckdb.copying import copy_file
from streamvision.adapters.warehouse.duckdb.warned import forget_warned_rows, take_warned_rows
from streamvision.domain.basis import BatchWindow, BuildStart
from streamvision.domain.errors import WarehouseError
from streamvision.files import write_whole
from streamvision.ports.transformer import BuildProgress

BUILDING = "building.duckdb"
_STARTED = "building.json"
_TESTED = "tested.json"
_PROGRESS = "progress.json"
_REMOVED = ("build-*.duckdb*", "marts-*.duckdb*", "*.unfinished*")


@dataclass(frozen=True)
class PassedBuild:
    """Name a file with core and marts that passed their tests, and the newest batch in them."""

    path: Path
    batch_id: str
    run_id: str


def forget_build(folder: Path) -> None:
    """Make way for the next build; the one before is no longer to be published, unless it is shown."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _TESTED).unlink(missing_ok=True)
    (folder / _STARTED).unlink(missing_ok=True)
    (folder / _PROGRESS).unlink(missing_ok=True)
    forget_warned_rows(folder)
    for path in folder.glob(f"{BUILDING}*"):
        path.unlink()


def start_build(folder: Path, start: BuildStart, shown: Path | None) -> None:
    """Keep how the build begins, and where it goes on, give it core and marts as readers are shown them.

    A copy takes what the disk takes to read and write, and on a file system that shares blocks it takes
    nothing; to make the same tables from one another would take the time of compressing them.
    """
    if start.window and shown:
        building = folder / BUILDING
        copy_file(shown, building)
        with open_file(building) as connection:
            connection.execute("drop schema if exists ops cascade")
            connection.execute("checkpoint")
    window = [start.window.first, start.window.end] if start.window and shown else None
    write_document(folder / _STARTED, {"basis": start.basis, "window": window})


def started_build(folder: Path) -> BuildStart:
    """Return how the build began that goes on."""
    try:
        document = json.loads((folder / _STARTED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return BuildStart()
    window = document["window"]
    return BuildStart(document["basis"], BatchWindow(*window) if window else None)


def basis_in(path: Path) -> str | None:
    """Return what a build was said to be made from; None where it was made by a version that did not say."""
    with open_file(path, read_only=True) as connection:
        try:
            row = connection.execute("select basis from ops.publication").fetchone()
        except (duckdb.CatalogException, duckdb.BinderException):
            return None
    return str(row[0]) if row and row[0] else None


def record_build(folder: Path, batch_id: str, *, run_id: str, tested_at: datetime) -> None:
    """Give the build its own name and note that it passed.

    Raises:
        WarehouseError: when there are no marts in it.

    """
    building = folder / BUILDING
    if not building.exists():
        raise no_marts()
    with open_file(building) as connection:
        marts = connection.execute(
            "select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'marts'"
        ).fetchone()
        if marts is None:
            raise no_marts()
        take_warned_rows(connection, folder)
        # Its views lead into the warehouse, where the names and addresses of people are, and where they stay.
        connection.execute("drop schema if exists staging cascade")
        # Nor are the rows for readers that a test found wrong before it was mended, nor what was there.
        connection.execute("drop schema if exists failures cascade")
        for schema, table in _kept_before(connection):
            connection.execute(f'drop table "{schema}"."{table}"')
        connection.execute("create schema if not exists ops")
        connection.execute(
            "create or replace table ops.publication as select $batch_id::varchar as batch_id,"
            " $batch_id::date as batch_date, $tested_at::timestamptz as tested_at,"
            " $run_id::varchar as run_id, $basis::varchar as basis",
            {
                "batch_id": batch_id,
                "tested_at": tested_at,
                "run_id": run_id,
                "basis": started_build(folder).basis,
            },
        )
        connection.execute("checkpoint")
    path = _free_name(folder, tested_at)
    # What is recorded is not gone on with; a kill in between makes the build begin anew.
    (folder / _PROGRESS).unlink(missing_ok=True)
    building.replace(path)
    (folder / _STARTED).unlink(missing_ok=True)
    write_document(folder / _TESTED, {"file": path.name, "batch_id": batch_id, "run_id": run_id})


def _kept_before(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the tables that a build has kept of what it went on from."""
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        " and prefix(table_name, '_') and suffix(table_name, '__before')"
    ).fetchall()


def keep_progress(folder: Path, progress: BuildProgress) -> None:
    """Keep how far a build has come."""
    document = {"run_id": progress.run_id, "basis": progress.basis, "passed": sorted(progress.passed)}
    write_document(folder / _PROGRESS, document)


def read_progress(folder: Path) -> BuildProgress | None:
    """Return how far the build has come that goes on; None where none does."""
    try:
        document = json.loads((folder / _PROGRESS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return BuildProgress(document["run_id"], document["basis"], frozenset(document["passed"]))


def tested_build(folder: Path) -> PassedBuild | None:
    """Return the build that passed; None where the last one did not, or there was none."""
    try:
        document = json.loads((folder / _TESTED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    path = folder / document["file"]
    return PassedBuild(path, document["batch_id"], document["run_id"]) if path.exists() else None


def write_document(path: Path, document: Mapping[str, object]) -> None:
    """Write a small JSON file that is there, or not, whatever happens."""
    write_whole(path, json.dumps(document, indent=2).encode(), is_durable=True)


def remove_all_but(folder: Path, kept: Iterable[Path]) -> None:
    """Remove builds that nobody is shown any more, and what was left unfinished."""
    for pattern in _REMOVED:
        for path in set(folder.glob(pattern)) - set(kept):
            path.unlink()


def no_marts() -> WarehouseError:
    """Return the refusal of a build without marts."""
    return WarehouseError(
        "There are no marts to publish",
        where="schema marts",
        safe="the dashboards show what they showed before",
        next_command="streamvision transform",
    )


def _free_name(folder: Path, moment: datetime) -> Path:
    # DuckDB shares one open database per path within a process: a name used twice would show the old one.
    name = f"build-{moment:%Y%m%dT%H%M%S%f}"
    path, number = folder / f"{name}.duckdb", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.duckdb"
    return path
