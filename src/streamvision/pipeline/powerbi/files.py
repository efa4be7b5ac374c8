"""Writes a semantic model as the files of a project: the same model and source give the same bytes."""

import json
from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from streamvision.pipeline.powerbi.cultures import culture_file
from streamvision.pipeline.powerbi.model import Column, Measure, Model, Perspective, Relationship, Role, Table
from streamvision.pipeline.powerbi.power_query import READERS, DataSource, Parameter, query_of, text
from streamvision.pipeline.powerbi.tmdl import Node, lineage, quoted, write
from streamvision.pipeline.powerbi.words import CULTURES

COMPATIBILITY_LEVEL = 1605
_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
# The names that incremental refresh looks for; the service sets them for each part that it reads.
_RANGE = (
    Parameter("RangeStart", "#datetime(2020, 1, 1, 0, 0, 0)", "Begin of what is read.", "DateTime"),
    Parameter("RangeEnd", "#datetime(2035, 1, 1, 0, 0, 0)", "End of what is read.", "DateTime"),
)


def semantic_model_files(model: Model, source: DataSource) -> Mapping[str, str]:
    """Return the files of the semantic model by their paths in its folder."""
    files = {
        ".platform": platform("SemanticModel", model.name),
        "definition.pbism": _json(
            {
                "$schema": f"{_SCHEMAS}/item/semanticModel/definitionProperties/1.0.0/schema.json",
                "version": "4.2",
                "settings": {},
            }
        ),
        "definition/database.tmdl": write(
            [Node("database").set("compatibilityLevel", str(COMPATIBILITY_LEVEL))]
        ),
        "definition/model.tmdl": write(_model(model)),
        "definition/expressions.tmdl": write(_expressions(model, source)),
        "definition/relationships.tmdl": write([_relationship(each) for each in model.relationships]),
    }
    files |= {
        f"definition/tables/{table.name}.tmdl": write([_table(table, source)]) for table in model.tables
    }
    files |= {f"definition/roles/{role.name}.tmdl": write([_role(role)]) for role in model.roles}
    files |= {
        f"definition/perspectives/{each.words.en}.tmdl": write([_perspective(model, each)])
        for each in model.perspectives
    }
    files |= {
        f"definition/cultures/{culture.code}.tmdl": write([culture_file(model, culture)])
        for culture in CULTURES
    }
    return dict(sorted(files.items()))


def platform(kind: str, name: str) -> str:
    """Return the file by which the service knows an item again."""
    return _json(
        {
            "$schema": f"{_SCHEMAS}/gitIntegration/platformProperties/2.0.0/schema.json",
            "metadata": {"type": kind, "displayName": name},
            "config": {
                "version": "2.0",
                "logicalId": str(uuid5(NAMESPACE_URL, f"streamvision/{kind}/{name}")),
            },
        }
    )


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _model(model: Model) -> list[Node]:
    head = Node("model Model")
    head.set("culture", CULTURES[0].code)
    head.set("defaultPowerBIDataSourceVersion", "powerBI_V3")
    head.set("sourceQueryCulture", CULTURES[0].code)
    head.flag("discourageImplicitMeasures")
    head.children.append(Node("dataAccessOptions").flag("legacyRedirects").flag("returnErrorValuesAsNull"))
    order = json.dumps([table.name for table in model.tables], ensure_ascii=False)
    # The service would else make a hidden table of days for each column that holds one.
    annotations = [
        Node("annotation __PBI_TimeIntelligenceEnabled", "0"),
        Node("annotation PBI_QueryOrder", order),
    ]
    refs = [Node(f"ref table {quoted(table.name)}") for table in model.tables]
    refs += [Node(f"ref cultureInfo {culture.code}") for culture in CULTURES]
    refs += [Node(f"ref role {quoted(role.name)}") for role in model.roles]
    refs += [Node(f"ref perspective {quoted(each.words.en)}") for each in model.perspectives]
    return [head, *annotations, *refs]


def _expressions(model: Model, source: DataSource) -> list[Node]:
    in_parts = source.refreshes_in_parts and any(table.window for table in model.tables)
    parameters = [*source.parameters, READERS, *(_RANGE if in_parts else ())]
    nodes = [_parameter(each) for each in parameters]
    read_table = Node("expression ReadTable", source.read_table, "Reads a published table.")
    nodes.append(_expression(read_table, "ReadTable", "Function"))
    return nodes


