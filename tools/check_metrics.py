"""Check that the definitions of metrics, the marts that they are computed from and the dashboards agree."""

import ast
import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from streamvision.adapters.semantics.yaml_files import read_metrics
from streamvision.domain.metric import Aggregate, Metric

Texts = Mapping[str, Mapping[str, str]]
"""Texts of the dashboards by language and key."""

Words = Mapping[str, Mapping[str, str]]
"""The parts of a definition, each by language."""

_ROOT = Path(__file__).resolve().parent.parent
_MARTS = "warehouse/models/marts"
_DASHBOARDS = "dashboards/web"
_LANGUAGES = ("en", "fr")
# Words that French has in common with English.
_SAME = frozenset({"ARPU", "MRR", "Sessions", "sessions"})
# What the dashboards call with the key of a text, or the name of a metric, first.
_NAMING = frozenset({"text", "explanation", "metric"})


@dataclass(frozen=True)
class Mart:
    """Hold what a mart promises: its columns, and the sets of columns that name a row."""

    columns: frozenset[str]
    keys: tuple[frozenset[str], ...]


def read_marts(folder: Path) -> dict[str, Mart]:
    """Return the marts by name, from dbt's descriptions of them."""
    return {
        model["name"]: Mart(frozenset(column["name"] for column in model["columns"]), tuple(_keys(model)))
        for path in sorted(folder.glob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
    }


def _keys(model: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    for test in model.get("data_tests", ()):
        if "unique_combination" in test:
            yield frozenset(test["unique_combination"]["arguments"]["columns"])
    for column in model["columns"]:
        if "unique" in column.get("data_tests", ()):
            yield frozenset([column["name"]])


def wrong_columns(metric: Metric, marts: Mapping[str, Mart]) -> Iterator[str]:
    """Yield what a metric says of a mart and its columns that is not so."""
    named = {(stored.mart, stored.column) for stored in metric.stored}
    for aggregate in metric.aggregates:
        columns = {*aggregate.columns, *aggregate.stored_by, *filter(None, [aggregate.day])}
        named |= {(aggregate.mart, column) for column in columns}
    for mart, column in sorted(named):
        if mart not in marts:
            yield f"{metric.name}: there is no mart {mart}"
        elif column not in marts[mart].columns:
            yield f"{metric.name}: {mart} has no column {column}"


def wrongly_added_up(metric: Metric, marts: Mapping[str, Mart]) -> Iterator[str]:
    """Yield each figure that is read as it is stored, but of which one row is not all there is."""
    for aggregate in metric.aggregates:
        if aggregate.aggregation in {"min", "max"} and not _names_a_row(aggregate, marts):
            by = ", ".join(aggregate.stored_by) or "nothing"
            yield f"{metric.name}: {aggregate.mart} has several rows for one {by}"


def _names_a_row(aggregate: Aggregate, marts: Mapping[str, Mart]) -> bool:
    fixed = {*aggregate.stored_by, aggregate.day}
    return aggregate.mart not in marts or any(key <= fixed for key in marts[aggregate.mart].keys)


def missing_words(metric: Metric) -> Iterator[str]:
    """Yield each part of a definition that says nothing in a language, or the English in French."""
    for part, words in _parts(metric).items():
        silent = [code for code in _LANGUAGES if not words.get(code)]
        # Many metrics have no edge cases; those that have tell of them in every language.
        if part != "edge cases" or len(silent) < len(_LANGUAGES):
            yield from (f"{metric.name}: no {part} in {code}" for code in silent)
        # A publication keeps its name.
        if not silent and part != "source" and words["en"] == words["fr"] and words["fr"] not in _SAME:
            yield f"{metric.name}: the {part} in fr is the English one"


def _parts(metric: Metric) -> Words:
    return {
        "label": metric.label,
        "description": metric.description,
        "formula": metric.formula,
        "grain": metric.grain,
        "unit": metric.unit,
        "edge cases": metric.edge_cases,
        "source": metric.source.text,
    }


def unlike_translations(metrics: Iterable[Metric]) -> Iterator[str]:
    """Yield each grain or unit that the French of two metrics calls by different words."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for metric in metrics:
        for part, words in (("grain", metric.grain), ("unit", metric.unit)):
            french, other = seen.setdefault((part, words["en"]), (words["fr"], metric.name))
            if french != words["fr"]:
                yield f"{metric.name}: the {part} is called otherwise in fr than that of {other}"


def same_labels(metrics: Iterable[Metric]) -> Iterator[str]:
    """Yield each label that two metrics share: readers could not tell them apart."""
    seen: dict[tuple[str, str], str] = {}
    for metric in metrics:
        for code, label in metric.label.items():
            other = seen.setdefault((code, label.casefold()), metric.name)
            if other != metric.name:
                yield f"{metric.name}: {other} has the same label in {code}"


def repeated_texts(texts: Texts, metrics: Mapping[str, Metric]) -> Iterator[str]:
    """Yield each text of the dashboards that says what the definition of a metric says."""
    for code, by_key in texts.items():
        said = {metric.label[code]: name for name, metric in metrics.items()}
        said |= {metric.description[code]: name for name, metric in metrics.items()}
        for key, text in by_key.items():
            if key in metrics or text in said:
                name = key if key in metrics else said[text]
                yield f"the text {key} in {code} repeats the definition of the metric {name}"


def unknown_names(code: str, known: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield each key of a text, or name of a metric, in Python code that does not exist, and its line."""
    names = frozenset(known)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            yield from ((line, name) for line, name in _named(node) if name not in names)


def _named(call: ast.Call) -> Iterator[tuple[int, str]]:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    values = call.args[:1] if called in _NAMING else []
    for keyword in call.keywords:
        if keyword.arg in {"metric", "metrics"} or (called == "figure" and keyword.arg == "name"):
            values.append(keyword.value)
    for value in values:
        parts = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.lineno, part.value


def problems(root: Path) -> Iterator[str]:
    """Yield all that does not agree."""
    metrics = read_metrics(root / _MARTS / "metrics")
    marts = read_marts(root / _MARTS)
    for metric in metrics.values():
        yield from wrong_columns(metric, marts)
        yield from wrongly_added_up(metric, marts)
        yield from missing_words(metric)
    yield from same_labels(metrics.values())
    yield from unlike_translations(metrics.values())
    texts = dashboards_texts(root / _DASHBOARDS)
    yield from repeated_texts(texts, metrics)
    known = {*metrics, *(key for by_key in texts.values() for key in by_key)}
    for path in sorted((root / _DASHBOARDS).rglob("*.py")):
        for line, name in unknown_names(path.read_text(encoding="utf-8"), known):
            yield f"{path.relative_to(root)}:{line}: neither a text nor a metric: {name}"


def dashboards_texts(folder: Path) -> Texts:
    """Return the texts of the dashboards, which are a folder of their own and not installed."""
    sys.path.insert(0, str(folder))
    try:
        texts: Texts = importlib.import_module("streamvision_web.texts").TEXTS
    finally:
        sys.path.remove(str(folder))
    return texts


def main() -> int:
    """Print what does not agree; return 1 where anything does not."""
    found = list(problems(_ROOT))
    print("\n".join(found) if found else "The metrics, the marts and the dashboards agree.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
