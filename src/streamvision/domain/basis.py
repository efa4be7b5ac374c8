"""What a build of the models is made from, and which batches one that goes on has to look at."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256

from streamvision.domain.batch import Batch, batch_of


@dataclass(frozen=True)
class BatchWindow:
    """Name the batches from one on, up to and without another: [first, end)."""

    first: str
    end: str


@dataclass(frozen=True)
class Basis:
    """Tell what a build is made from; of what is as large as the warehouse, by digests.

    Attributes:
        models: digest of the models' text and of what runs it.
        columns: digest of the columns that the source's tables have in the warehouse, with their types.
        batch_id: the newest batch.
        batches: digest of the accounts of all batches up to it; one that was loaded again has another.
        releases: digest of the decisions that took rows out of quarantine into the warehouse.

    """

    models: str
    columns: str
    batch_id: str
    batches: str
    releases: str

    def to_json(self) -> str:
        """Return the text under which a build keeps it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class BuildStart:
    """Say how a build begins.

    Attributes:
        basis: what it is made from, as the build is to remember it.
        window: the batches that came since what readers are shown was built, where the build goes on from
            that; None where every table is built anew.

    """

    basis: str = ""
    window: BatchWindow | None = None


def basis_of(text: str | None) -> Basis | None:
    """Return what a build remembers; None where it remembers nothing that is understood."""
    try:
        return Basis(**json.loads(text or ""))
    except (TypeError, ValueError):
        return None


def window_since(before: Basis | None, now: Basis, batches_up_to_then: str) -> BatchWindow | None:
    """Return the batches to look at where a build may go on from one before; None where it may not.

    It may only where everything that was built from is still there as it was: the models, the columns, each
    batch, and the rows that were released from quarantine, which may belong to any batch.

    Args:
        before: what the build before was made from.
        now: what there is now.
        batches_up_to_then: the digest, now, of the accounts up to the newest batch of the build before.

    """
    if before is None or before.batch_id > now.batch_id:
        return None
    same = (before.models, before.columns, before.batches, before.releases) == (
        now.models,
        now.columns,
        batches_up_to_then,
        now.releases,
    )
    return BatchWindow(_after(before.batch_id), _after(now.batch_id)) if same else None


def digest_of(parts: Iterable[object]) -> str:
    """Return a digest of things in their order, by what `repr` tells of them."""
    return sha256("\n".join(map(repr, parts)).encode()).hexdigest()


def _after(batch_id: str) -> str:
    return Batch(batch_of(batch_id).day + timedelta(days=1)).id