def _parameter(parameter: Parameter) -> Node:
    value = text(parameter.value) if parameter.type == "Text" else parameter.value
    required = str(parameter.is_required).lower()
    meta = f'meta [IsParameterQuery = true, IsParameterQueryRequired = {required}, Type = "{parameter.type}"]'
    node = Node(f"expression {quoted(parameter.name)}", f"{value} {meta}", parameter.description)
    return _expression(node, parameter.name, "Text" if parameter.type == "Text" else "DateTime")


def _expression(node: Node, name: str, result: str) -> Node:
    node.set("lineageTag", lineage("expression", name))
    node.children.append(Node("annotation PBI_ResultType", result))
    return node


def _relationship(each: Relationship) -> Node:
    name = lineage("relationship", each.table, each.column, each.to_table, each.to_column)
    node = Node(f"relationship {name}")
    if not each.is_active:
        node.set("isActive", "false")
    node.set("fromColumn", f"{quoted(each.table)}.{quoted(each.column)}")
    node.set("toColumn", f"{quoted(each.to_table)}.{quoted(each.to_column)}")
    return node


def _table(table: Table, source: DataSource) -> Node:
    node = Node(f"table {quoted(table.name)}", description=table.description)
    node.flag("isHidden", on=table.words is None).set("lineageTag", lineage(table.name))
    node.set("dataCategory", "Time" if table.is_calendar else "")
    query = query_of(table, source)
    node.children += [_measure(table, measure) for measure in table.measures]
    node.children += [_column(table, column) for column in table.columns]
    node.children += [_hierarchy(table, index) for index in range(len(table.hierarchies))]
    if table.window and source.refreshes_in_parts:
        node.children.append(_refresh_policy(table, query))
    partition = Node(f"partition {quoted(table.name)}", "m").set("mode", "import").set("source =", query)
    node.children.append(partition)
    return node


def _measure(table: Table, measure: Measure) -> Node:
    node = Node(f"measure {quoted(measure.name)}", measure.dax, measure.description.en)
    node.set("formatString", measure.format).flag("isHidden", on=measure.is_hidden)
    node.set("displayFolder", measure.folder.en)
    return node.set("lineageTag", lineage(table.name, measure.name))


def _column(table: Table, column: Column) -> Node:
    node = Node(f"column {quoted(column.name)}", description=column.description)
    node.set("dataType", column.data_type)
    node.flag("isHidden", on=column.words is None).flag("isKey", on=column.is_key)
    node.set("formatString", column.format).set("dataCategory", column.category)
    node.set("lineageTag", lineage(table.name, column.name))
    node.set("summarizeBy", "none").set("sourceColumn", column.source)
    node.set("sortByColumn", quoted(column.sort_by) if column.sort_by else "")
    if column.data_type == "dateTime" and column.m_type == "type date":
        node.children.append(Node("annotation UnderlyingDateTimeDataType", "Date"))
    return node


def _hierarchy(table: Table, index: int) -> Node:
    hierarchy = table.hierarchies[index]
    node = Node(f"hierarchy {quoted(hierarchy.words.en)}")
    node.set("lineageTag", lineage(table.name, "hierarchy", hierarchy.words.en))
    for level in hierarchy.levels:
        child = Node(f"level {quoted(level)}")
        child.set("lineageTag", lineage(table.name, "hierarchy", hierarchy.words.en, level))
        node.children.append(child.set("column", quoted(level)))
    return node


def _refresh_policy(table: Table, query: str) -> Node:
    window = table.window
    kept, renewed = (window.kept_months, window.renewed_months) if window else (0, 0)
    node = Node("refreshPolicy")
    node.set("policyType", "basic")
    node.set("rollingWindowGranularity", "month").set("rollingWindowPeriods", str(kept))
    node.set("incrementalGranularity", "month").set("incrementalPeriods", str(renewed))
    return node.set("sourceExpression =", query)


def _role(role: Role) -> Node:
    node = Node(f"role {quoted(role.name)}", description=role.description).set("modelPermission", "read")
    node.children += [Node(f"tablePermission {quoted(table)}", dax) for table, dax in role.filters]
    return node


def _perspective(model: Model, perspective: Perspective) -> Node:
    name = perspective.words.en
    node = Node(f"perspective {quoted(name)}")
    for table in model.tables:
        measures = [measure for measure in table.measures if name in measure.perspectives]
        if name not in table.perspectives or (table.measures and not measures):
            continue
        child = Node(f"perspectiveTable {quoted(table.name)}")
        child.children += [Node(f"perspectiveMeasure {quoted(each.name)}") for each in measures]
        child.children += [
            Node(f"perspectiveColumn {quoted(column.name)}") for column in table.columns if column.words
        ]
        child.children += [
            Node(f"perspectiveHierarchy {quoted(each.words.en)}") for each in table.hierarchies
        ]
        node.children.append(child)
    return node
