"""Finds how tables lead to one another: by the keys' names, and by what dbt tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from streamvision.pipeline.powerbi.disagreement import disagreement
from streamvision.pipeline.powerbi.model import Relationship, Table
from streamvision.pipeline.powerbi.spec import ModelSpec, TableSpec
from streamvision.ports.documented import DocumentedTable


@dataclass(frozen=True)
class _Dimension:
    spec: TableSpec
    table: Table
    key: str

    @property
    def key_name(self) -> str:
        column = self.table.column(self.key)
        return column.name if column else self.key


def relationships(
    spec: ModelSpec, tables: Sequence[Table], documented: Sequence[DocumentedTable]
) -> list[Relationship]:
    """Return the relationships, each from many rows to one, and filtered in that direction alone.

    A column that is called as a dimension's key leads there, unless another dimension that the table leads to
    does so already: two ways to one table would be ambiguous. The column that a fact's days are counted by
    leads to the calendar.

    Raises:
        DefinitionError: when no test of dbt's says that a key is unique, or a tested reference is missing.

    """
    known = {(table.schema, table.name): table for table in documented}
    dimensions = [
        _Dimension(each, table, each.key) for each, table in zip(spec.tables, tables, strict=True) if each.key
    ]
    for dimension in dimensions:
        _check_key(dimension, known)
    found = [
        relationship
        for each, table in zip(spec.tables, tables, strict=True)
        for relationship in _of_table(each, table, dimensions)
    ]
    found = _without_detours(found)
    _check_references(spec, tables, documented, found)
    return found


def ancestors(related: Sequence[Relationship]) -> Mapping[str, list[str]]:
    """Return, by table, all whose filters reach it."""
    direct: dict[str, list[str]] = {}
    for each in related:
        direct.setdefault(each.table, []).append(each.to_table)

    def above(name: str) -> Iterator[str]:
        for parent in direct.get(name, ()):
            yield parent
            yield from above(parent)

    return {name: list(dict.fromkeys(above(name))) for name in direct}


def _of_table(spec: TableSpec, table: Table, dimensions: Sequence[_Dimension]) -> Iterator[Relationship]:
    for dimension in dimensions:
        source = spec.date if dimension.spec.is_calendar else dimension.key
        column = table.column(source) if source else None
        if dimension.spec is not spec and column is not None:
            yield Relationship(table.name, column.name, dimension.table.name, dimension.key_name)


def _without_detours(found: Sequence[Relationship]) -> list[Relationship]:
    """Leave out what is reached through another dimension."""
    above = ancestors(found)
    return [
        each
        for each in found
        if not any(
            each.to_table in above.get(other.to_table, ())
            for other in found
            if other.table == each.table and other is not each
        )
    ]


def _check_key(dimension: _Dimension, known: Mapping[tuple[str, str], DocumentedTable]) -> None:
    if dimension.spec.only:
        return
    documented = known[dimension.spec.schema, dimension.spec.relation].column(dimension.key)
    if documented is None or not documented.is_key:
        raise disagreement(f"no test says that {dimension.spec.relation}.{dimension.key} is unique")


def _check_references(
    spec: ModelSpec,
    tables: Sequence[Table],
    documented: Sequence[DocumentedTable],
    found: Sequence[Relationship],
) -> None:
    """Refuse a model that lacks a reference which dbt tests between two of its tables."""
    names = {
        each.relation: table.name for each, table in zip(spec.tables, tables, strict=True) if not each.only
    }
    above = ancestors(found)
    for table in documented:
        for reference in table.references:
            near, far = names.get(table.name), names.get(reference.to_table)
            if near and far and far not in above.get(near, ()):
                raise disagreement(
                    f"in dbt, {table.name}.{reference.column} refers to {reference.to_table}, and not here"
                )
