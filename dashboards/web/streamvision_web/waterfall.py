"""How an amount came from its start to its end, step by step."""

from collections.abc import Mapping

import altair as alt
import pyarrow as pa

from streamvision_web.charts import BLUE, GREEN, HEIGHT, INK, MUTED, VERMILION, finish, tooltips
from streamvision_web.language import Language
from streamvision_web.specification import Chart, drawn_once

COLOURS: Mapping[str, str] = {"level": BLUE, "rise": GREEN, "fall": VERMILION}
"""Colour by kind of a step: where it stands, what was added, what was lost."""

_ROOM_FOR_TEXT = 1.12


@drawn_once
def waterfall(
    rows: pa.Table,
    language: Language,
    *,
    axis: str,
    words: Mapping[str, str],
    tooltip: Mapping[str, str],
    height: int = HEIGHT,
) -> Chart:
    """Draw columns that hang where the one before ended.

    Args:
        rows: columns step (as written), kind, low and high (between which the column stands), end (the level
            after it), written, and those of the tooltip.
        language: for the axes.
        axis: what the values are, with their unit.
        words: for each kind, in the legend.
        tooltip: title by column.
        height: in pixels.

    """
    highest = max(rows["high"].to_pylist(), default=0) or 1
    lowest = min(0, *rows["low"].to_pylist())
    base = alt.Chart(rows).encode(
        x=alt.X("step:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelLimit=120)),
        tooltip=tooltips(tooltip),
    )
    columns = base.mark_bar(width=alt.RelativeBandSize(0.72), cornerRadius=2).encode(
        y=alt.Y(
            "low:Q",
            title=axis,
            scale=alt.Scale(domain=[lowest, highest * _ROOM_FOR_TEXT], nice=False),
            axis=alt.Axis(format=",~r", tickCount=6),
        ),
        y2="high:Q",
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=[words[kind] for kind in COLOURS], range=list(COLOURS.values())),
            legend=alt.Legend(title=None, orient="top", symbolType="square"),
        ),
    )
    bridges = base.mark_tick(color=MUTED, thickness=1, width=alt.RelativeBandSize(1)).encode(y="end:Q")
    text = base.mark_text(dy=-8, color=INK, fontSize=12).encode(y="high:Q", text=alt.Text("written:N"))
    return finish(alt.layer(columns, bridges, text), language, height)
