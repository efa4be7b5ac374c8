"""Loads days again from the lake alone: some of them, or all into a warehouse that is made anew."""

from collections.abc import Callable, Sequence

from streamvision.domain.batch import RAW_PREFIX, Batch, batch_of
from streamvision.domain.errors import ManifestError, WrongUseError
from streamvision.domain.manifest import parse_batch_manifest
from streamvision.pipeline.load.step import LoadedBatch, batches_in
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import Warehouse

Load = Callable[[Warehouse, Batch], list[LoadedBatch]]
"""Loads into a warehouse every batch up to one that it does not have."""


def replay(
    lake: Lake, warehouse: Warehouse, load: Load, *, first: Batch, last: Batch | None
) -> list[LoadedBatch]:
    """Take back the batches from one day on, and load them again, under the contracts as they are now.

    Batches after the last day that the warehouse has are loaded again too: each stands on those before it.

    Args:
        lake: has the batches.
        warehouse: has some of them.
        load: the load step.
        first: the first day.
        last: the last day; None for the newest batch of the lake.

    Raises:
        WrongUseError: when the lake has no batch of these days.
        ManifestError: when a batch is missing or damaged. Where that shows before anything was taken back,
            the warehouse stays as it was; else it has the batches before.

    """
    there = batches_in(lake)
    wanted = [batch for batch in there if first <= batch and (last is None or batch <= last)]
    if not wanted:
        raise _no_batch(f"from {first.id} to {last.id if last else 'now'}")
    loaded = sorted({batch_of(account.batch_id) for account in warehouse.accounts()})
    again = [batch for batch in loaded if batch >= wanted[0]]
    _check_there(lake, again, there)
    warehouse.forget_from(wanted[0])
    results = load(warehouse, max([wanted[-1], *again]))
    return [batch for batch in results if batch.is_new]


def rebuild(lake: Lake, warehouse: Warehouse, load: Load, *, until: Batch | None) -> list[LoadedBatch]:
    """Make the warehouse anew from all batches of the lake, beside the one that is there until it is whole.

    Args:
        lake: has the batches.
        warehouse: is replaced when all of them are loaded.
        load: the load step.
        until: the last batch; None for the newest of the lake.

    Raises:
        WrongUseError: when the lake has no batch.
        ManifestError: when a batch is missing or damaged; the warehouse stays as it was.

    """
    there = batches_in(lake)
    if not there:
        raise _no_batch("at all")
    with warehouse.anew() as fresh:
        return load(fresh, until or there[-1])


def _check_there(lake: Lake, batches: Sequence[Batch], there: Sequence[Batch]) -> None:
    """See, before anything is taken back, that it can be loaded again."""
    for batch in batches:
        if batch not in there:
            raise ManifestError(
                f"The batch of {batch.id} is loaded, but not in the lake: it could not be loaded again",
                where=batch.manifest_key,
                safe="the warehouse is as it was before",
                next_command=f"bring the files of {batch.id} back into the lake",
            )
        parse_batch_manifest(lake.get(batch.manifest_key) or b"", batch)


def _no_batch(which: str) -> WrongUseError:
    return WrongUseError(
        f"The lake has no batch {which}",
        where=RAW_PREFIX,
        safe="nothing was changed",
        next_command="streamvision status --batches 30",
    )
