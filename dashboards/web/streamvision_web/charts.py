"""The kinds of charts: each takes rows that are summed already and words in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import altair as alt
import pyarrow as pa

from streamvision_web.language import Language
from streamvision_web.specification import Chart, drawn_once

HEIGHT = 340
"""Pixels, as a rule."""

WITH_CONTROL = 56
"""What a control above a chart takes: its neighbour without one is that much higher."""

# Okabe and Ito's colours, told apart by readers who do not see all of them.
BLUE, SKY, GREEN = "#0072b2", "#56b4e9", "#009e73"
ORANGE, VERMILION, GREY = "#e69f00", "#d55e00", "#8c96a1"
INK, MUTED, LINES = "#1c2733", "#5b6875", "#e3e8ee"

FEW_TO_MANY = ("#cfe3f5", "#5aa2d8", "#0b4f8a", "#06284a")
"""From light to dark, so that it is read without telling hues apart."""

FONT = "Source Sans, sans-serif"
"""The server ships it."""

_ROOM_FOR_TEXT = 1.22
_LABEL_PIXELS = 190
_NARROW = 420
"""A chart of fewer pixels is one on a telephone."""


@drawn_once
def bars(
    rows: pa.Table,
    language: Language,
    *,
    axis: str,
    tooltip: Mapping[str, str],
    height: int = HEIGHT,
    number_format: str = ",~r",
    colours: Mapping[str, str] | None = None,
) -> Chart:
    """Draw horizontal bars in the order of the rows.

    Args:
        rows: columns label, value, written (what stands beside the bar), and those of the tooltip.
        language: for the numbers on the axis.
        axis: what the values are, with their unit.
        tooltip: title by column.
        height: in pixels.
        number_format: of the axis, as d3 writes it.
        colours: colour by what the column `series` holds; without it, all bars have the same.

    """
    longest = max(rows["value"].to_pylist(), default=0) or 1
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=_LABEL_PIXELS)),
        x=alt.X(
            "value:Q",
            title=axis,
            scale=alt.Scale(domain=[0, longest * _ROOM_FOR_TEXT], nice=False),
            axis=alt.Axis(tickCount=4, format=number_format, labelOverlap="parity", labelSeparation=10),
        ),
        tooltip=tooltips(tooltip),
    )
    drawn = base.mark_bar(color=BLUE, cornerRadiusEnd=3, height=alt.RelativeBandSize(0.7))
    if colours:
        drawn = drawn.encode(color=by_series(colours, in_columns=1))
    written = base.mark_text(align="left", dx=5, color=MUTED).encode(text=alt.Text("written:N"))
    return finish(alt.layer(drawn, written), language, height)


@drawn_once
def donut(rows: pa.Table, language: Language, *, tooltip: Mapping[str, str], total: str) -> Chart:
    """Draw a ring of shares with a legend below and the total in the middle.

    Args:
        rows: columns label, value, colour, and those of the tooltip.
        language: of the chart.
        tooltip: title by column.
        total: what is written in the middle.

    """
    colour = alt.Color(
        "label:N",
        sort=None,
        scale=alt.Scale(domain=rows["label"].to_pylist(), range=rows["colour"].to_pylist()),
        legend=alt.Legend(title=None, orient="bottom", columns=2, symbolType="circle"),
    )
    ring = (
        alt.Chart(rows)
        .mark_arc(innerRadius=62, outerRadius=104, stroke="white", strokeWidth=1)
        .encode(
            theta=alt.Theta("value:Q", stack=True, sort=None),
            order=alt.Order("place:Q"),
            color=colour,
            tooltip=tooltips(tooltip),
        )
    )
    middle = alt.Chart(pa.table({"total": [total]})).mark_text(size=20, fontWeight=600, color=INK)
    return finish(alt.layer(ring, middle.encode(text=alt.Text("total:N"))), language)


@drawn_once
def lines(  # noqa: PLR0913 - a chart has many sides, each named where it is called
    rows: pa.Table,
    language: Language,
    *,
    axis: str,
    number_format: str,
    colours: Mapping[str, str],
    tooltip: Mapping[str, str],
    threshold: tuple[float, str] | None = None,
    marks: pa.Table | None = None,
    marks_tooltip: Mapping[str, str] | None = None,
) -> Chart:
    """Draw one line per series over days; a value that is NULL leaves a gap.

    Args:
        rows: columns day (ISO), series, value, and those of the tooltip.
        language: for the axes.
        axis: what the values are, with their unit.
        number_format: of the axis, as d3 writes it.
        colours: colour by series, in the order of the legend.
        tooltip: title by column.
        threshold: a value to draw across, and its words.
        marks: days to point out, with the columns day, value and those of `marks_tooltip`.
        marks_tooltip: title by column.

    """
    hovered = alt.selection_point(
        nearest=True, on="pointerover", clear="pointerout", fields=["day", "series"], empty=False
    )
    highest = max((value for value in rows["value"].to_pylist() if value is not None), default=0)
    top = max(highest, threshold[0] * _ROOM_FOR_TEXT if threshold else 0) or 1
    base = alt.Chart(rows).encode(
        # Days are days of UTC wherever the reader sits.
        x=alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=day_axis(rows["day"].to_pylist())),
        y=alt.Y(
            "value:Q",
            title=axis,
            scale=alt.Scale(domain=[0, top], nice=True),
            axis=alt.Axis(format=number_format, tickCount=6),
        ),
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=_strokes(len(colours)) if len(colours) > 1 else None,
        ),
    )
    layers: list[alt.Chart] = [base.mark_line(strokeWidth=1.8)]
    if threshold:
        layers += _rule(*threshold)
    points = base.mark_point(filled=True, size=70).encode(
        opacity=alt.condition(hovered, alt.value(1), alt.value(0)),
        tooltip=tooltips(tooltip),
    )
    drawn = [*layers, points.add_params(hovered)]
    if marks is not None and marks.num_rows:
        drawn.append(_diamonds(marks, marks_tooltip or {}))
    return finish(alt.layer(*drawn), language)


@drawn_once
def columns(
    rows: pa.Table,
    language: Language,
    *,
    axis: str,
    colours: Mapping[str, str],
    tooltip: Mapping[str, str],
    number_format: str = ",~r",
    height: int = HEIGHT,
) -> Chart:
    """Draw stacked columns, one per period, in the order of the rows.

    Args:
        rows: columns period (as written), series, value, and those of the tooltip.
        language: for the axes.
        axis: what the values are, with their unit.
        colours: colour by series, in the order of the legend and, from below, of the parts.
        tooltip: title by column.
        number_format: of the axis, as d3 writes it.
        height: in pixels.

    """
    places = list(colours)
    rows = rows.append_column("place", pa.array([places.index(name) for name in rows["series"].to_pylist()]))
    chart = (
        alt.Chart(rows)
        .mark_bar(width=alt.RelativeBandSize(0.8))
        .encode(
            x=alt.X(
                "period:O",
                sort=None,
                title=None,
                axis=alt.Axis(labelAngle=0, labelOverlap="parity", labelSeparation=10),
            ),
            y=alt.Y(
                "value:Q",
                title=axis,
                axis=alt.Axis(format=number_format, tickCount=6, **_steps(number_format)),
            ),
            color=by_series(colours),
            order=alt.Order("place:Q"),
            tooltip=tooltips(tooltip),
        )
    )
    return finish(chart, language, height)


@drawn_once
def stacked_bars(
    rows: pa.Table,
    language: Language,
    *,
    axis: str,
    colours: Mapping[str, str],
    tooltip: Mapping[str, str],
    number_format: str = ",~r",
) -> Chart:
    """Draw horizontal bars of several parts, in the order of the rows.

    Args:
        rows: columns label, series, value, and those of the tooltip.
        language: for the axes.
        axis: what the values are, with their unit.
        colours: colour by series, in the order of the legend and, from the left, of the parts.
        tooltip: title by column.
        number_format: of the axis, as d3 writes it.

    """
    places = list(colours)
    rows = rows.append_column("place", pa.array([places.index(name) for name in rows["series"].to_pylist()]))
    chart = (
        alt.Chart(rows)
        .mark_bar(height=alt.RelativeBandSize(0.7))
        .encode(
            y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=_LABEL_PIXELS)),
            x=alt.X("value:Q", title=axis, axis=alt.Axis(format=number_format, tickCount=5)),
            color=by_series(colours, in_columns=1),
            order=alt.Order("place:Q"),
            tooltip=tooltips(tooltip),
        )
    )
    return finish(chart, language)


@drawn_once
def day_columns(
    rows: pa.Table, language: Language, *, axis: str, days: tuple[date, date], tooltip: Mapping[str, str]
) -> Chart:
    """Draw a column per day; a day without a row is empty.

    Args:
        rows: columns day (ISO), value, and those of the tooltip.
        language: for the axes.
        axis: what the values are, with their unit.
        days: the first and last one of the axis.
        tooltip: title by column.

    """
    first, last = (day.isoformat() for day in days)
    chart = (
        alt.Chart(rows)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X(
                "yearmonthdate(day):T",
                title=None,
                scale=alt.Scale(type="utc", domain=[first, (days[1] + timedelta(days=1)).isoformat()]),
                axis=day_axis([first, last]),
            ),
            y=alt.Y("value:Q", title=axis, axis=alt.Axis(format=",~r", tickCount=6)),
            tooltip=tooltips(tooltip),
        )
    )
    return finish(chart, language)


def tooltips(titles: Mapping[str, str]) -> list[alt.Tooltip]:
    """Return what shows of a mark that is pointed at: title by column."""
    return [alt.Tooltip(f"{column}:N", title=title) for column, title in titles.items()]


def _strokes(series: int) -> alt.Legend:
    """Return a legend of lines, side by side where there is room."""
    columns = alt.ExprRef(f"width < {_NARROW} ? 1 : {series}")
    return alt.Legend(title=None, orient="top", columns=columns, symbolType="stroke", symbolStrokeWidth=3)


def by_series(colours: Mapping[str, str], in_columns: int = 4) -> alt.Color:
    """Return the colours of series by their words, with a legend above."""
    return alt.Color(
        "series:N",
        sort=None,
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(
            title=None,
            orient="top",
            symbolType="square",
            columns=alt.ExprRef(f"width < {_NARROW} ? {min(in_columns, 2)} : {in_columns}"),
        ),
    )


def day_axis(days: Sequence[str]) -> alt.Axis:
    """Return an axis that writes months over long periods and days over short ones."""
    long_period = len(set(days)) > 100  # noqa: PLR2004 - about a quarter
    return alt.Axis(format="%b %Y" if long_period else "%d %b", tickCount=8, labelFlush=True, grid=False)


def _steps(number_format: str) -> dict[str, Any]:
    """Return the least step of an axis: what is counted has no halves."""
    return {} if number_format.endswith("%") else {"tickMinStep": 1}


def _diamonds(marks: pa.Table, titles: Mapping[str, str]) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(marks)
        .mark_point(shape="diamond", filled=True, size=90, color=VERMILION, stroke="white", strokeWidth=1)
        .encode(x="day:T", y="value:Q", tooltip=tooltips(titles))
    )
    return chart


def _rule(value: float, words: str) -> list[alt.Chart]:
    rows = pa.table({"value": [value], "words": [words]})
    base = alt.Chart(rows).encode(y="value:Q")
    rule = base.mark_rule(color=VERMILION, strokeDash=[6, 4], strokeWidth=1.5)
    written = base.encode(text=alt.Text("words:N"), x=alt.value(0))
    style: dict[str, Any] = {"align": "left", "dx": 4, "dy": -8, "fontWeight": 600}
    # What lies behind it would make it unreadable.
    halo = written.mark_text(**style, stroke="white", strokeWidth=4, strokeJoin="round")
    return [rule, halo, written.mark_text(**style, color=VERMILION)]


def finish(chart: Chart, language: Language, height: int = HEIGHT) -> Chart:
    """Return a chart with its height, and the looks that all charts share."""
    sized = chart.properties(height=height, padding={"left": 2, "right": 12, "top": 6, "bottom": 2})
    finished: Chart = sized.configure(
        font=FONT,
        background="transparent",
        locale=language.vega_locale(),
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=MUTED, titleColor=MUTED, gridColor=LINES, domainColor=LINES, tickColor=LINES,
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal",
        ),
        legend=alt.LegendConfig(labelColor=INK, labelFontSize=12, labelLimit=0),
        text=alt.MarkConfig(fontSize=12),
    )  # fmt: skip
    return finished
