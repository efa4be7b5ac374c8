"""Check that no file and no function has grown too long to be read in one go."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
FOLDERS = ("src", "dashboards", "tools", "tests", "benchmarks", "warehouse", "source")
SUFFIXES = {".py", ".sql"}
GENERATED = {"__pycache__", "target"}


def too_long(root: Path) -> Iterator[str]:
    """Yield one line of text for each file or function under `root` that exceeds its limit."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and GENERATED.isdisjoint(path.parts):
                yield from _too_long_in(path, path.relative_to(root).as_posix())


def _too_long_in(path: Path, name: str) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    if lines > MAX_FILE_LINES:
        yield f"{name}: {lines} lines, {MAX_FILE_LINES} allowed"
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text, filename=name)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    limit = f"{MAX_FUNCTION_LINES} allowed"
                    yield f"{name}:{node.lineno}: {node.name} has {length} lines, {limit}"


def main() -> int:
    """Print what is too long; return 1 where anything is."""
    found = list(too_long(Path(__file__).resolve().parent.parent))
    print("\n".join(found) if found else "No file and no function is too long.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
