"""Writes batches into a lake, each after the one before, as the extract step does."""

from collections.abc import Sequence

from streamvision.domain.batch import Batch
from streamvision.domain.changes import Mode
from streamvision.domain.contract import Contract
from streamvision.domain.manifest import BatchManifest, TableManifest, digest
from streamvision.pipeline.extract.files import write_files
from streamvision.pipeline.load.step import batches_in
from streamvision.ports.lake import Lake
from tests.fakes.building import RUN_ID, SNAPSHOT_AT, Row, arrow_table


def add_batch(lake: Lake, batch: Batch, *tables: tuple[Contract, Mode, Sequence[Row]]) -> None:
    """Write a batch that follows the newest of the lake."""
    manifests = [_written(lake, batch, *table) for table in tables]
    for manifest in manifests:
        lake.put(batch.table_manifest_key(manifest.table), manifest.to_json())
    before = batches_in(lake)
    whole = BatchManifest(
        batch_id=batch.id,
        source_id="postgres-1-2",
        snapshot="00000003-1",
        snapshot_at=SNAPSHOT_AT,
        run_id=RUN_ID,
        tables=tuple(sorted((each.table, digest(each.to_json())) for each in manifests)),
        previous=before[-1].id if before else "",
        previous_sha256=digest(lake.get(before[-1].manifest_key) or b"") if before else "",
    )
    lake.put(batch.manifest_key, whole.to_json())


def _written(lake: Lake, batch: Batch, contract: Contract, mode: Mode, rows: Sequence[Row]) -> TableManifest:
    table = arrow_table(contract, rows, mode)
    entries = write_files(
        lake,
        lambda part: batch.file_key(contract.table, part, "parquet"),
        table.to_batches(),
        table.schema,
        "parquet",
    )
    return TableManifest(
        batch_id=batch.id,
        table=contract.table,
        format="parquet",
        snapshot="00000003-1",
        schema=tuple((column.name, column.type) for column in contract.columns),
        files=tuple(entries),
        mode=mode,
        relation=("public", contract.table),
        key=contract.key,
        nullable=tuple(column.name for column in contract.columns if column.nullable),
    )
