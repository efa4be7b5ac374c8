"""Turns what the contracts say of personal data into tags on the columns that hold them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from streamvision.domain.account import Statement
from streamvision.domain.contract import Column, Contract
from streamvision.domain.names import CHANGES_SUFFIX, SNAPSHOTS_SUFFIX, VERSIONS_SUFFIX
from streamvision.ports.account import TableColumn

Tag = Literal["direct", "indirect", "category"]
TAG = "streamvision_wh.governance.personal"
DATABASE = "STREAMVISION_WH"
_OWNER = "STREAMVISION_OWNER"
_SEQUENCE: Sequence[Tag] = ("direct", "indirect", "category")


def personal_columns(contracts: Iterable[Contract]) -> dict[tuple[str, str], Tag]:
    """Return, by table and column, how each column that holds personal data is to be tagged.

    A column that a personal one refers to is as personal: the key of users is what others name them by.
    """
    found: dict[tuple[str, str], Tag] = {}
    for contract in contracts:
        for column in contract.columns:
            if (tag := tag_of(column)) is None:
                continue
            _mark(found, (contract.table, column.name), tag)
            if column.references is not None:
                _mark(found, (column.references.table, column.references.column), tag)
    return found


def tag_of(column: Column) -> Tag | None:
    """Return a column's own tag: its class in the contract, but for an indirect one with listed values."""
    if column.personal == "none":
        return None
    if column.personal == "indirect" and column.values:
        return "category"
    return column.personal


def tagging(contracts: Sequence[Contract], columns: Iterable[TableColumn]) -> Iterator[Statement]:
    """Yield a statement for each column of RAW and QUARANTINE that is there and holds personal data.

    Whole rows are in quarantine, so what holds them there is as personal as the most personal column.
    """
    wanted = personal_columns(contracts)
    for each in sorted(columns):
        if tag := _wanted(each, wanted):
            name = ".".join(f'"{part}"' for part in (DATABASE, each.schema, each.table))
            yield Statement(
                sql=f"alter table {name} modify column \"{each.column}\" set tag {TAG} = '{tag}'",
                where="contracts/",
                role=_OWNER,
                action="tag",
                kind="COLUMN",
                name=f"{each.schema}.{each.table}.{each.column}".upper(),
            )


def untagged(contracts: Iterable[Contract], columns: Iterable[TableColumn]) -> list[str]:
    """Return the tables of RAW with personal columns that are not there yet, so cannot be tagged yet."""
    there = {_table_of(each.table.casefold()) for each in columns if each.schema.casefold() == "raw"}
    tables = {table for table, _ in personal_columns(contracts)}
    return sorted(table for table in tables if table.casefold() not in there)


def _wanted(column: TableColumn, wanted: Mapping[tuple[str, str], Tag]) -> Tag | None:
    schema, table, name = (part.casefold() for part in (column.schema, column.table, column.column))
    if schema == "raw":
        return wanted.get((_table_of(table), name))
    if (schema, table, name) == ("quarantine", "rows", "row_values") and wanted:
        return min(wanted.values(), key=_SEQUENCE.index)
    return None


def _table_of(stored: str) -> str:
    """Return the table of a contract that one of RAW's tables holds rows of."""
    for suffix in (VERSIONS_SUFFIX, SNAPSHOTS_SUFFIX, CHANGES_SUFFIX):
        stored = stored.removesuffix(suffix)
    return stored


def _mark(found: dict[tuple[str, str], Tag], key: tuple[str, str], tag: Tag) -> None:
    """Keep the stricter of two tags of a column."""
    found[key] = min(tag, found.get(key, tag), key=_SEQUENCE.index)
