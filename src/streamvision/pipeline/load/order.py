"""Sees that batches come in their order: each after the one that its manifest names, and no other."""

from streamvision.domain.batch import Batch
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import BatchManifest, digest, parse_batch_manifest
from streamvision.ports.lake import Lake

_SAFE = "the warehouse is as it was before; no row of this batch was loaded"


def check_follows(lake: Lake, batch: Batch, newest: Batch | None) -> None:
    """See that a batch is the one that comes after the newest that is loaded.

    Args:
        lake: holds the batch.
        batch: is to be loaded.
        newest: the newest batch in the warehouse; None where it is empty.

    Raises:
        ManifestError: when it comes too late, a batch before it is missing, or it stands on another one.

    """
    if newest is not None and batch < newest:
        raise _refused(
            batch,
            f"The batch of {batch.id} is out of order: the warehouse has the later batch of {newest.id}",
            "if it belongs there, `streamvision run --rebuild` loads all batches in their order",
        )
    manifest = parse_batch_manifest(lake.get(batch.manifest_key) or b"", batch)
    if manifest.previous != (newest.id if newest else ""):
        raise _not_the_next(batch, manifest, newest)
    if newest is not None:
        before = lake.get(newest.manifest_key)
        # A batch that was loaded may have been moved out of the lake; then its name must do.
        if before is not None and digest(before) != manifest.previous_sha256:
            raise _refused(
                batch,
                f"The batch of {batch.id} was made after another batch of {newest.id} than the lake has now",
                "restore the manifests from a copy",
            )


def _not_the_next(batch: Batch, manifest: BatchManifest, newest: Batch | None) -> ManifestError:
    if not manifest.previous:
        return _refused(
            batch,
            f"The batch of {batch.id} is the first of a lake, but the warehouse has batches up to"
            f" {newest.id if newest else 'none'}",
            "if the lake was begun anew, `streamvision run --rebuild` makes the warehouse anew from it",
        )
    if newest is None or manifest.previous > newest.id:
        return _refused(
            batch,
            f"The batch of {manifest.previous}, which that of {batch.id} stands on, is missing",
            f"bring the files of {manifest.previous} back into the lake",
        )
    return _refused(
        batch,
        f"The batch of {batch.id} stands on that of {manifest.previous}, but the warehouse has a later one,"
        f" of {newest.id}",
        "`streamvision run --rebuild` makes the warehouse anew from what the lake has",
    )


def _refused(batch: Batch, what: str, next_command: str) -> ManifestError:
    return ManifestError(what, where=batch.manifest_key, safe=_SAFE, next_command=next_command)
