"""Reads a semantic model with Microsoft's own library, in a process of its own, and prints what it found.

Run as `python tests/support/tom.py <definition> [<folder to write it again into>]`. The library and the .NET
that it runs on come with the group `tom` of the project's dependencies.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

_LIBRARIES = ("Core", "Tabular", "Tabular.Json")


def _serializer() -> Any:  # noqa: ANN401 - a class of .NET
    os.environ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
    import pythonnet
    from clr_loader import get_coreclr

    # Found, not imported: of the first nothing but its libraries is wanted.
    libraries = _folder("sempy") / "lib"
    runtime = _folder("dnv") / "net" / "runtime"
    configuration = runtime / "runtimeconfig.json"
    pythonnet.set_runtime(get_coreclr(runtime_config=str(configuration), dotnet_root=str(runtime / ".net")))
    import clr

    sys.path.append(str(libraries))
    for name in _LIBRARIES:
        clr.AddReference(str(libraries / f"Microsoft.AnalysisServices.{name}.dll"))
    from Microsoft.AnalysisServices.Tabular import TmdlSerializer

    return TmdlSerializer


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{package} is not installed")
    return Path(next(iter(found.submodule_search_locations)))


def _counts(database: Any) -> dict[str, int]:  # noqa: ANN401 - an object of .NET
    model = database.Model
    tables = list(model.Tables)
    return {
        "level": database.CompatibilityLevel,
        "tables": len(tables),
        "columns": sum(1 for table in tables for column in table.Columns if str(column.Type) != "RowNumber"),
        "measures": sum(table.Measures.Count for table in tables),
        "hierarchies": sum(table.Hierarchies.Count for table in tables),
        "partitions": sum(table.Partitions.Count for table in tables),
        "policies": sum(1 for table in tables if table.RefreshPolicy is not None),
        "relationships": model.Relationships.Count,
        "roles": model.Roles.Count,
        "permissions": sum(role.TablePermissions.Count for role in model.Roles),
        "perspectives": model.Perspectives.Count,
        "cultures": model.Cultures.Count,
        "expressions": model.Expressions.Count,
    }


def main() -> None:
    """Print the counts of a model; where it cannot be read, the reason, and exit with 1."""
    serializer = _serializer()
    try:
        database = serializer.DeserializeDatabaseFromFolder(sys.argv[1])
    except Exception as error:  # noqa: BLE001 - whatever .NET raises
        sys.exit(str(error))
    if len(sys.argv) > 2:
        serializer.SerializeDatabaseToFolder(database, sys.argv[2])
    sys.stdout.write(json.dumps(_counts(database)))


if __name__ == "__main__":
    main()
