"""Writes the project, and tells where what is written is not what it would be."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streamvision.domain.errors import DefinitionError
from streamvision.files import write_whole
from streamvision.pipeline.powerbi.files import semantic_model_files
from streamvision.pipeline.powerbi.model import Model
from streamvision.pipeline.powerbi.power_query import DataSource
from streamvision.pipeline.powerbi.references import unknown_fields, unknown_references
from streamvision.pipeline.powerbi.rules import broken_rules

_PBIP = "https://developer.microsoft.com/json-schemas/fabric/pbip/pbipProperties/1.0.0/schema.json"
# What Power BI Desktop keeps for one machine.
_LOCAL = ".pbi"


def project_files(model: Model, source: DataSource) -> Mapping[str, str]:
    """Return what is generated of the project, by the paths in its folder."""
    pbip = {
        "$schema": _PBIP,
        "version": "1.0",
        "artifacts": [{"report": {"path": f"{model.name}.Report"}}],
        "settings": {"enableAutoRecovery": True},
    }
    files = {f"{model.name}.pbip": json.dumps(pbip, indent=2) + "\n"}
    folder = f"{model.name}.SemanticModel"
    return files | {f"{folder}/{path}": text for path, text in semantic_model_files(model, source).items()}


def write_project(model: Model, source: DataSource, kept: Path, folder: Path) -> list[str]:
    """Write the project into a folder, with the report that is kept; return what changed, by its path.

    Raises:
        DefinitionError: when the report or a measure names what the model does not have.

    """
    _refuse_unknown(model, kept)
    report = f"{model.name}.Report"
    if folder.resolve() != kept.resolve():
        shutil.copytree(
            kept / report, folder / report, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_LOCAL)
        )
    files = project_files(model, source)
    changed = [path for path, text in files.items() if _differs(folder / path, text)]
    for path in changed:
        write_whole(folder / path, files[path].encode())
    stale = list(_stale(folder / f"{model.name}.SemanticModel", folder, files))
    for path in stale:
        (folder / path).unlink()
    return sorted([*changed, *stale])


def differences(model: Model, source: DataSource, folder: Path) -> list[str]:
    """Return a line for each file that is not what it would be, and for what is wrong in the model itself."""
    files = project_files(model, source)
    lines = [f"{path} is not what dbt says" for path, text in files.items() if _differs(folder / path, text)]
    stale = _stale(folder / f"{model.name}.SemanticModel", folder, files)
    lines += [f"{path} belongs to nothing in dbt" for path in stale]
    unknown = [*unknown_references(model), *unknown_fields(model, _report(model, folder))]
    return [*lines, *unknown, *broken_rules(model)]


def _refuse_unknown(model: Model, kept: Path) -> None:
    unknown = [*unknown_references(model), *unknown_fields(model, _report(model, kept))]
    if unknown:
        raise DefinitionError(
            "The Power BI project names what its model does not have:\n  - " + "\n  - ".join(unknown),
            where=str(kept),
            safe="nothing was written",
            next_command="mend it, then `streamvision powerbi build`",
        )


def _report(model: Model, folder: Path) -> Mapping[str, Any]:
    root = folder / f"{model.name}.Report"
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((root / "definition").rglob("*.json"))
    }


def _stale(model_folder: Path, folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    for path in sorted(model_folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in files and _LOCAL not in path.parts:
            yield name


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode()
