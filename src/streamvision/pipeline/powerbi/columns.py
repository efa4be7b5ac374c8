"""Makes the columns of a table from those that dbt documents."""

import re

from streamvision.pipeline.powerbi.disagreement import disagreement
from streamvision.pipeline.powerbi.model import Column, DataType
from streamvision.pipeline.powerbi.spec import TableSpec
from streamvision.ports.documented import DocumentedColumn, DocumentedTable

_TYPES: dict[str, tuple[DataType, str]] = {
    "smallint": ("int64", "Int64.Type"),
    "integer": ("int64", "Int64.Type"),
    "bigint": ("int64", "Int64.Type"),
    "double": ("double", "type number"),
    # Exact to four decimals, which is as many as any column here has.
    "decimal": ("decimal", "Currency.Type"),
    "varchar": ("string", "type text"),
    "boolean": ("boolean", "type logical"),
    "date": ("dateTime", "type date"),
    "datetime": ("dateTime", "type datetime"),
    "timestamp": ("dateTime", "type datetime"),
}
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:nn:ss", "timestamp": "yyyy-mm-dd hh:nn:ss"}
_SCALE = re.compile(r"decimal\(\d+,\s*(\d+)\)")
_MOST_DECIMALS = 4


def columns_of(spec: TableSpec, documented: DocumentedTable | None) -> tuple[Column, ...]:
    """Return the columns of a table, in dbt's order.

    Raises:
        DefinitionError: when one is named that is not there, or has a type that Power BI would not keep.

    """
    found = _documented(spec, documented)
    names = {column.name for column in found}
    # A column that is seen has a name for people, which others may refer to.
    # In a fact all keep the warehouse's, since the measures are written with those.
    shown = {} if spec.is_fact else {name: column.words.en for name, column in spec.columns.items()}
    wanted = {*spec.columns, *spec.only, *spec.either, *filter(None, (spec.date, spec.key))}
    wanted |= {column.sort_by for column in spec.columns.values() if column.sort_by}
    for name in sorted(wanted - names):
        raise disagreement(f"{spec.schema}.{spec.relation} has no column {name}")
    return tuple(
        _column(spec, column, shown) for column in found if not spec.only or column.name in spec.only
    )


def _documented(spec: TableSpec, documented: DocumentedTable | None) -> tuple[DocumentedColumn, ...]:
    if documented is None:
        return tuple(DocumentedColumn(name, kind, "", is_key=False) for name, kind in spec.types.items())
    return documented.columns


def _column(spec: TableSpec, column: DocumentedColumn, shown: dict[str, str]) -> Column:
    plain = column.data_type.partition("(")[0]
    scale = _SCALE.fullmatch(column.data_type)
    if plain not in _TYPES or (scale and int(scale[1]) > _MOST_DECIMALS):
        raise disagreement(f"{spec.relation}.{column.name} is a {column.data_type}, which no type here keeps")
    data_type, m_type = _TYPES[plain]
    seen = spec.columns.get(column.name)
    sort_by = seen.sort_by if seen else ""
    return Column(
        name=shown.get(column.name, column.name),
        source=column.name,
        data_type=data_type,
        m_type=m_type,
        description=(seen.description if seen else "") or column.description,
        words=seen.words if seen else None,
        format=(seen.format if seen else "") or _FORMATS.get(plain, "0" if data_type == "int64" else ""),
        sort_by=shown.get(sort_by, sort_by),
        category=seen.category if seen else "",
        is_key=column.name == spec.key,
    )
