"""Check that each layer of the dbt project reads only what it may, and that every model is described.

A model may call a macro that reads something: what the macro reads, the model reads. Only the text of the
models is looked at; neither dbt nor a database is needed.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

MAY_READ: Mapping[str, frozenset[str]] = {
    "staging": frozenset({"sources"}),
    "intermediate": frozenset({"staging", "seeds"}),
    "core": frozenset({"staging", "intermediate", "seeds"}),
    "changes": frozenset({"intermediate", "core", "changes"}),
    "aggregates": frozenset({"core", "changes"}),
    "marts": frozenset({"core", "changes", "aggregates"}),
}
"""The layers that each layer may read; none but `changes` reads its own."""

_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)
_REF = re.compile(r"\bref\(\s*['\"](\w+)['\"]\s*\)")
_SOURCE = re.compile(r"\bsource\(\s*['\"](\w+)['\"]\s*,\s*['\"](\w+)['\"]\s*\)")
_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
_WRITTEN_OUT = re.compile(r"\b((?:raw|ops|quarantine|staging|core|marts)\.\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Reads:
    """Keep what a piece of SQL reads: models and seeds, sources, and relations named without dbt."""

    refs: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    written_out: frozenset[str] = frozenset()

    def join(self, other: "Reads") -> "Reads":
        """Return what either reads."""
        return Reads(
            self.refs | other.refs, self.sources | other.sources, self.written_out | other.written_out
        )


def problems(project: Path) -> Iterator[str]:
    """Yield one line of text for each thing that is wrong in a dbt project."""
    layers = _layers(project)
    macros = _macros(project)
    for path in sorted((project / "models").rglob("*.sql")):
        name = path.relative_to(project).as_posix()
        text = path.read_text(encoding="utf-8")
        yield from (f"{name}: {wrong}" for wrong in _wrong_reads(text, layers[path.stem], layers, macros))
        yield from (f"{name}: {wrong}" for wrong in _missing_words(path))


def _layers(project: Path) -> dict[str, str]:
    """Return the layer of each model and seed; a model's is its folder below `models`."""
    models = project / "models"
    layers = {path.stem: path.relative_to(models).parts[0] for path in models.rglob("*.sql")}
    return layers | {path.stem: "seeds" for path in (project / "seeds").rglob("*.csv")}


def _macros(project: Path) -> dict[str, str]:
    """Return the text of each macro; that of a dispatched one holds those of all its adapters."""
    found = {
        macro[1]: macro[0]
        for path in sorted((project / "macros").rglob("*.sql"))
        for macro in _MACRO.finditer(_COMMENT.sub("", path.read_text(encoding="utf-8")))
    }
    return {
        name: "\n".join(text for other, text in found.items() if other.endswith(f"__{name}") or other == name)
        for name in found
    }


def _wrong_reads(
    text: str, layer: str, layers: Mapping[str, str], macros: Mapping[str, str]
) -> Iterator[str]:
    if layer not in MAY_READ:
        yield f"{layer} is no layer: {', '.join(MAY_READ)} are"
        return
    reads = _reads(text, macros)
    for model in sorted(reads.refs):
        if model not in layers:
            yield f"reads {model}, which does not exist"
        elif layers[model] not in MAY_READ[layer]:
            yield f"{layer} may not read {model} of {layers[model]}"
    if "sources" not in MAY_READ[layer]:
        yield from (f"{layer} may not read the source {source}" for source in sorted(reads.sources))
    for relation in sorted(reads.written_out):
        yield f"reads {relation} by its name: write ref() or source()"


def _reads(text: str, macros: Mapping[str, str], seen: frozenset[str] = frozenset()) -> Reads:
    """Return what a text reads, by itself and by the macros that it calls."""
    bare = _COMMENT.sub("", text)
    reads = Reads(
        frozenset(_REF.findall(bare)),
        frozenset(".".join(found) for found in _SOURCE.findall(bare)),
        frozenset(_WRITTEN_OUT.findall(bare)),
    )
    for name in macros.keys() - seen:
        if re.search(rf"\b{name}\(", bare):
            reads = reads.join(_reads(macros[name], macros, seen | {name}))
    return reads


def _missing_words(path: Path) -> Iterator[str]:
    """Yield what the `.yml` beside a model lacks."""
    beside = path.with_suffix(".yml")
    if not beside.exists():
        yield f"has no {beside.name} beside it"
        return
    document = yaml.safe_load(beside.read_text(encoding="utf-8")) or {}
    model = next((model for model in document.get("models", []) if model.get("name") == path.stem), None)
    if model is None:
        yield f"is not described in {beside.name}"
        return
    if "Grain: " not in str(model.get("description", "")).rpartition(". ")[2]:
        yield "has no description that ends with its grain"
    if not model.get("columns"):
        yield "has no columns described"
    for column in model.get("columns") or []:
        if not str(column.get("description") or "").strip():
            yield f"has no description of {column.get('name')}"


def main() -> int:
    """Print what is wrong; return 1 where anything is."""
    found = list(problems(Path(__file__).resolve().parent.parent / "warehouse"))
    print("\n".join(found) if found else "Every layer reads what it may, and every model is described.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
