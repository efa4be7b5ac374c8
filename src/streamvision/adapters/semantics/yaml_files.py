"""Reads the metrics from the files of the dbt project in which they are defined; dbt itself is not needed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml

from streamvision.adapters.semantics.expressions import Document, Expressions
from streamvision.domain.errors import DefinitionError
from streamvision.domain.metric import DECIMALS, FORMATS, Format, Metric, Source, Stored

OURS = "ours"
"""The source of what this project has decided."""


def read_metrics(folder: Path) -> dict[str, Metric]:
    """Read every metric that the `*.yml` of a folder define; return them by name, in the files' order.

    A file's name, up to its first `_`, is the topic of its metrics.

    Raises:
        DefinitionError: when a file cannot be understood, or there is none.

    """
    documents = [(path, _document(path)) for path in sorted(folder.glob("*.yml"))]
    models = [model for _, document in documents for model in document.get("semantic_models", ())]
    metrics = [(path, metric) for path, document in documents for metric in document.get("metrics", ())]
    if not metrics:
        raise DefinitionError("There are no metrics", where=str(folder), next_command="streamvision doctor")
    found: dict[str, Metric] = {}
    expressions = _expressions(folder, models, [metric for _, metric in metrics])
    for path, document in metrics:
        metric = _metric(path, document, expressions)
        if metric.name in found:
            raise DefinitionError(f"The metric {metric.name} is defined twice", where=str(path))
        found[metric.name] = metric
    return found


def _document(path: Path) -> Document:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DefinitionError(f"The metrics are not YAML: {error}", where=str(path)) from error
    if not isinstance(document, dict):
        raise DefinitionError("The metrics are not in a mapping", where=str(path))
    return document


def _expressions(folder: Path, models: Sequence[Document], metrics: Sequence[Document]) -> Expressions:
    try:
        return Expressions(models, metrics)
    except _UNCLEAR as error:
        raise DefinitionError(_unclear("The semantic models", error), where=str(folder)) from error


def _metric(path: Path, document: Document, expressions: Expressions) -> Metric:
    try:
        return _read(path.stem.partition("_")[0], document, expressions)
    except _UNCLEAR as error:
        what = f"The metric {document.get('name', 'without a name')}"
        raise DefinitionError(_unclear(what, error), where=str(path)) from error


_UNCLEAR = (KeyError, TypeError, ValueError, AttributeError, StopIteration)


def _unclear(what: str, error: BaseException) -> str:
    reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
    return f"{what} cannot be understood: {reason}"


def _read(topic: str, document: Document, expressions: Expressions) -> Metric:
    meta: Mapping[str, Any] = document["config"]["meta"]
    french: Mapping[str, Any] = meta["fr"]
    if meta["format"] not in FORMATS:
        raise ValueError(f"the format {meta['format']!r} is not one of {sorted(FORMATS)}")
    return Metric(
        name=str(document["name"]),
        topic=topic,
        label=_in_both("label", document, french),
        description=_in_both("description", document, french),
        formula=_in_both("formula", meta, french),
        grain=_in_both("grain", meta, french),
        unit=_in_both("unit", meta, french),
        format=cast("Format", meta["format"]),
        decimals=int(meta.get("decimals", DECIMALS[meta["format"]])),
        edge_cases=_edge_cases(meta, french),
        source=_source(meta, french),
        expression=expressions.of(str(document["name"])),
        stored=tuple(_stored(column) for column in meta.get("stored", ())),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value.strip()


def _in_both(field: str, english: Mapping[str, Any], french: Mapping[str, Any]) -> dict[str, str]:
    if field not in french:
        raise ValueError(f"there is no {field!r} in fr")
    return {"en": _text(english[field]), "fr": _text(french[field])}


def _edge_cases(english: Mapping[str, Any], french: Mapping[str, Any]) -> dict[str, str]:
    found = {code: _text(of.get("edge_cases", "")) for code, of in (("en", english), ("fr", french))}
    silent = [code for code, words in found.items() if not words]
    if len(silent) == 1:
        raise ValueError(f"its 'edge_cases' are in one language alone, and not in {silent[0]}")
    return found


def _source(english: Mapping[str, Any], french: Mapping[str, Any]) -> Source:
    """Read the source: a publication has one name in every language, unless the French has another."""
    value = english["source"]
    if not isinstance(value, dict):
        return Source(_in_both("source", english, french))
    name = _text(value["name"])
    return Source({"en": name, "fr": _text(french.get("source", name))}, _text(value.get("url", "")))


def _stored(value: object) -> Stored:
    mart, _, column = _text(value).partition(".")
    if not column:
        raise ValueError(f"{value!r} does not name a mart and its column")
    return Stored(mart, column)
