"""Reads what a build of dbt was made of from the manifest that it leaves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from streamvision.ports.lineage import DatasetColumn, Model

_BUILT = {"model", "seed"}


class DbtManifest:
    """Read the file anew each time: a build replaces it."""

    def __init__(self, work: Path) -> None:
        """Take the folder that dbt writes to."""
        self._path = work / "target" / "manifest.json"

    def all(self) -> Sequence[Model]:
        """Return every model and seed, by name; none where none was ever built."""
        try:
            models = list(_models(json.loads(self._path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []
        return sorted(models, key=lambda model: model.name)


def _models(manifest: Mapping[str, Any]) -> Iterator[Model]:
    nodes, sources = manifest["nodes"], manifest["sources"]
    for node in nodes.values():
        if node["resource_type"] in _BUILT:
            read = node["depends_on"].get("nodes", ())
            yield Model(
                name=node["name"],
                layer=node["config"].get("schema") or "staging",
                columns=tuple(map(_column, node["columns"].values())),
                models=tuple(nodes[each]["name"] for each in read if each in nodes),
                sources=tuple(
                    (sources[each]["schema"], sources[each]["name"]) for each in read if each in sources
                ),
            )


def _column(column: Mapping[str, Any]) -> DatasetColumn:
    return DatasetColumn(column["name"], column.get("data_type") or "", column.get("description") or "")
