"""Compares contracts with the source's catalogue: every difference, and what follows from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from streamvision.domain.contract import Column, Contract
from streamvision.domain.drift import Reconciled, perhaps_renamed, reconcile
from streamvision.pipeline.extract.derive import columns_of
from streamvision.ports.source import Snapshot, SourceTable

Verdict = Literal["agrees", "differs", "quarantine", "stops", "no contract"]
"""What becomes of a table: `differs` where it is extracted and loaded all the same, `quarantine` where every
row goes there, `stops` where nothing would be extracted at all."""
_DRIFT_FOLLOWS = {
    "stop": "nothing is extracted (drift: stop)",
    "quarantine": "all of the table's rows go to quarantine (drift: quarantine)",
    "accept": "the table is extracted as it is (drift: accept)",
}


@dataclass(frozen=True)
class Difference:
    """Tell of one thing that the source has otherwise than a contract says.

    Attributes:
        table: with its schema, as the source names it.
        column: as the source names it; empty where the table itself is meant.
        follows: what extraction and load make of it.

    """

    table: str
    column: str
    contract: str
    source: str
    follows: str


@dataclass(frozen=True)
class Compared:
    """Tell what becomes of one table, and why."""

    table: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()


def compare(snapshot: Snapshot, contracts: Sequence[Contract]) -> list[Compared]:
    """Compare every contract with its table, then tell of the tables that have none."""
    compared = [_compared(snapshot, contract) for contract in contracts]
    known = {(contract.schema, contract.in_source) for contract in contracts}
    unknown = [table for table in snapshot.tables() if (table.schema, table.name) not in known]
    return compared + [_without_contract(table) for table in unknown]


def _compared(snapshot: Snapshot, contract: Contract) -> Compared:
    name = f"{contract.schema}.{contract.in_source}"
    table = snapshot.describe(contract)
    if table is None:
        missing = Difference(name, "", "a table", "no such table", "nothing is extracted")
        return Compared(name, "stops", (missing,))
    there = columns_of(table, [column.in_source for column in contract.columns])
    reconciled = reconcile(contract, there)
    differences = (*_of_columns(contract, reconciled, there), *_of_key(contract, table))
    return Compared(name, _verdict(reconciled, differences), differences)


def _verdict(reconciled: Reconciled, differences: Sequence[Difference]) -> Verdict:
    if reconciled.stops:
        return "stops"
    if reconciled.quarantined_because:
        return "quarantine"
    return "differs" if differences else "agrees"


def _of_columns(
    contract: Contract, reconciled: Reconciled, columns: Sequence[Column]
) -> Iterator[Difference]:
    name, there = f"{contract.schema}.{contract.in_source}", {column.name: column for column in columns}
    added = [there[each] for each in reconciled.added]
    drifts = _DRIFT_FOLLOWS[contract.drift]
    if contract.drift == "accept" and reconciled.unchecked:
        drifts += f"; rules that cannot be checked: {', '.join(reconciled.unchecked)}"
    for column in contract.columns:
        found = there.get(column.name)
        if found is None:
            gone = f"no such column{perhaps_renamed(column, added)}"
            yield Difference(name, column.in_source, column.type, gone, drifts)
            continue
        if found.type != column.type:
            yield Difference(name, column.in_source, column.type, found.type, drifts)
        if found.nullable != column.nullable:
            yield _of_null(name, column, found)
    for column in added:
        follows = "it is extracted and loaded as it is, without rules"
        yield Difference(name, column.in_source, "no such column", column.type, follows)


def _of_null(name: str, column: Column, found: Column) -> Difference:
    follows = (
        "rows with NULL in it go to quarantine"
        if found.nullable
        else "nothing: the contract allows what never comes"
    )
    return Difference(name, column.in_source, _null(column), _null(found), follows)


def _null(column: Column) -> str:
    return "may be NULL" if column.nullable else "is never NULL"


def _of_key(contract: Contract, table: SourceTable) -> Iterator[Difference]:
    by_name = {column.name: column.in_source for column in contract.columns}
    promised = [by_name[name] for name in contract.key]
    if set(promised) != set(table.key):
        yield Difference(
            f"{contract.schema}.{contract.in_source}",
            "",
            _key(promised),
            _key(table.key),
            "rows are told apart by the contract's key; changes are not read from the log",
        )


def _key(columns: Sequence[str]) -> str:
    return f"key {', '.join(columns)}" if columns else "no key"


def _without_contract(table: SourceTable) -> Compared:
    name = f"{table.schema}.{table.name}"
    difference = Difference(name, "", "no contract", f"a {table.kind}", "it is not extracted")
    return Compared(name, "no contract", (difference,))
