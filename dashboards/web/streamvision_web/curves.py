"""Curves over shares: how far plays come, and how few titles hold how much of what is watched."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pyarrow as pa

from streamvision_web.charts import (
    BLUE,
    GREY,
    HEIGHT,
    INK,
    MUTED,
    VERMILION,
    finish,
    tooltips,
)
from streamvision_web.language import Language
from streamvision_web.specification import Chart, drawn_once

_DASHES = [5, 4]
_NAME_PIXELS = 280


@drawn_once
def shares(
    rows: pa.Table,
    language: Language,
    *,
    axes: tuple[str, str],
    tooltip: Mapping[str, str],
    colours: Mapping[str, str],
    mark: tuple[float, str] | None = None,
    height: int = HEIGHT,
) -> Chart:
    """Draw lines from 0 to 100% in both directions.

    Args:
        rows: columns across and value (both ratios), series, and those of the tooltip.
        language: for the axes.
        axes: what stands below and what beside the curve.
        tooltip: title by column.
        colours: colour by series.
        mark: where to draw a line upwards, and its words.
        height: in pixels.

    """
    percent = alt.Axis(format=".0%", tickCount=5)
    whole = alt.Scale(domain=[0, 1])
    hovered = alt.selection_point(
        nearest=True, on="pointerover", clear="pointerout", fields=["across"], empty=False
    )
    legend = (
        alt.Legend(
            title=None,
            orient="top",
            # One below the other: a long name leaves no room beside it on a telephone.
            columns=1,
            symbolType="stroke",
            symbolStrokeWidth=3,
            labelLimit=_NAME_PIXELS,
        )
        if len(colours) > 1
        else None
    )
    base = alt.Chart(rows).encode(
        x=alt.X("across:Q", title=axes[0], scale=whole, axis=percent),
        y=alt.Y("value:Q", title=axes[1], scale=whole, axis=percent),
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=legend,
        ),
    )
    points = base.mark_point(filled=True, size=60).encode(
        opacity=alt.condition(hovered, alt.value(1), alt.value(0)), tooltip=tooltips(tooltip)
    )
    layers: list[alt.Chart] = [base.mark_line(strokeWidth=2.2, interpolate="monotone")]
    if mark:
        layers += _upwards(*mark)
    return finish(alt.layer(*layers, points.add_params(hovered)), language, height)


def _upwards(at: float, words: str) -> list[alt.Chart]:
    base = alt.Chart(pa.table({"across": [at], "words": [words]})).encode(x="across:Q")
    rule = base.mark_rule(color=MUTED, strokeDash=_DASHES)
    text = base.mark_text(align="left", dx=6, color=INK, baseline="bottom", fontWeight=600)
    return [rule, text.encode(text=alt.Text("words:N"), y=alt.value(200))]


SERIES_COLOURS = (BLUE, GREY)
"""Of what is looked at, and of all beside it."""


@drawn_once
def scatter(
    rows: pa.Table,
    language: Language,
    *,
    axes: tuple[str, str],
    size: str,
    tooltip: Mapping[str, str],
    middles: tuple[float, float],
    ends: tuple[tuple[float, float], tuple[float, float]],
    height: int = HEIGHT,
) -> Chart:
    """Draw one circle per title, with names at those that lie far out, and lines through the middles.

    Args:
        rows: columns across (a ratio), value, size, name (empty where none is to be written), to_left
            (on which side it stands), and those of the tooltip.
        language: for the axes.
        axes: what stands below and what beside the circles.
        size: what the size of a circle means.
        tooltip: title by column.
        middles: where the lines are drawn, across and up.
        ends: of the axes, across and up.
        height: in pixels.

    """
    across_scale, up_scale = (alt.Scale(domain=list(each), zero=False, nice=False) for each in ends)
    base = alt.Chart(rows).encode(
        x=alt.X("across:Q", title=axes[0], scale=across_scale, axis=alt.Axis(format=".0%", tickCount=6)),
        y=alt.Y("value:Q", title=axes[1], scale=up_scale, axis=alt.Axis(format=",.1~f", tickCount=6)),
        tooltip=tooltips(tooltip),
    )
    circles = base.mark_circle(color=BLUE, opacity=0.55, stroke="white", strokeWidth=0.8).encode(
        size=alt.Size(
            "size:Q",
            title=size,
            scale=alt.Scale(range=[24, 520]),
            legend=alt.Legend(orient="top", format=",~r", tickCount=3, symbolFillColor=BLUE),
        )
    )
    written = base.encode(text=alt.Text("name:N"))
    style: dict[str, Any] = {"dy": -7, "color": INK, "fontSize": 11, "limit": 150}
    right = written.transform_filter("!datum.to_left").mark_text(align="left", dx=9, **style)
    left = written.transform_filter("datum.to_left").mark_text(align="right", dx=-9, **style)
    across = alt.Chart(pa.table({"across": [middles[0]]})).mark_rule(color=MUTED, strokeDash=_DASHES)
    up = alt.Chart(pa.table({"value": [middles[1]]})).mark_rule(color=MUTED, strokeDash=_DASHES)
    return finish(
        alt.layer(circles, right, left, across.encode(x="across:Q"), up.encode(y="value:Q")), language, height
    )


OUTLIER = VERMILION
"""The colour of what lies outside of what the days before made one expect."""
