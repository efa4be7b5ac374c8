"""Leaves out what nobody sees and nothing names: each column costs memory, and is read at every refresh."""

from collections.abc import Iterator
from dataclasses import replace

from streamvision.pipeline.powerbi.model import Column, Model, Table
from streamvision.pipeline.powerbi.references import named_fields

Field = tuple[str, str]


def without_unused(model: Model) -> Model:
    """Return the model without hidden columns that no measure, role, relationship, order or level needs."""
    used = {(table.lower(), name.lower()) for table, name in _used(model)}
    return replace(model, tables=tuple(_needed(table, used) for table in model.tables))


def _needed(table: Table, used: set[Field]) -> Table:
    # What a query of its own makes, and what makes rows distinct, is there as a whole.
    if table.query or table.is_distinct:
        return table
    columns = tuple(each for each in table.columns if _is_needed(table, each, used))
    return replace(table, columns=columns)


def _is_needed(table: Table, column: Column, used: set[Field]) -> bool:
    shown = column.words is not None
    return shown or column.is_key or (table.name.lower(), column.name.lower()) in used


def _used(model: Model) -> Iterator[Field]:
    for measure in model.measures:
        yield from named_fields(measure.dax)
    for role in model.roles:
        for filtered, dax in role.filters:
            yield from named_fields(dax, filtered)
    for each in model.relationships:
        yield each.table, each.column
        yield each.to_table, each.to_column
    for table in model.tables:
        yield from ((table.name, column.sort_by) for column in table.columns)
        yield from ((table.name, level) for hierarchy in table.hierarchies for level in hierarchy.levels)
        if table.window:
            yield table.name, table.window.column
