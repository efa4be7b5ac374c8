"""The step: every table, from one snapshot, into the lake as the batch of a day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from streamvision.domain.batch import BATCHES_PREFIX, Batch, FileFormat, batch_from_manifest_key
from streamvision.domain.contract import Contract, in_dependency_order
from streamvision.domain.errors import WrongUseError
from streamvision.domain.manifest import (
    BatchManifest,
    TableManifest,
    digest,
    parse_batch_manifest,
    parse_table_manifest,
)
from streamvision.pipeline.extract.agreement import check_agreement
from streamvision.pipeline.extract.arrow_types import arrow_schema
from streamvision.pipeline.extract.files import write_files
from streamvision.ports.lake import Lake
from streamvision.ports.source import Snapshot, Source

Progress = Callable[[str, int, int], None]
"""Hear (table, rows so far, about how many in all)."""


@dataclass(frozen=True)
class Extraction:
    """Tell what the step did.

    Attributes:
        is_new: False where the lake had the batch already; nothing was read then.

    """

    batch: Batch
    is_new: bool
    tables: tuple[TableManifest, ...]


def extract(
    source: Source,
    lake: Lake,
    contracts: Sequence[Contract],
    batch: Batch,
    *,
    run_id: str,
    file_format: FileFormat = "parquet",
    progress: Progress = lambda _table, _rows, _estimate: None,
) -> Extraction:
    """Carry one consistent picture of all tables into the lake.

    All tables are read in one snapshot. Files come first, then each table's manifest, then the batch's own:
    until that is written the batch does not exist, and a later call begins anew. A batch that exists is left
    as it is.

    Raises:
        WrongUseError: when the lake has a later batch; the source no longer shows an earlier day.
        ContractError: when the source is not what the contracts say.
        SourceError, SourceUnreachableError, LakeError: as the ports say; no batch exists then.

    """
    content = lake.get(batch.manifest_key)
    if content is not None:
        return Extraction(batch, is_new=False, tables=_known_tables(lake, batch, content))
    _refuse_an_earlier_day(lake, batch)
    ordered = in_dependency_order(contracts)
    for contract in ordered:
        for leftover in lake.keys(batch.table_prefix(contract.table)):
            lake.delete(leftover)
    with source.snapshot() as snapshot:
        check_agreement(snapshot, ordered)
        tables = tuple(
            _extract_table(
                snapshot, contract, lake=lake, batch=batch, file_format=file_format, progress=progress
            )
            for contract in ordered
        )
        manifest = BatchManifest(
            batch_id=batch.id,
            source_id=snapshot.source_id,
            snapshot=snapshot.id,
            snapshot_at=snapshot.taken_at,
            run_id=run_id,
            tables=tuple(sorted((table.table, digest(table.to_json())) for table in tables)),
        )
    lake.put(batch.manifest_key, manifest.to_json())
    return Extraction(batch, is_new=True, tables=tables)


def _known_tables(lake: Lake, batch: Batch, content: bytes) -> tuple[TableManifest, ...]:
    return tuple(
        parse_table_manifest(lake.get(batch.table_manifest_key(table)) or b"", batch, table, sha256)
        for table, sha256 in parse_batch_manifest(content, batch).tables
    )


def _refuse_an_earlier_day(lake: Lake, batch: Batch) -> None:
    existing = [found for key in lake.keys(BATCHES_PREFIX) if (found := batch_from_manifest_key(key))]
    if existing and batch < (newest := max(existing)):
        raise WrongUseError(
            f"The lake has the batch of {newest.id}; the day {batch.id} before it cannot be extracted any"
            " more, since the source shows only its present state",
            where=f"batch {batch.id}",
            safe="nothing was changed",
            next_command="choose a later --date",
        )


def _extract_table(
    snapshot: Snapshot,
    contract: Contract,
    *,
    lake: Lake,
    batch: Batch,
    file_format: FileFormat,
    progress: Progress,
) -> TableManifest:
    schema = arrow_schema(contract)
    estimate = snapshot.estimated_rows(contract)

    def counted() -> Iterator[pa.RecordBatch]:
        rows = 0
        progress(contract.table, rows, estimate)
        for rows_read in snapshot.read(contract, schema):
            yield rows_read
            rows += rows_read.num_rows
            progress(contract.table, rows, max(rows, estimate))

    files = write_files(
        lake, lambda part: batch.file_key(contract.table, part, file_format), counted(), schema, file_format
    )
    manifest = TableManifest(
        batch_id=batch.id,
        table=contract.table,
        format=file_format,
        snapshot=snapshot.id,
        schema=tuple((column.name, column.type) for column in contract.columns),
        files=tuple(files),
    )
    lake.put(batch.table_manifest_key(contract.table), manifest.to_json())
    return manifest
