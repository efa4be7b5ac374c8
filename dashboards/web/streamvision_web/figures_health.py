"""Turns what is known of runs and models into what is drawn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from streamvision.ports.lineage import Model
from streamvision.ports.run_log import RunRecord
from streamvision.ports.warehouse import QuarantineGroup, TableAccount
from streamvision_web import charts
from streamvision_web.language import Language

STEP_COLOURS: Mapping[str, str] = {
    "simulate": charts.GREY,
    "extract": charts.ORANGE,
    "load": charts.GREEN,
    "transform": charts.BLUE,
    "publish": charts.SKY,
}
"""Colour by step, in their order."""

LAYERS = ("source", "staging", "intermediate", "core", "marts")


def durations(runs: Sequence[RunRecord], language: Language) -> pa.Table:
    """Return how long each step that has ended took, the newest run last."""
    return pa.Table.from_pylist(
        [
            {
                "period": f"{run.started_at:%d/%m %H:%M}" + f" #{number}" * (number > 1),
                "series": language.label("step", step.name),
                "value": step.seconds,
                "run": run.run_id,
                "command": run.command,
                "outcome": language.label("outcome", step.outcome),
                "written": language.duration(step.seconds),
            }
            for run, number in _numbered(runs)
            for step in run.steps
            if step.seconds is not None
        ]
    )


def _numbered(runs: Sequence[RunRecord]) -> Iterator[tuple[RunRecord, int]]:
    """Return the runs, the oldest first, each with its place among those that began in the same minute."""
    seen: dict[str, int] = {}
    for run in reversed(runs):
        minute = f"{run.started_at:%Y-%m-%d %H:%M}"
        seen[minute] = seen.get(minute, 0) + 1
        yield run, seen[minute]


def step_colours(rows: pa.Table, language: Language) -> dict[str, str]:
    """Return the colours of the steps that are there; a step that is not named here is dark."""
    words = {language.label("step", name): colour for name, colour in STEP_COLOURS.items()}
    there = set(rows["series"].to_pylist())
    known = {word: colour for word, colour in words.items() if word in there}
    return known | dict.fromkeys(sorted(there - words.keys()), charts.VERMILION)


def accounts(rows: Sequence[TableAccount]) -> pa.Table:
    """Return what became of the rows of each table."""
    return pa.Table.from_pylist(
        [
            {
                "table": each.table,
                "extracted_rows": each.extracted_rows,
                "loaded_rows": each.loaded_rows,
                "quarantined_rows": each.quarantined_rows,
                "balances": each.balances,
            }
            for each in rows
        ]
    )


def quarantine(groups: Sequence[QuarantineGroup]) -> pa.Table:
    """Return how many rows of each table broke each rule, over all batches; no reason names a value."""
    counted: dict[tuple[str, str, str], int] = {}
    for each in groups:
        key = (each.table, each.rule, each.status)
        counted[key] = counted.get(key, 0) + each.rows
    in_order = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return pa.Table.from_pylist(
        [
            {"table": table, "rule": rule, "status": status, "rows": rows}
            for (table, rule, status), rows in in_order
        ]
    )


def lineage(
    models: Sequence[Model], chosen: str | None = None
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Return the models and tables with their layers, and which reads which.

    Args:
        models: all of them.
        chosen: the one whose ancestors and descendants alone are returned.

    """
    layers = {model.name: _layer(model) for model in models}
    read = [(each, model.name) for model in models for each in model.models]
    for model in models:
        for schema, table in model.sources:
            layers.setdefault(f"{schema}.{table}", LAYERS[0])
            read.append((f"{schema}.{table}", model.name))
    if chosen is not None:
        related = {chosen} | _reached(chosen, read) | _reached(chosen, [(b, a) for a, b in read])
        layers = {name: layer for name, layer in layers.items() if name in related}
        read = [(a, b) for a, b in read if a in related and b in related]
    nodes = [{"name": name, "layer": layer} for name, layer in sorted(layers.items())]
    return nodes, sorted(read)


def _layer(model: Model) -> str:
    """Return the layer; what is between staging and core lies in the schema of staging."""
    return "intermediate" if model.name.startswith("int_") else model.layer


def _reached(start: str, edges: Sequence[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for source, target in edges:
        following.setdefault(source, []).append(target)
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in following.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found
