"""Manifests: what makes a batch in the lake exist, and what proves that it is whole.

Each table of a batch has a manifest beside its files; the batch's own manifest names those and is
written last. A batch without it does not exist, whatever files a killed run has left.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, get_args

from streamvision.domain.batch import Batch, FileFormat
from streamvision.domain.changes import Mode
from streamvision.domain.errors import ManifestError

VERSION = 3


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
        mode: whether the files hold the whole table, or what changed since the batch before.
        relation: the table's schema and name in the source.
        key: the columns that name a row; none where nothing does.
        nullable: the columns that may be NULL.
        source_names: the source's names of the columns that have another one here.
        signature: what the source's catalogue said of the table; another one means that it was altered.

    """

    batch_id: str
    table: str
    format: FileFormat
    snapshot: str
    schema: tuple[tuple[str, str], ...]
    files: tuple[FileEntry, ...]
    mode: Mode = "snapshot"
    relation: tuple[str, str] = ("public", "")
    key: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()
    source_names: tuple[tuple[str, str], ...] = ()
    signature: str = ""

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
        visible: which transactions the picture shows, as PostgreSQL's pg_snapshot writes it.
        log_name: the slot whose changes the batch continues; empty where none was read.
        log_end: how far, as a position in the source's log, everything that is visible was read from it.
        previous: the batch before, after which alone this one can be loaded; empty for the first of a lake.
        previous_sha256: the checksum of that batch's manifest.

    """

    batch_id: str
    source_id: str
    snapshot: str
    snapshot_at: datetime
    run_id: str
    tables: tuple[tuple[str, str], ...]
    visible: str = ""
    log_name: str = ""
    log_end: int = 0
    previous: str = ""
    previous_sha256: str = ""

    def to_json(self) -> bytes:
        """Return the manifest's text; equal manifests have equal bytes."""
        document = asdict(self) | {"version": VERSION, "snapshot_at": self.snapshot_at.isoformat()}
        document |= {"tables": dict(self.tables)}
        return _dump(document | {"sha256": digest(_dump(document))})


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def parse_batch_manifest(content: bytes, batch: Batch) -> BatchManifest:
    """Read a batch's own manifest, which vouches for itself: nothing else does.

    Raises:
        ManifestError: when it is damaged, was changed, or belongs to another batch.

    """
    document = _parse(content, batch.manifest_key)
    if document.pop("sha256", None) != digest(_dump(document)):
        raise _damaged(batch.manifest_key, "its checksum is not that of what it says")
    _check_fields(document, BatchManifest, batch.manifest_key)
    try:
        manifest = BatchManifest(
            batch_id=document["batch_id"],
            source_id=document["source_id"],
            snapshot=document["snapshot"],
            snapshot_at=datetime.fromisoformat(document["snapshot_at"]).astimezone(UTC),
            run_id=document["run_id"],
            tables=tuple(sorted(document["tables"].items())),
            visible=document["visible"],
            log_name=document["log_name"],
            log_end=document["log_end"],
            previous=document["previous"],
            previous_sha256=document["previous_sha256"],
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
    _check_fields(document, TableManifest, key)
    try:
        manifest = TableManifest(
            batch_id=document["batch_id"],
            table=document["table"],
            format=document["format"],
            snapshot=document["snapshot"],
            schema=tuple((name, type_) for name, type_ in document["schema"]),
            files=tuple(FileEntry(**file) for file in document["files"]),
            mode=document["mode"],
            relation=(document["relation"][0], document["relation"][1]),
            key=tuple(document["key"]),
            nullable=tuple(document["nullable"]),
            source_names=tuple((name, source) for name, source in document["source_names"]),
            signature=document["signature"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(key, f"field {error}") from error
    if (manifest.batch_id, manifest.table) != (batch.id, table):
        raise _damaged(key, f"it names {manifest.table} of {manifest.batch_id}")
    if wrong := _contradiction(manifest):
        raise _damaged(key, wrong)
    return manifest


def check_source(batch: Batch, found: str, expected: str | None, *, safe: str) -> None:
    """See that a batch is of the database that the batches before it are of.

    Args:
        batch: the batch.
        found: its `source_id`.
        expected: that of the batches before; None where there are none.
        safe: what is still intact, for the error.

    Raises:
        ManifestError: when it is another one.

    """
    if expected is not None and found != expected:
        raise ManifestError(
            f"The batch is of another database ({found}) than those before it ({expected})",
            where=batch.manifest_key,
            safe=safe,
            next_command="give each source a lake and a warehouse of its own: STREAMVISION_LAKE and"
            " STREAMVISION_WAREHOUSE, or a profile",
        )


def _check_fields(document: Mapping[str, object], kind: type, key: str) -> None:
    """See that a manifest says nothing that this version would pass over."""
    unknown = document.keys() - {field.name for field in fields(kind)} - {"version"}
    if unknown:
        raise _damaged(key, f"unknown fields {', '.join(sorted(unknown))}")


def _contradiction(manifest: TableManifest) -> str:
    """Return what of a table's manifest cannot be so; nothing where all can."""
    names = [name for name, _ in manifest.schema]
    keys = [file.key for file in manifest.files]
    contradictions = {
        f"the format {manifest.format!r}": manifest.format not in get_args(FileFormat),
        f"the mode {manifest.mode!r}": manifest.mode not in get_args(Mode),
        "a column is named twice": len(set(names)) < len(names),
        "its key, or what may be NULL, is not of its columns": not set(names).issuperset(
            manifest.key + manifest.nullable
        ),
        "a file is named twice": len(set(keys)) < len(keys),
        "the rows or bytes of a file are no count": not all(map(_is_counted, manifest.files)),
        # A table without rows has a file as well, so that its columns are known.
        "a whole table without a file": manifest.mode == "snapshot" and not keys,
    }
    return next((what for what, is_so in contradictions.items() if is_so), "")


def _is_counted(file: FileEntry) -> bool:
    counts: tuple[object, ...] = (file.rows, file.bytes)
    return all(type(count) is int and count >= 0 for count in counts)


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
