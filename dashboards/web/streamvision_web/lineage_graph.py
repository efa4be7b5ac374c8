"""The graph of the models: a column per layer, and a line from what is read to what reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pyarrow as pa

from streamvision_web.charts import BLUE, GREEN, GREY, INK, LINES, MUTED, ORANGE, SKY, finish, tooltips
from streamvision_web.language import Language
from streamvision_web.specification import Chart, drawn_once

_ROW = 17
_ROOM = 60
_STEP_IN_LAYER, _MOST_STEPS = 0.22, 2
_COLOURS = (GREY, SKY, ORANGE, GREEN, BLUE)


@drawn_once
def graph(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[tuple[str, str]],
    language: Language,
    *,
    layers: Sequence[str],
    tooltip: Mapping[str, str],
) -> Chart:
    """Draw the graph.

    Args:
        nodes: each with name and layer; a layer that is not among `layers` stands in the last column.
        edges: pairs of names: what is read, and what reads it.
        language: for the names of the layers.
        layers: in their order; one without a node is left out.
        tooltip: title by column: name, layer_written, reads, read_by.

    """
    placed = _placed(nodes, edges, layers, language)
    rows = pa.Table.from_pylist(list(placed.values()))
    lines = pa.Table.from_pylist(
        [
            {"x": placed[a]["x"], "y": placed[a]["y"], "x2": placed[b]["x"], "y2": placed[b]["y"]}
            for a, b in edges
        ]
        or [{"x": 0.0, "y": 0.0, "x2": 0.0, "y2": 0.0}]
    )
    shown = list(
        dict.fromkeys(row["layer_written"] for row in sorted(placed.values(), key=lambda row: row["x"]))
    )
    colours = {row["layer_written"]: _COLOURS[layers.index(row["layer"])] for row in placed.values()}
    across = alt.Scale(domain=[-0.05, len(shown) - 0.35], nice=False)
    along = alt.Scale(domain=[-0.02, 1.02], nice=False, reverse=True)
    links = (
        alt.Chart(lines)
        .mark_rule(color=MUTED, opacity=0.28, strokeWidth=1)
        .encode(
            x=alt.X("x:Q", axis=None, scale=across),
            y=alt.Y("y:Q", axis=None, scale=along),
            x2="x2:Q",
            y2="y2:Q",
        )
    )
    base = alt.Chart(rows).encode(
        x=alt.X("x:Q", axis=None, scale=across),
        y=alt.Y("y:Q", axis=None, scale=along),
        tooltip=tooltips(tooltip),
    )
    dots = base.mark_circle(size=70, opacity=1, stroke=LINES).encode(
        color=alt.Color(
            "layer_written:N",
            scale=alt.Scale(domain=shown, range=[colours[name] for name in shown]),
            legend=alt.Legend(title=None, orient="top", columns=len(shown)),
        )
    )
    names = base.mark_text(align="left", dx=8, fontSize=11, color=INK).encode(text=alt.Text("name:N"))
    most = max(sum(1 for row in placed.values() if int(row["x"]) == place) for place in range(len(shown)))
    return finish(alt.layer(links, dots, names), language, _ROOM + _ROW * max(most, 6))


def _placed(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[tuple[str, str]],
    layers: Sequence[str],
    language: Language,
) -> dict[str, dict[str, Any]]:
    """Return each node with its place; in a column, it stands near what it reads."""
    by_layer: dict[str, list[str]] = {}
    for node in nodes:
        layer = node["layer"] if node["layer"] in layers else layers[-1]
        by_layer.setdefault(layer, []).append(node["name"])
    reads: dict[str, list[str]] = {}
    read_by: dict[str, list[str]] = {}
    for a, b in edges:
        reads.setdefault(b, []).append(a)
        read_by.setdefault(a, []).append(b)
    depths = _depths(by_layer, reads)
    placed: dict[str, dict[str, Any]] = {}
    for x, layer in enumerate(name for name in layers if name in by_layer):
        names = sorted(by_layer[layer], key=lambda name: (_middle(name, reads, placed), name))
        for number, name in enumerate(names):
            placed[name] = {
                "name": name,
                "layer": layer,
                "layer_written": language.label("layer", layer),
                "x": x + depths[name] * _STEP_IN_LAYER,
                "y": (number + 0.5) / len(names),
                "reads": language.number(len(reads.get(name, ()))),
                "read_by": language.number(len(read_by.get(name, ()))),
            }
    return placed


def _depths(by_layer: Mapping[str, Sequence[str]], reads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return how many steps within its own layer a model is away from those that read none of it."""
    depths: dict[str, int] = {}
    for names in by_layer.values():
        within = set(names)

        def depth(name: str, within: set[str] = within) -> int:
            if name not in depths:
                before = [depth(each, within) + 1 for each in reads.get(name, ()) if each in within]
                depths[name] = min(max(before, default=0), _MOST_STEPS)
            return depths[name]

        for name in names:
            depth(name)
    return depths


def _middle(name: str, reads: Mapping[str, Sequence[str]], placed: Mapping[str, Mapping[str, Any]]) -> float:
    heights = [placed[each]["y"] for each in reads.get(name, ()) if each in placed]
    return sum(heights) / len(heights) if heights else 0.5
