"""The step: staging, core and marts, built and tested."""

from collections.abc import Callable
from datetime import datetime

from streamvision.pipeline.transform.begin import begin_build, newest_batch
from streamvision.ports.transformer import BuildSummary, Transformer
from streamvision.ports.warehouse import Warehouse


def transform(
    warehouse: Warehouse, transformer: Transformer, *, run_id: str, now: Callable[[], datetime]
) -> BuildSummary:
    """Build and test every model from what RAW holds, beside what people look at, and note that it passed.

    Raises:
        WrongUseError: when no batch was loaded yet.
        DataQualityError: when a test of the data failed; what is published stays as it is.
        ModelsFailedError: when a model could not be built.

    """
    newest = newest_batch(warehouse)
    summary = transformer.build(begin_build(warehouse, transformer), run_id)
    warehouse.record_build(newest, run_id=run_id, tested_at=now())
    return summary
