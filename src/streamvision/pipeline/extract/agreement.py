"""Holds the contracts against the source's catalogue before anything is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from streamvision.domain.contract import Contract
from streamvision.domain.drift import Reconciled, reconcile
from streamvision.domain.errors import ContractError
from streamvision.pipeline.extract.derive import columns_of
from streamvision.ports.source import Snapshot, SourceTable


@dataclass(frozen=True)
class Agreed:
    """Hold a contract that fits its table.

    Attributes:
        contract: with the columns that the table has.
        table: as the catalogue has it.
        notes: what people should hear of: columns that came, went or changed.

    """

    contract: Contract
    table: SourceTable
    notes: tuple[str, ...] = ()


def agree(snapshot: Snapshot, contracts: Iterable[Contract]) -> list[Agreed]:
    """Fit each contract to its table, as far as its `drift` lets the table differ.

    A column that the contract does not know is taken as it is.

    Raises:
        ContractError: naming each difference of all tables whose contracts want to be followed.

    """
    agreed: list[Agreed] = []
    differences: list[str] = []
    for contract in contracts:
        table = snapshot.describe(contract)
        if table is None:
            differences.append(f"{contract.schema}.{contract.in_source}: there is no such table")
            continue
        first = [column.in_source for column in contract.columns]
        reconciled = reconcile(contract, columns_of(table, first))
        if reconciled.stops:
            differences += reconciled.differences
            continue
        agreed.append(Agreed(reconciled.contract, _loggable(table, reconciled), tuple(_notes(reconciled))))
    if differences:
        raise ContractError(
            "The source is not what the contracts say:\n  - " + "\n  - ".join(differences),
            where="contracts/ against the source's catalogue",
            safe="nothing was extracted",
            next_command="mend the contract (or the source), or let it say `drift: accept` or `drift:"
            " quarantine`, then run `streamvision extract` again",
        )
    return agreed


def _loggable(table: SourceTable, reconciled: Reconciled) -> SourceTable:
    """Return a table that is not read from the log where the log names rows by another key."""
    named = {
        column.in_source for column in reconciled.contract.columns if column.name in reconciled.contract.key
    }
    if table.unlogged_because or named == set(table.key):
        return table
    return replace(table, unlogged_because="its contract's key is not its primary key")


def _notes(reconciled: Reconciled) -> Iterator[str]:
    contract = reconciled.contract
    name = f"{contract.schema}.{contract.in_source}"
    if reconciled.added:
        yield f"{name}: columns that its contract does not name: {', '.join(reconciled.added)}"
    yield from reconciled.differences
    if reconciled.quarantined_because:
        yield f"{name}: all of its rows will go to quarantine, as its contract wants it"
    if reconciled.unchecked:
        yield f"{name}: rules that cannot be checked: {', '.join(reconciled.unchecked)}"
