"""Holds the contracts against the source's catalogue before anything is written."""

from collections.abc import Iterable

from streamvision.domain.contract import Contract
from streamvision.domain.errors import ContractError
from streamvision.ports.source import Snapshot


def check_agreement(snapshot: Snapshot, contracts: Iterable[Contract]) -> None:
    """Make sure that every table is what its contract says.

    Raises:
        ContractError: naming each difference; a column that the contract does not know counts, since
            its values would be lost in silence.

    """
    differences = [difference for contract in contracts for difference in _differences(snapshot, contract)]
    if differences:
        raise ContractError(
            "The source is not what the contracts say:\n  - " + "\n  - ".join(differences),
            where="contracts/ against the source's catalogue",
            safe="nothing was extracted",
            next_command="mend the contract (or the source), then run `streamvision extract` again",
        )


def _differences(snapshot: Snapshot, contract: Contract) -> list[str]:
    name = f"{contract.schema}.{contract.table}"
    found = {column.name: column for column in snapshot.columns(contract)}
    if not found:
        return [f"{name}: there is no such table, or no right to read it"]
    differences = [
        f"{name}.{extra}: not in the contract" for extra in found if extra not in contract.column_names
    ]
    for column in contract.columns:
        actual = found.get(column.name)
        if actual is None:
            differences.append(f"{name}.{column.name}: not in the source")
        elif actual.type != column.type:
            differences.append(f"{name}.{column.name}: is {actual.type}, the contract says {column.type}")
    return differences
