"""Begins a build: anew, or from what readers are shown, where what came since can be told."""

from collections.abc import Iterable

from streamvision.domain.basis import Basis, BuildStart, basis_of, digest_of, window_since
from streamvision.domain.errors import WrongUseError
from streamvision.ports.transformer import BuildPlace, Transformer
from streamvision.ports.warehouse import TableAccount, Warehouse


def begin_build(warehouse: Warehouse, transformer: Transformer) -> BuildPlace:
    """Begin a build of everything that is loaded, and return where.

    It goes on from the build that readers are shown where that one was made by the same models from the same
    batches, and more came since; its tables that grow then look at the rows that those batches changed. Where
    anything else differs, every table is built anew. The rows are the same either way.

    Raises:
        WrongUseError: when no batch was loaded yet.

    """
    return warehouse.begin_build(build_start(warehouse, transformer))


def newest_batch(warehouse: Warehouse) -> str:
    """Return the newest batch that was loaded.

    Raises:
        WrongUseError: when no batch was loaded yet.

    """
    accounts = warehouse.accounts()
    if not accounts:
        raise WrongUseError(
            "There is nothing to build from: no batch was loaded yet",
            where="schema raw",
            safe="nothing was changed",
            next_command="streamvision run",
        )
    return max(account.batch_id for account in accounts)


def build_start(warehouse: Warehouse, transformer: Transformer) -> BuildStart:
    """Return how a build of everything that is loaded would begin now.

    Raises:
        WrongUseError: when no batch was loaded yet.

    """
    newest, accounts = newest_batch(warehouse), warehouse.accounts()
    now = Basis(
        models=transformer.digest(),
        columns=digest_of(warehouse.columns()),
        batch_id=newest,
        batches=_digest_up_to(newest, accounts),
        # A row that was dropped is in no table; one that was released may be in any batch.
        releases=digest_of(each.decision_id for each in warehouse.decisions() if each.rows_loaded),
    )
    before = basis_of(warehouse.basis())
    then = _digest_up_to(before.batch_id, accounts) if before else ""
    return BuildStart(now.to_json(), window_since(before, now, then))


def _digest_up_to(batch_id: str, accounts: Iterable[TableAccount]) -> str:
    # What a release moves from quarantine changes the counts of an account, and is told apart.
    return digest_of(
        (each.batch_id, each.table, each.manifest_sha256, each.loaded_at, each.run_id)
        for each in accounts
        if each.batch_id <= batch_id
    )
