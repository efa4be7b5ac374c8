"""Reads what dbt knows of the tables of core and marts from its manifest."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from streamvision.ports.documented import DocumentedColumn, DocumentedTable, Reference

_SHOWN = {"core", "marts"}
_REF = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")


def documented_tables(manifest: bytes) -> Sequence[DocumentedTable]:
    """Return the tables of core and marts, by name."""
    nodes = json.loads(manifest)["nodes"]
    tests = _tests(nodes)
    tables = [
        _table(node, tests[node["unique_id"]])
        for node in nodes.values()
        if node["resource_type"] == "model" and node["config"].get("schema") in _SHOWN
    ]
    return sorted(tables, key=lambda table: (table.schema, table.name))


def _tests(nodes: Mapping[str, Any]) -> Mapping[str, list[Any]]:
    """Return the generic tests of each model's columns."""
    found: dict[str, list[Any]] = defaultdict(list)
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("column_name") and node.get("attached_node"):
            found[node["attached_node"]].append(node)
    return found


def _table(node: Mapping[str, Any], tests: Sequence[Any]) -> DocumentedTable:
    unique = {test["column_name"] for test in tests if test["test_metadata"]["name"] == "unique"}
    return DocumentedTable(
        schema=node["config"]["schema"],
        name=node["name"],
        description=_one_line(node["description"]),
        columns=tuple(_column(column, unique) for column in node["columns"].values()),
        references=tuple(
            _reference(test) for test in tests if test["test_metadata"]["name"] == "relationships"
        ),
    )


def _column(column: Mapping[str, Any], unique: set[str]) -> DocumentedColumn:
    return DocumentedColumn(
        name=column["name"],
        data_type=(column.get("data_type") or "").lower(),
        description=_one_line(column.get("description") or ""),
        is_key=column["name"] in unique,
    )


def _reference(test: Mapping[str, Any]) -> Reference:
    arguments = test["test_metadata"]["kwargs"]
    found = _REF.search(arguments["to"])
    return Reference(test["column_name"], found[1] if found else arguments["to"], arguments["field"])


def _one_line(text: str) -> str:
    return " ".join(text.split())
