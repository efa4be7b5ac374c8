"""Tells the recorder of a run what its steps have carried, for every runner alike."""

from streamvision.pipeline.extract.step import Extraction
from streamvision.pipeline.load.step import LoadedBatch
from streamvision.pipeline.record.recorder import RunRecorder


def record_extraction(run: RunRecorder, extraction: Extraction) -> None:
    """Write down how much of each table was extracted; nothing where the lake had it already."""
    if extraction.is_new:
        counted = [(table.table, table.rows) for table in extraction.tables]
        sizes = {table.table: table.size_bytes for table in extraction.tables}
        run.extracted(extraction.batch.id, counted, sizes)


def record_load(run: RunRecorder, batch: LoadedBatch) -> None:
    """Write down the accounts of a batch; nothing where the warehouse had it already."""
    if batch.is_new:
        run.loaded(batch.accounts)
