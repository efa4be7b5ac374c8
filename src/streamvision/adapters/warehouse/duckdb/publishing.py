"""Publishes a build that passed its tests, by the swap of one small pointer file.

Readers never open the warehouse itself, so a run may write while people look. The pointer names the file to
read, with core and marts in it, and changes in one rename.
"""

import json
from datetime import date, datetime
from pathlib import Path

from streamvision.adapters.warehouse.duckdb.builds import (
    no_marts,
    remove_all_but,
    tested_build,
    write_document,
)
from streamvision.ports.marts import Publication

POINTER = "current.json"


def publish_build(folder: Path, *, run_id: str, published_at: datetime) -> Publication:
    """Point readers to the build that passed; where they are shown it already, nothing changes.

    Raises:
        WarehouseError: when there is none.

    """
    build = tested_build(folder)
    if build is None:
        raise no_marts()
    shown = read_pointer(folder)
    if shown is None or shown[0] != build.path:
        document = {
            "file": build.path.name,
            "batch_id": build.batch_id,
            "batch_date": build.batch_id,
            "published_at": published_at.isoformat(),
            "run_id": run_id,
            "file_before": shown[0].name if shown else None,
        }
        write_document(folder / POINTER, document)
    remove_leftovers(folder)
    return _document(folder)[1]


def read_pointer(folder: Path) -> tuple[Path, Publication] | None:
    """Return the file that readers should read and what is in it; None where nothing was published."""
    try:
        path, publication, _ = _document(folder)
    except FileNotFoundError:
        return None
    return path, publication


def remove_leftovers(folder: Path) -> None:
    """Remove all builds but that which passed, that which is shown, and the one shown before."""
    build = tested_build(folder)
    kept = [build.path] if build else []
    if (folder / POINTER).exists():
        path, _, before = _document(folder)
        kept += [path, *before]
    remove_all_but(folder, kept)


def _document(folder: Path) -> tuple[Path, Publication, list[Path]]:
    document = json.loads((folder / POINTER).read_text(encoding="utf-8"))
    before = document.get("file_before")
    publication = Publication(
        batch_id=document["batch_id"],
        batch_date=date.fromisoformat(document["batch_date"]),
        published_at=datetime.fromisoformat(document["published_at"]),
        run_id=document["run_id"],
    )
    return folder / document["file"], publication, [folder / before] if before else []
