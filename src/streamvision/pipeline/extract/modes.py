"""Decides how each table of a batch is read: whole, or what changed since the batch before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from streamvision.domain.batch import BATCHES_PREFIX, Batch, batch_from_manifest_key
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.domain.manifest import (
    BatchManifest,
    TableManifest,
    digest,
    parse_batch_manifest,
    parse_table_manifest,
)
from streamvision.domain.segment import Segment
from streamvision.ports.lake import Lake
from streamvision.ports.source import SourceTable

Extracting = Literal["snapshot", "changes", "cursor"]
"""How a profile wants its source read where that is possible; what is not, is read whole."""


@dataclass(frozen=True)
class Earlier:
    """Hold the newest batch before the one that is made.

    Attributes:
        sha256: the checksum of its manifest.

    """

    batch: Batch
    manifest: BatchManifest
    sha256: str
    tables: Mapping[str, TableManifest]


def batches_in(lake: Lake) -> list[Batch]:
    """Return the batches that exist in the lake, oldest first."""
    found = (batch_from_manifest_key(key) for key in lake.keys(BATCHES_PREFIX))
    return sorted(batch for batch in found if batch is not None)


def known_tables(lake: Lake, batch: Batch, manifest: BatchManifest) -> tuple[TableManifest, ...]:
    """Return the manifests of a batch's tables.

    Raises:
        ManifestError: when one is missing or damaged.

    """
    return tuple(
        parse_table_manifest(lake.get(batch.table_manifest_key(table)) or b"", batch, table, sha256)
        for table, sha256 in manifest.tables
    )


def earlier(lake: Lake, batches: Sequence[Batch]) -> Earlier | None:
    """Return the newest of some batches; None where there is none."""
    if not batches:
        return None
    batch = max(batches)
    content = lake.get(batch.manifest_key) or b""
    manifest = parse_batch_manifest(content, batch)
    tables = {table.table: table for table in known_tables(lake, batch, manifest)}
    return Earlier(batch, manifest, digest(content), tables)


def log_continues(
    before: Earlier | None, segments: Sequence[Segment], name: str, position: int | None
) -> bool:
    """Tell whether the log has everything since the batch before, less what its segments have already.

    Args:
        before: the batch before.
        segments: what a killed run has left of the batch that is made.
        name: the slot's name.
        position: from where on the log was kept before this run touched it; None where it was not.

    """
    if before is None or position is None or before.manifest.log_name != name:
        return False
    known = [before.manifest.log_end, *(part.confirmable for part in segments if part.log_name == name)]
    return position <= max(known)


def mode_of(
    contract: Contract, table: SourceTable, extracting: Extracting, before: Earlier | None, *, told: bool
) -> Mode:
    """Return how a table is read.

    Args:
        contract: with the columns that the source has now.
        table: as the catalogue has it now.
        extracting: how the profile wants its source read.
        before: the batch before.
        told: whether the log has told of every change to the table since the batch before.

    """
    last = before.tables.get(contract.table) if before else None
    if extracting == "snapshot" or last is None or not _is_the_same(contract, table, last):
        return "snapshot"
    if extracting == "changes":
        return "changes" if told and not table.unlogged_because else "snapshot"
    return "cursor" if table.kind in {"table", "partitioned"} and contract.key else "snapshot"


def _is_the_same(contract: Contract, table: SourceTable, last: TableManifest) -> bool:
    """Tell whether rows that were not changed since are in the lake already, in these very columns."""
    return (
        last.signature == table.signature
        and last.relation == (table.schema, table.name)
        and last.schema == tuple((column.name, column.type) for column in contract.columns)
        and last.key == contract.key
    )
