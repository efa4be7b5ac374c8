"""The build that goes on beside what people are looking at, and the one that passed its tests.

The models are built in a file of their own, under a name that is always the same: dbt reads the project anew
wherever the name changes. With its tests passed, the file gets a name that no other ever had.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from streamvision.adapters.warehouse.duckdb.connection import open_file
from streamvision.domain.errors import WarehouseError

BUILDING = "building.duckdb"
_TESTED = "tested.json"
_REMOVED = ("build-*.duckdb*", "marts-*.duckdb*", "*.unfinished*")


@dataclass(frozen=True)
class PassedBuild:
    """Name a file with core and marts that passed their tests, and the newest batch in them."""

    path: Path
    batch_id: str
    run_id: str


def forget_build(folder: Path) -> Path:
    """Return where the next build goes; the one before is no longer to be published, unless it is shown."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _TESTED).unlink(missing_ok=True)
    for path in folder.glob(f"{BUILDING}*"):
        path.unlink()
    return folder / BUILDING


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
        # Its views lead into the warehouse, where the names and addresses of people are, and where they stay.
        connection.execute("drop schema if exists staging cascade")
        # Nor are the rows for readers that a test found wrong before it was mended.
        connection.execute("drop schema if exists failures cascade")
        connection.execute("create schema if not exists ops")
        connection.execute(
            "create or replace table ops.publication as select $batch_id::varchar as batch_id,"
            " $batch_id::date as batch_date, $tested_at::timestamptz as tested_at,"
            " $run_id::varchar as run_id",
            {"batch_id": batch_id, "tested_at": tested_at, "run_id": run_id},
        )
        connection.execute("checkpoint")
    path = _free_name(folder, tested_at)
    building.replace(path)
    write_whole(folder / _TESTED, {"file": path.name, "batch_id": batch_id, "run_id": run_id})


def tested_build(folder: Path) -> PassedBuild | None:
    """Return the build that passed; None where the last one did not, or there was none."""
    try:
        document = json.loads((folder / _TESTED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    path = folder / document["file"]
    return PassedBuild(path, document["batch_id"], document["run_id"]) if path.exists() else None


def write_whole(path: Path, document: Mapping[str, object]) -> None:
    """Write a small JSON file in one step: whoever reads it sees the old one or the new one."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


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
