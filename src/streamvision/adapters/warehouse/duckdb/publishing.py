"""Publishes the marts: a copy in a file of its own, shown by the swap of one small pointer file.

Readers never open the warehouse itself, so a run may write while people look. Each publication is a new
file; the pointer names the one to read, and changes in one rename.
"""

import json
import os
from datetime import date, datetime
from pathlib import Path

import duckdb

from streamvision.adapters.warehouse.duckdb.sql_text import identifier, literal
from streamvision.domain.errors import WarehouseError
from streamvision.ports.marts import Publication

POINTER = "current.json"


def publish_marts(
    connection: duckdb.DuckDBPyConnection, folder: Path, publication: Publication
) -> Publication:
    """Copy the schema marts to a new file and point readers to it.

    Raises:
        WarehouseError: when there are no marts.

    """
    names = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = current_database() and table_schema = 'marts' order by table_name"
    ).fetchall()
    if not names:
        raise WarehouseError(
            "There are no marts to publish",
            where="schema marts",
            safe="the dashboards show what they showed before",
            next_command="streamvision transform",
        )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"marts-{publication.published_at:%Y%m%dT%H%M%S%f}.duckdb"
    before = read_pointer(folder)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    _copy(connection, [name for (name,) in names], unfinished, publication)
    unfinished.replace(path)
    _point_to(folder, path.name, publication)
    # Whoever reads the publication before may go on reading it.
    _remove_all_but(folder, {path} | ({before[0]} if before else set()))
    return publication


def read_pointer(folder: Path) -> tuple[Path, Publication] | None:
    """Return the file that readers should read and what is in it; None where nothing was published."""
    try:
        document = json.loads((folder / POINTER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return folder / document["file"], Publication(
        batch_id=document["batch_id"],
        batch_date=date.fromisoformat(document["batch_date"]),
        published_at=datetime.fromisoformat(document["published_at"]),
        run_id=document["run_id"],
    )


def _copy(
    connection: duckdb.DuckDBPyConnection, names: list[str], path: Path, publication: Publication
) -> None:
    connection.execute(f"attach {literal(path)} as publication")
    try:
        connection.execute("create schema publication.marts; create schema publication.ops")
        for name in names:
            connection.execute(
                f"create table publication.{identifier('marts', name)} as from {identifier('marts', name)}"
            )
        connection.execute(
            "create table publication.ops.publication as select $batch_id::varchar as batch_id,"
            " $batch_date::date as batch_date, $published_at::timestamptz as published_at,"
            " $run_id::varchar as run_id",
            {
                "batch_id": publication.batch_id,
                "batch_date": publication.batch_date,
                "published_at": publication.published_at,
                "run_id": publication.run_id,
            },
        )
    finally:
        connection.execute("detach publication")


def _point_to(folder: Path, file_name: str, publication: Publication) -> None:
    document = {
        "file": file_name,
        "batch_id": publication.batch_id,
        "batch_date": publication.batch_date.isoformat(),
        "published_at": publication.published_at.isoformat(),
        "run_id": publication.run_id,
    }
    unfinished = folder / f"{POINTER}.unfinished"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / POINTER)


def _remove_all_but(folder: Path, kept: set[Path]) -> None:
    for path in set(folder.glob("marts-*.duckdb")) - kept:
        path.unlink()
    for path in folder.glob("*.unfinished*"):
        path.unlink()
