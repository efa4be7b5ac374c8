"""Reads which models there are, from the description that `streamvision models prepare` has written."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamvision.assets import asset
from streamvision.domain.errors import WrongUseError
from streamvision.settings import home_folder

PROJECT = "streamvision"
_BUILT = {"seed", "model", "snapshot"}


@dataclass(frozen=True)
class Models:
    """Hold what a DAG needs to know of the models.

    Attributes:
        manifest: dbt's description of the project.
        project: its folder.
        by_layer: the names of the models and seeds of each layer, in no particular order.

    """

    manifest: Path
    project: Path
    by_layer: Mapping[str, Sequence[str]]

    @property
    def marts(self) -> Sequence[str]:
        """Return the names of the marts."""
        return self.by_layer.get("marts", ())


def read_models() -> Models:
    """Return the models as they were when they were prepared.

    Raises:
        WrongUseError: when they were not.

    """
    path = home_folder(os.environ, Path.cwd()) / "airflow" / "manifest.json"
    try:
        nodes: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError, KeyError) as error:
        raise WrongUseError(
            "Which models there are is not known",
            where=str(path),
            safe="nothing was changed",
            next_command="streamvision models prepare",
        ) from error
    layers: dict[str, list[str]] = {}
    for node in nodes.values():
        if node["resource_type"] in _BUILT:
            layer = "seeds" if node["resource_type"] == "seed" else node["fqn"][1]
            layers.setdefault(layer, []).append(node["name"])
    return Models(path, asset("warehouse"), layers)
