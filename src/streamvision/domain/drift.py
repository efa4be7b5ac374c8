"""Drift: what becomes of a contract when its table no longer has the columns that it names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from streamvision.domain.contract import Column, Contract, RowRule

_FAMILIES = (
    re.compile(r"smallint|integer|bigint|real|double precision|numeric(\(.*\))?"),
    re.compile(r"text|varchar(\(\d+\))?|character varying(\(\d+\))?|char(\(\d+\))?|character(\(\d+\))?"),
    re.compile(r"timestamptz(\(\d\))?"),
    re.compile(r"timestamp(\(\d\))?( without time zone)?"),
)


@dataclass(frozen=True)
class Reconciled:
    """Hold a contract that fits the columns that are there.

    Attributes:
        contract: with exactly the columns that are there: those that it names, with their rules as far as
            they can still be checked, then the others.
        added: the columns that the contract does not name.
        differences: a sentence per column that is gone, seems renamed, or has another type.
        unchecked: the row rules that need such a column; the contract given has them, this one has not.
        quarantined_because: why every row goes to quarantine; empty where each is judged by itself.

    """

    contract: Contract
    added: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    quarantined_because: str = ""

    @property
    def stops(self) -> bool:
        """Tell whether the contract wants nothing to be extracted as things are."""
        return bool(self.differences) and self.contract.drift == "stop"


def reconcile(contract: Contract, columns: Sequence[Column]) -> Reconciled:
    """Fit a contract to the columns that a table has, or that a batch's files have.

    Columns that the contract does not name are appended, without rules; they are no difference.

    Args:
        contract: what was promised.
        columns: what is there, by the names that it has in the lake.

    """
    there = {column.name: column for column in columns}
    kept = [_fitted(column, there[column.name]) for column in contract.columns if column.name in there]
    added = [column for column in columns if column.name not in contract.column_names]
    differences = tuple(_differences(contract, there, added))
    rules, unchecked = _rules(contract, there)
    effective = replace(
        contract,
        columns=(*kept, *added),
        key=contract.key if set(contract.key) <= there.keys() else (),
        rules=rules,
    )
    quarantines = bool(differences) and contract.drift == "quarantine"
    return Reconciled(
        effective,
        added=tuple(column.name for column in added),
        differences=differences,
        unchecked=unchecked,
        quarantined_because="the table is not what its contract says: " + "; ".join(differences)
        if quarantines
        else "",
    )


def without_lost_references(contracts: Sequence[Contract]) -> list[Contract]:
    """Return contracts without those references that lead to a table or column that is not among them."""
    present = {(contract.table, column) for contract in contracts for column in contract.column_names}
    return [
        replace(
            contract,
            columns=tuple(
                column
                if column.references is None or (column.references.table, column.references.column) in present
                else replace(column, references=None)
                for column in contract.columns
            ),
        )
        for contract in contracts
    ]


def _fitted(column: Column, there: Column) -> Column:
    """Return a contract's column in the type that is there, with the rules that make sense for it."""
    if column.type == there.type:
        return column
    if _is_alike(column.type, there.type):
        return replace(column, type=there.type)
    return replace(
        column,
        type=there.type,
        values=(),
        values_of="",
        minimum=None,
        maximum=None,
        pattern=None,
        references=None,
    )


def _is_alike(one: str, other: str) -> bool:
    """Tell whether what is asked of values of one type can be asked of values of the other."""
    return one == other or any(family.fullmatch(one) and family.fullmatch(other) for family in _FAMILIES)


def _differences(contract: Contract, there: dict[str, Column], added: Sequence[Column]) -> Iterator[str]:
    for column in contract.columns:
        name = f"{contract.schema}.{contract.in_source}.{column.in_source}"
        found = there.get(column.name)
        if found is None:
            yield f"{name}: not in the source{perhaps_renamed(column, added)}"
        elif found.type != column.type:
            yield f"{name}: is {found.type}, the contract says {column.type}"


def perhaps_renamed(column: Column, added: Sequence[Column]) -> str:
    """Return the remark that a column may be renamed to one that came; empty where not just one suits."""
    alike = [other.in_source for other in added if other.type == column.type]
    return f"; renamed to {alike[0]}, perhaps" if len(alike) == 1 else ""


def _rules(contract: Contract, there: dict[str, Column]) -> tuple[tuple[RowRule, ...], tuple[str, ...]]:
    """Return the row rules that can be checked, and the names of the others."""
    unusable = [
        re.compile(rf"\b{re.escape(column.name)}\b", re.IGNORECASE)
        for column in contract.columns
        if column.name not in there or not _is_alike(column.type, there[column.name].type)
    ]
    unchecked = [rule for rule in contract.rules if any(name.search(rule.holds) for name in unusable)]
    checked = tuple(rule for rule in contract.rules if rule not in unchecked)
    return checked, tuple(rule.name for rule in unchecked)
