"""Writes the page of metrics from the semantic layer: its definitions and the texts beside them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from streamvision.domain.metric import Aggregate, Aggregation, Expression, Metric, Ratio, Rolling, Source

TOPICS = ("audience", "content", "playback", "subscriptions", "search")
"""The sections of the page, in their order."""

_BLOCK = re.compile(r"{%\s*docs\s+(\w+)\s*%}\n(.*?)\n{%\s*enddocs\s*%}", re.DOTALL)
_HEAD = ("metric", "what it is", "formula", "each value is of (unit)", "over rows", "stored in", "source")
_NEVER = "never added up"
_FUNCTIONS: Mapping[Aggregation, str] = {
    "sum": "sum({})",
    "min": "min({})",
    "max": "max({})",
    "average": "avg({})",
    "count": "count({})",
    "count_distinct": "count(distinct {})",
}


def metrics_page(metrics: Mapping[str, Metric], folder: Path, notice: str) -> str:
    """Return the page: one section a topic, a table between its introduction and its notes.

    Raises:
        KeyError: when a topic has no introduction or no notes in the folder's texts.
        ValueError: when a metric is of a topic that has no section.

    """
    if strangers := sorted({metric.topic for metric in metrics.values()} - set(TOPICS)):
        raise ValueError(f"no section of the page is for the topics {strangers}")
    texts = docs_blocks(folder)
    parts = ["# Metrics", f"<!-- {notice} -->", texts["metrics_page"]]
    for topic in TOPICS:
        rows = [metric for metric in metrics.values() if metric.topic == topic]
        parts += [texts[f"metrics_{topic}"], "\n".join(_table(rows)), texts[f"metrics_{topic}_notes"]]
    return "\n\n".join([*parts, texts["metrics_page_sources"]]) + "\n"


def docs_blocks(folder: Path) -> dict[str, str]:
    """Return dbt's blocks of documentation in a folder, by their names."""
    return {
        name: text
        for path in sorted(folder.glob("*.md"))
        for name, text in _BLOCK.findall(path.read_text(encoding="utf-8"))
    }


def computation(metric: Metric) -> str:
    """Say how a metric is computed over several rows, from which marts, and what is never added up."""
    marts = dict.fromkeys(f"`{aggregate.mart}`" for aggregate in metric.aggregates)
    remarks = dict.fromkeys(filter(None, map(_remark, metric.aggregates)))
    if "count(distinct" in (code := _code(metric.expression)):
        remarks[_NEVER] = None
    return ", ".join([f"`{code}` in {' and '.join(marts)}", *remarks])


def _code(expression: Expression) -> str:
    match expression:
        case Aggregate():
            return _aggregated(expression)
        case Rolling(of=aggregate, days=days):
            return f"{_aggregated(aggregate)} over {days} {'day' if days == 1 else 'days'}"
        case Ratio(numerator=numerator, denominator=denominator):
            return f"{_code(numerator)} / {_code(denominator)}"
        case _:
            return expression.formula


def _aggregated(aggregate: Aggregate) -> str:
    if aggregate.is_read:
        return aggregate.expression
    condition = f" where {aggregate.filter}" if aggregate.filter else ""
    return f"{_FUNCTIONS[aggregate.aggregation].format(aggregate.expression)}{condition}"


def _remark(aggregate: Aggregate) -> str:
    if aggregate.at_end:
        return "on the last day alone"
    columns = ", ".join(f"`{column}`" for column in aggregate.stored_by)
    if aggregate.is_read:
        return f"one for each {columns}, {_NEVER}"
    return f"at one {columns}" if columns else ""


def _table(metrics: Iterable[Metric]) -> Iterator[str]:
    yield f"| {' | '.join(_HEAD)} |"
    yield f"| {' | '.join('---' for _ in _HEAD)} |"
    for metric in metrics:
        yield f"| {' | '.join(_cells(metric))} |"


def _cells(metric: Metric) -> Iterator[str]:
    yield f"{metric.label['en']} (`{metric.name}`)"
    yield " ".join(filter(None, (metric.description["en"], metric.edge_cases["en"])))
    yield metric.formula["en"]
    yield f"{metric.grain['en']} ({metric.unit['en']})"
    yield computation(metric)
    yield ", ".join(f"`{each.mart}.{each.column}`" for each in metric.stored)
    yield _source(metric.source)


def _source(source: Source) -> str:
    words = source.text["en"]
    return f"[{words}]({source.url})" if source.url else words
