"""Charts of cells whose colour is their value: cohorts, days of a year, one plan against another."""

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import pyarrow as pa

from streamvision_web.charts import FEW_TO_MANY, INK, LINES, finish, tooltips
from streamvision_web.language import Language
from streamvision_web.specification import Chart, drawn_once

CELL = 26
"""The height of a row of cells, in pixels."""

LOW_CELL = 9
"""The same where there are many rows."""

_AXES = 90


@drawn_once
def heat_map(  # noqa: PLR0913 - a chart has many sides, each named where it is called
    rows: pa.Table,
    language: Language,
    *,
    axes: tuple[str, str],
    tooltip: Mapping[str, str],
    scale: Literal["linear", "sqrt"] = "linear",
    ends: tuple[float, float] | None = None,
    written: bool = True,
    row_height: int = CELL,
    height: int | None = None,
) -> Chart:
    """Draw cells in columns and rows, both in the order in which the rows bring them.

    Args:
        rows: columns across, down (as written), value, written (what stands in the cell), strong (whether the
            cell is dark), and those of the tooltip.
        language: of the chart.
        axes: what stands below and what beside the cells.
        tooltip: title by column.
        scale: `linear`, or `sqrt` where a few values are far above the others.
        ends: the values of the lightest and the darkest colour; nothing and the most where not given.
        written: whether values stand in the cells.
        row_height: of each row of cells, in pixels.
        height: in pixels; as the rows of cells need where it is not given.

    """
    base = alt.Chart(rows).encode(
        x=alt.X("across:O", sort=None, title=axes[0], axis=alt.Axis(labelAngle=0, labelOverlap="parity")),
        y=alt.Y("down:O", sort=None, title=axes[1]),
        tooltip=tooltips(tooltip),
    )
    colours = alt.Scale(type=scale, range=list(FEW_TO_MANY), zero=True)
    if ends:
        colours = alt.Scale(domain=_steps(*ends), range=list(FEW_TO_MANY), clamp=True, zero=False)
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color("value:Q", scale=colours, legend=None)
    )
    if written:
        text = base.mark_text(fontSize=11).encode(
            text=alt.Text("written:N"),
            color=alt.condition("datum.strong", alt.value("white"), alt.value(INK)),
        )
        drawn: Chart = alt.layer(cells, text)
    else:
        drawn = cells
    needed = row_height * len(set(rows["down"].to_pylist())) + _AXES
    return finish(drawn, language, height or needed)


@drawn_once
def calendar(
    rows: pa.Table, language: Language, *, weekdays: Sequence[str], unit: str, tooltip: Mapping[str, str]
) -> Chart:
    """Draw one cell per day: a column per week, a row per weekday.

    Args:
        rows: columns week (ISO day of its Monday), down (the weekday as written), value, and
            those of the tooltip.
        language: for the months.
        weekdays: as written, in their order.
        unit: what the values are.
        tooltip: title by column.

    """
    chart = (
        alt.Chart(rows)
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X(
                "week:O",
                sort=None,
                title=None,
                # A month is written below the first week that begins in it.
                axis=alt.Axis(
                    labelExpr="date(toDate(datum.value)) < 8 ? timeFormat(toDate(datum.value), '%b') : ''",
                    labelAngle=0,
                    labelOverlap=False,
                    ticks=False,
                    domain=False,
                ),
            ),
            y=alt.Y("down:O", sort=list(weekdays), title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color(
                "value:Q",
                title=unit,
                scale=alt.Scale(range=list(FEW_TO_MANY), zero=True),
                legend=alt.Legend(
                    orient="bottom", direction="horizontal", gradientLength=160, format=",~r", tickCount=3,
                    gradientStrokeColor=LINES,
                ),
            ),
            tooltip=tooltips(tooltip),
        )
    )  # fmt: skip
    return finish(chart, language, CELL * 7)


def _steps(low: float, high: float) -> list[float]:
    """Return a value for each of the colours, evenly apart."""
    most = len(FEW_TO_MANY) - 1
    return [low + (high - low) * place / most for place in range(most + 1)]
