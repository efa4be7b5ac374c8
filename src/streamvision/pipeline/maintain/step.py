"""The step: files that no manifest vouches for go, and the source's log is looked at."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from streamvision.domain.batch import BATCHES_PREFIX, RAW_PREFIX, Batch, batch_from_manifest_key, batch_of
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import parse_batch_manifest, parse_table_manifest
from streamvision.ports.lake import Lake


@dataclass(frozen=True)
class CleanedLake:
    """Tell what became of the files of a lake.

    Attributes:
        removed: the keys of files that belonged to no batch.
        kept_of: the batches of which nothing was removed, since their manifests cannot be understood.

    """

    removed: tuple[str, ...] = ()
    kept_of: tuple[str, ...] = ()


def clean_lake(lake: Lake, check: Callable[[], None]) -> CleanedLake:
    """Remove what killed extractions have left of days that have a batch, or that can have none any more.

    What lies there of a day after the newest batch stays: the next extraction goes on with it, or removes it.

    Args:
        lake: the lake, on which no run may be at work.
        check: makes sure, before each removal, that none is.

    """
    batches = {batch for key in lake.keys(BATCHES_PREFIX) if (batch := batch_from_manifest_key(key))}
    if not batches:
        return CleanedLake()
    newest = max(batches)
    named: set[str] = set()
    unclear: set[Batch] = set()
    for batch in sorted(batches):
        try:
            named.update(_named(lake, batch))
        except ManifestError:
            unclear.add(batch)
    removed = []
    for key in lake.keys(RAW_PREFIX):
        batch_of_key = _batch_of_key(key)
        if batch_of_key is None or batch_of_key > newest or batch_of_key in unclear:
            continue
        if key not in named:
            check()
            lake.delete(key)
            removed.append(key)
    return CleanedLake(tuple(removed), tuple(batch.id for batch in sorted(unclear)))


def _named(lake: Lake, batch: Batch) -> Iterator[str]:
    """Yield the keys that a batch consists of.

    Raises:
        ManifestError: when one of its manifests is missing or damaged.

    """
    yield batch.manifest_key
    manifest = parse_batch_manifest(_content(lake, batch.manifest_key), batch)
    for table, sha256 in manifest.tables:
        key = batch.table_manifest_key(table)
        yield key
        yield from (
            file.key for file in parse_table_manifest(_content(lake, key), batch, table, sha256).files
        )


def _content(lake: Lake, key: str) -> bytes:
    content = lake.get(key)
    if content is None:
        raise ManifestError(f"The manifest {key} is missing")
    return content


def _batch_of_key(key: str) -> Batch | None:
    """Return the batch in whose folder a file lies; None where it lies elsewhere."""
    with suppress(ValueError, IndexError):
        return batch_of(key.removeprefix(RAW_PREFIX).split("/")[1])
    return None
