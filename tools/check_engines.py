"""Check that nothing asks which engine it runs on, outside the adapters and the portable macros.

Engines differ by what their adapters say they can, and by pairs of macros in `macros/portable`. Where
somebody asks for a name instead, the next engine is forgotten in that place.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ENGINES = frozenset({"duckdb", "snowflake"})

_PYTHON = ("src/streamvision", "dashboards/web", "dags")
_ADAPTERS = "src/streamvision/adapters"
_WIRING = {"src/streamvision/bootstrap.py", "src/streamvision/wiring_monitoring.py"}
"""The only modules that may list engines, each with its adapter."""
_PORTABLE = "warehouse/macros/portable"
_WAYS = "warehouse/profiles.yml"
_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*|^\s*#[^\n]*|\s#\s[^\n]*", re.DOTALL | re.MULTILINE)
_ASKS = re.compile(
    rf"\btarget\.(?:type|name)\b|\badapter\.type\(|\b(?:{'|'.join(sorted(ENGINES))})(?:\b|__)", re.IGNORECASE
)


def problems(root: Path) -> Iterator[str]:
    """Yield one line of text for each place below a folder where an engine is asked for by its name."""
    for folder in _PYTHON:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not name.startswith(f"{_ADAPTERS}/"):
                tree = ast.parse(path.read_text(encoding="utf-8"))
                lines = sorted({line for node in ast.walk(tree) for line in _asks(node, name)})
                yield from (f"{name}:{line}: asks for an engine by its name" for line in lines)
    for path in sorted((root / "warehouse").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix in {".sql", ".yml"} and name != _WAYS and not name.startswith(f"{_PORTABLE}/"):
            text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
            yield from (
                f"{name}: has {found[0]}: write a pair of macros in macros/portable"
                for found in _ASKS.finditer(text)
            )


def _asks(node: ast.AST, name: str) -> Iterator[int]:
    """Yield the line of a comparison with an engine's name, or of a list of names to look it up in."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        if any(_names_engine(each) for side in sides for each in ast.walk(side)):
            yield node.lineno
    elif isinstance(node, ast.MatchValue) and _names_engine(node.value):
        yield node.lineno
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if hasattr(str, node.func.attr) and any(map(_names_engine, node.args)):
            yield node.lineno
    elif name not in _WIRING and isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
        members = node.keys if isinstance(node, ast.Dict) else node.elts
        if any(_names_engine(member) for member in members):
            yield node.lineno


def _names_engine(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lower().removesuffix("://") in ENGINES
    )


def main() -> int:
    """Print what is wrong; return 1 where anything is."""
    found = list(problems(Path(__file__).resolve().parent.parent))
    print("\n".join(found) if found else "Nothing asks for an engine by its name.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
