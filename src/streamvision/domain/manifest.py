"""Manifests: what makes a batch in the lake exist, and what proves that it is whole.

Each table of a batch has a manifest beside its files; the batch's own manifest names those and is
written last. A batch without it does not exist, whatever files a killed run has left.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.errors import ManifestError

VERSION = 1


@dataclass(frozen=True)
class FileEntry:
    """Describe one file: rows, size in bytes, and SHA-256 of its bytes."""

    key: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class TableManifest:
    """Describe one table's part of a batch.

    Attributes:
        snapshot: the database snapshot that every table of the batch was read from.
        schema: the columns and their types in the source, in the order of the files.

    """

    batch_id: str
    table: str
    format: FileFormat
    snapshot: str
    schema: tuple[tuple[str, str], ...]
    files: tuple[FileEntry, ...]

    @property
    def rows(self) -> int:
        """Return the rows in all files."""
        return sum(file.rows for file in self.files)

    @property
    def size_bytes(self) -> int:
        """Return the size of all files."""
        return sum(file.bytes for file in self.files)

    def to_json(self) -> bytes:
        """Return the manifest's text; equal manifests have equal bytes."""
        return _dump({"version": VERSION, **asdict(self)})


@dataclass(frozen=True)
class BatchManifest:
    """Describe a whole batch.

    Attributes:
        source_id: which database it came from (cluster and database, no address and no secret).
        snapshot_at: when the snapshot was taken, UTC.
        tables: the SHA-256 of each table's manifest.

    """

    batch_id: str
    source_id: str
    snapshot: str
    snapshot_at: datetime
    run_id: str
    tables: tuple[tuple[str, str], ...]

    def to_json(self) -> bytes:
        """Return the manifest's text; equal manifests have equal bytes."""
        document = asdict(self) | {"version": VERSION, "snapshot_at": self.snapshot_at.isoformat()}
        return _dump(document | {"tables": dict(self.tables)})


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def parse_batch_manifest(content: bytes, batch: Batch) -> BatchManifest:
    """Read a batch's own manifest.

    Raises:
        ManifestError: when it is damaged or belongs to another batch.

    """
    document = _parse(content, batch.manifest_key)
    try:
        manifest = BatchManifest(
            batch_id=document["batch_id"],
            source_id=document["source_id"],
            snapshot=document["snapshot"],
            snapshot_at=datetime.fromisoformat(document["snapshot_at"]).astimezone(UTC),
            run_id=document["run_id"],
            tables=tuple(sorted(document["tables"].items())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(batch.manifest_key, f"field {error}") from error
    if manifest.batch_id != batch.id:
        raise _damaged(batch.manifest_key, f"it names the batch {manifest.batch_id}")
    return manifest


def parse_table_manifest(content: bytes, batch: Batch, table: str, expected_sha256: str) -> TableManifest:
    """Read one table's manifest and hold it against the batch's own.

    Raises:
        ManifestError: when it is damaged, was changed, or belongs to another batch or table.

    """
    key = batch.table_manifest_key(table)
    if digest(content) != expected_sha256:
        raise _damaged(key, "its checksum is not the one that the batch's manifest names")
    document = _parse(content, key)
    try:
        manifest = TableManifest(
            batch_id=document["batch_id"],
            table=document["table"],
            format=document["format"],
            snapshot=document["snapshot"],
            schema=tuple((name, type_) for name, type_ in document["schema"]),
            files=tuple(FileEntry(**file) for file in document["files"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(key, f"field {error}") from error
    if (manifest.batch_id, manifest.table) != (batch.id, table):
        raise _damaged(key, f"it names {manifest.table} of {manifest.batch_id}")
    return manifest


def _dump(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def _parse(content: bytes, key: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _damaged(key, f"it is not JSON ({error})") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise _damaged(key, f"its version is not {VERSION}")
    return document


def _damaged(key: str, what: str) -> ManifestError:
    return ManifestError(
        f"A manifest in the lake is not what it should be: {what}",
        where=key,
        safe="the warehouse is as it was before; no row of this batch was loaded",
        next_command="restore the file from a copy, or remove the batch's folders and run "
        "`streamvision extract` again",
    )
