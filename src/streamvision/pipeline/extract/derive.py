"""Says which contracts a snapshot's tables have: those that were written, or those that follow from it."""

import re
from collections.abc import Callable, Sequence

from streamvision.domain.contract import Column, Contract
from streamvision.domain.derived import derived_column, derived_contract
from streamvision.domain.errors import ContractError
from streamvision.domain.names import column_names, table_name
from streamvision.ports.source import Snapshot, SourceTable

ContractsOf = Callable[[Snapshot], Sequence[Contract]]
"""Returns the contracts of the tables that a snapshot shows."""


def declared(contracts: Sequence[Contract]) -> ContractsOf:
    """Return what gives contracts that were written, whatever the snapshot shows."""
    return lambda _snapshot: contracts


def derived(patterns: Sequence[str] = (), *, views: bool = False) -> ContractsOf:
    """Return what derives a contract from each table that a snapshot shows, in the order of their names.

    Args:
        patterns: `schema.table` with * and ?; without any, all tables.
        views: whether views, materialized views and foreign tables count too.

    """

    def contracts_of(snapshot: Snapshot) -> Sequence[Contract]:
        tables = snapshot.tables(patterns, views=views)
        _check_found(tables, patterns)
        return sorted(map(derive_contract, tables), key=lambda contract: contract.table)

    return contracts_of


def derive_contract(table: SourceTable) -> Contract:
    """Return the contract that promises what the catalogue says of a table, and no more."""
    columns = columns_of(table)
    name_of = {column.in_source: column.name for column in columns}
    return derived_contract(
        (table.schema, table.name),
        table_name(table.schema, table.name),
        columns,
        [name_of[name] for name in table.key],
    )


def columns_of(table: SourceTable, first: Sequence[str] = ()) -> list[Column]:
    """Return a table's columns under the names that they have in the lake.

    Args:
        table: as the catalogue has it.
        first: the source's names of those columns that come first, and so keep their names.

    """
    places = {name: place for place, name in enumerate(first)}
    ordered = sorted(table.columns, key=lambda column: places.get(column.name, len(places)))
    names = column_names(column.name for column in ordered)
    return [
        derived_column(name, column.type, nullable=column.nullable, source_name=column.name)
        for name, column in zip(names, ordered, strict=True)
    ]


def _check_found(tables: Sequence[SourceTable], patterns: Sequence[str]) -> None:
    """Refuse patterns that fit no table: what they were meant for would be missing without a word."""
    names = [f"{table.schema}.{table.name}" for table in tables]
    unused = [pattern for pattern in patterns if not any(map(_expression(pattern).fullmatch, names))]
    if names and not unused:
        return
    raise ContractError(
        f"The source has no table like {', '.join(unused)}" if unused else "The source has no table",
        where="the source's catalogue",
        safe="nothing was extracted",
        next_command="name tables as --tables 'schema.table', * and ? stand for any characters;"
        " add --views for views, materialized views and foreign tables",
    )


def _expression(pattern: str) -> re.Pattern[str]:
    translated = {"*": ".*", "?": "."}
    return re.compile("".join(translated.get(each, re.escape(each)) for each in pattern), re.DOTALL)
