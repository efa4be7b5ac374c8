"""The step: batches of the lake into RAW, oldest first, each once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from streamvision.domain.batch import BATCHES_PREFIX, Batch, batch_from_manifest_key, batch_of
from streamvision.domain.contract import Contract
from streamvision.domain.errors import ManifestError
from streamvision.domain.manifest import parse_batch_manifest
from streamvision.pipeline.load.decisions import Decisions
from streamvision.pipeline.load.judge import judge
from streamvision.pipeline.load.order import check_follows
from streamvision.pipeline.load.verify import verified_batch
from streamvision.ports.lake import Lake
from streamvision.ports.warehouse import IncomingBatch, Outcome, TableAccount, TableState, Warehouse

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class LoadedBatch:
    """Tell what became of one batch.

    Attributes:
        is_new: False where the warehouse had the batch already; nothing was done then.
        outcomes: what came of the contracts' expectations; none where it is not new.

    """

    batch: Batch
    is_new: bool
    accounts: tuple[TableAccount, ...]
    outcomes: tuple[Outcome, ...] = ()

    @property
    def loaded_rows(self) -> int:
        """Return the rows of all tables that were loaded."""
        return sum(account.loaded_rows for account in self.accounts)

    @property
    def quarantined_rows(self) -> int:
        """Return the rows of all tables that went to quarantine."""
        return sum(account.quarantined_rows for account in self.accounts)

    @property
    def breaches(self) -> tuple[Outcome, ...]:
        """Return what is not as the contracts expect it."""
        return tuple(outcome for outcome in self.outcomes if not outcome.holds)


def load(
    lake: Lake,
    warehouse: Warehouse,
    contracts: Sequence[Contract] | None,
    *,
    until: Batch,
    run_id: str,
    loaded_at: Callable[[], datetime],
    accept_quarantined: bool = False,
) -> list[LoadedBatch]:
    """Load every batch of the lake up to a day that the warehouse does not have yet.

    Each batch is one transaction. A batch that was loaded is not loaded again; one whose manifest has
    changed since is refused, and so is one from another source than those before, or out of its order.
    After each batch, what was decided on rows in quarantine while it was the newest is applied.

    Args:
        lake: where the batches are.
        warehouse: where they go.
        contracts: those that were written; None where each table's follows from the batch itself.
        until: the last batch to load.
        run_id: names the run in the accounts.
        loaded_at: tells the time.
        accept_quarantined: whether more rows than a contract allows may go to quarantine.

    Raises:
        DataQualityError: when a batch is not what its contracts expect of it; batches before it stay loaded.
        ManifestError: when the batch of the day is not in the lake, or a batch is damaged, has changed, or
            came from another source.
        WarehouseError: when the account of a table does not balance; batches before it stay loaded.

    """
    accounts = _accounts_by_batch(warehouse)
    batches = [batch for batch in batches_in(lake) if batch <= until]
    if until not in batches:
        raise _absent(until)
    results = []
    decisions = Decisions(lake, warehouse, contracts, loaded_at)
    pending = decisions.pending()
    source_id = next((each.source_id for known in accounts.values() for each in known), None)
    newest = max((batch_of(batch_id) for batch_id in accounts), default=None)
    for batch in batches:
        known = accounts.get(batch.id)
        if known is not None:
            _check_unchanged(lake, batch, known)
            decisions.apply_after(batch, pending)
            results.append(LoadedBatch(batch, is_new=False, accounts=tuple(known)))
            continue
        check_follows(lake, batch, newest)
        with verified_batch(lake, batch, contracts, source_id=source_id) as incoming:
            source_id = incoming.source_id
            judged = _Judged(accept_quarantined)
            loaded = _load_one(lake, warehouse, incoming, judged, run_id, loaded_at())
        decisions.apply_after(batch, pending)
        newest = batch
        results.append(loaded)
    return results


class _Judged:
    """Judge a batch, and keep what came of it."""

    def __init__(self, accept_quarantined: bool) -> None:  # noqa: FBT001 - its only part
        self._accept_quarantined = accept_quarantined
        self.outcomes: list[Outcome] = []

    def __call__(self, states: Sequence[TableState]) -> Sequence[Outcome]:
        self.outcomes = judge(states, accept_quarantined=self._accept_quarantined)
        return self.outcomes


def _load_one(
    lake: Lake, warehouse: Warehouse, incoming: IncomingBatch, judged: _Judged, run_id: str, now: datetime
) -> LoadedBatch:
    batch = incoming.batch
    for table in incoming.tables:
        # A load that was stopped may have left rows there that its contract, mended since, no longer breaks.
        lake.delete(batch.quarantine_key(table.contract.table))
    accounts = warehouse.load(
        incoming,
        run_id=run_id,
        loaded_at=now,
        keep_quarantined=lambda table, path: _keep(lake, batch, table, path),
        judge=judged,
    )
    return LoadedBatch(batch, is_new=True, accounts=tuple(accounts), outcomes=tuple(judged.outcomes))


def _absent(batch: Batch) -> ManifestError:
    return ManifestError(
        f"The lake has no batch of {batch.id}",
        where=batch.manifest_key,
        safe="the warehouse is as it was before",
        next_command=f"streamvision extract --date {batch.id}",
    )


def _accounts_by_batch(warehouse: Warehouse) -> dict[str, list[TableAccount]]:
    accounts: dict[str, list[TableAccount]] = {}
    for account in warehouse.accounts():
        accounts.setdefault(account.batch_id, []).append(account)
    return accounts


def batches_in(lake: Lake) -> list[Batch]:
    """Return the batches that exist in the lake, oldest first."""
    found = (batch_from_manifest_key(key) for key in lake.keys(BATCHES_PREFIX))
    return sorted(batch for batch in found if batch is not None)


def _check_unchanged(lake: Lake, batch: Batch, accounts: Sequence[TableAccount]) -> None:
    manifest = parse_batch_manifest(lake.get(batch.manifest_key) or b"", batch)
    loaded = {account.table: account.manifest_sha256 for account in accounts}
    if dict(manifest.tables) != loaded:
        raise ManifestError(
            f"The batch {batch.id} has changed in the lake since it was loaded",
            where=batch.manifest_key,
            safe="the warehouse keeps the batch as it was loaded",
            next_command="restore the batch's files and manifests from a copy",
        )


def _keep(lake: Lake, batch: Batch, table: str, path: Path) -> None:
    with path.open("rb") as rows, lake.create(batch.quarantine_key(table)) as file:
        while chunk := rows.read(_CHUNK_BYTES):
            file.write(chunk)
