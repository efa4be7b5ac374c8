"""Puts the semantic model together: from dbt's tables, the metrics, and what is written by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from streamvision.domain.metric import Metric
from streamvision.pipeline.powerbi.columns import columns_of
from streamvision.pipeline.powerbi.dax import Either, Star
from streamvision.pipeline.powerbi.disagreement import disagreement
from streamvision.pipeline.powerbi.measures import measures_of
from streamvision.pipeline.powerbi.model import (
    Hierarchy,
    Model,
    Perspective,
    Relationship,
    Role,
    Table,
    Window,
)
from streamvision.pipeline.powerbi.power_query import READERS_QUERY
from streamvision.pipeline.powerbi.relations import ancestors, relationships
from streamvision.pipeline.powerbi.spec import ModelSpec, TableSpec
from streamvision.pipeline.powerbi.tmdl import quoted
from streamvision.pipeline.powerbi.used import without_unused
from streamvision.ports.documented import DocumentedTable


def assemble(spec: ModelSpec, documented: Sequence[DocumentedTable], metrics: Mapping[str, Metric]) -> Model:
    """Return the model.

    Args:
        spec: what is written by hand.
        documented: the tables of core and marts.
        metrics: of the semantic layer.

    Raises:
        DefinitionError: where they disagree: a table, a column or a metric that is not there, or no longer.

    """
    spec = replace(spec, tables=(*spec.tables, *_facts_of_metrics(spec, metrics)))
    known = {(table.schema, table.name): table for table in documented}
    tables = [_table(each, known.get((each.schema, each.relation))) for each in spec.tables]
    related = relationships(spec, tables, documented)
    star = _star(spec, tables, related)
    if spec.readers:
        tables.append(replace(_table(spec.readers, None), query=READERS_QUERY))
    measures = measures_of(spec, metrics, star, {table.name for table in tables})
    tables.append(
        Table(
            name=spec.measures_table.en,
            words=spec.measures_table,
            description="Every measure; it has no rows.",
            measures=tuple(measures),
            query="#table(type table [Nothing = text], {})",
            columns=columns_of(TableSpec("", "", types={"Nothing": "varchar"}), None),
            perspectives=tuple(spec.perspectives),
        )
    )
    return without_unused(
        Model(
            name=spec.name,
            tables=tuple(tables),
            relationships=tuple(related),
            roles=tuple(_roles(spec, tables, related)),
            perspectives=tuple(Perspective(words) for words in spec.perspectives.values()),
        )
    )


def _facts_of_metrics(spec: ModelSpec, metrics: Mapping[str, Metric]) -> Iterator[TableSpec]:
    """Yield the marts that metrics need and that are not named by hand."""
    named = {table.relation for table in spec.tables}
    for metric in metrics.values():
        by_hand = spec.metrics.get(metric.name)
        if metric.name in spec.left_out or (by_hand and by_hand.dax):
            continue
        for part in metric.aggregates:
            if part.mart not in named:
                named.add(part.mart)
                yield TableSpec("marts", part.mart, date=part.day)


def _table(spec: TableSpec, documented: DocumentedTable | None) -> Table:
    if documented is None and not spec.types:
        raise disagreement(f"dbt has no table {spec.schema}.{spec.relation}")
    columns = columns_of(spec, documented)
    names = {column.source: column.name for column in columns}
    return Table(
        name=spec.name,
        words=spec.words,
        description=spec.description or (documented.description if documented else ""),
        columns=columns,
        schema=spec.schema,
        relation=spec.relation,
        is_distinct=bool(spec.only),
        is_calendar=spec.is_calendar,
        hierarchies=tuple(
            Hierarchy(each.words, tuple(_level(spec, names, level) for level in each.levels))
            for each in spec.hierarchies
        ),
        window=Window(spec.date, spec.kept_months, spec.renewed_months) if spec.kept_months else None,
        perspectives=spec.perspectives,
    )


def _level(spec: TableSpec, names: Mapping[str, str], source: str) -> str:
    if source not in names:
        raise disagreement(f"{spec.schema}.{spec.relation} has no column {source}, a level of a hierarchy")
    return names[source]


def _star(spec: ModelSpec, tables: Sequence[Table], related: Sequence[Relationship]) -> Star:
    calendar = next(table for table in tables if table.is_calendar)
    key = next(column for column in calendar.columns if column.is_key)
    above = ancestors(related)
    either: dict[str, Either] = {}
    for each in filter(lambda each: each.either, spec.tables):
        table = next(table for table in tables if table.name == each.either_of)
        keys = next(column for column in table.columns if column.is_key)
        either[each.relation] = Either(each.either, table.name, keys.name)
    return Star(
        calendar=f"{quoted(calendar.name)}[{key.name}]",
        filtered_by={
            table.name: [name for name in above.get(table.name, ()) if name != calendar.name]
            for table in tables
        },
        either=either,
        fixed=frozenset(
            (table.name, column.name)
            for table in tables
            for column in table.columns
            if column.data_type == "decimal"
        ),
    )


def _roles(spec: ModelSpec, tables: Sequence[Table], related: Sequence[Relationship]) -> Iterator[Role]:
    """Yield each role; of a fact that its filter does not reach, it sees nothing."""
    above = ancestors(related)
    facts = [table.name for table in spec.tables if table.is_fact]
    for role in spec.roles:
        if not any(table.name == role.table for table in tables):
            raise disagreement(f"the role {role.name!r} filters the table {role.table!r}, which is not there")
        filters = [(role.table, role.filter)]
        filters += [(name, "FALSE()") for name in facts if role.table not in above.get(name, ())]
        if spec.readers:
            filters.append((spec.readers.name, "[reader] = USERPRINCIPALNAME()"))
        yield Role(role.name, role.description, tuple(filters))
