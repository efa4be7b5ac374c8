"""Visuals on how well it plays: buffering over time, where and on what it is worst, and the resolutions."""

import pyarrow as pa
import streamlit as st

from streamvision_web import charts, figures, figures_engagement
from streamvision_web.queries import Query, quality
from streamvision_web.sections.framing import alone, missed_notes
from streamvision_web.specification import Pick
from streamvision_web.view import View

LEAST_SESSIONS = (20, 100, 1000)
"""From how many sessions on a country or device may be told."""

_AT_FIRST = 100
_MOST_BARS = 8
_METRICS = ("rebuffering_ratio",)


def trend(view: View) -> None:
    """Draw the rebuffering ratio by day and over seven days, and mark the days that lie outside."""
    marked, notes = _outlier_days(view)
    with view.visual("rebuffering-trend", view.text("trend"), *notes, metrics=_METRICS):
        rows = view.rows(quality.REBUFFERING_TREND)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        colours = {
            language.label("smoothing", "daily"): charts.SKY,
            language.label("smoothing", "weekly"): charts.BLUE,
        }
        limit = figures.REBUFFERING_THRESHOLD
        chart = charts.lines(
            figures.long(rows, language, ["daily", "weekly"], "smoothing", percent=True),
            language,
            axis=view.text("trend_axis"),
            number_format=".2%",
            colours=colours,
            tooltip={
                "day_written": view.text("day"),
                "series": "",
                "written": view.text("rebuffering_ratio"),
            },
            threshold=(limit, view.text("threshold", threshold=language.percent(limit))),
            marks=figures_engagement.outlier_days(marked, language),
            marks_tooltip={
                "day_written": view.text("day"),
                "written": view.text("rebuffering_ratio"),
                "fence": view.text("outlier_fence"),
            },
        )
        return view.chart(chart, rows)


def _outlier_days(view: View) -> tuple[pa.Table, list[str]]:
    """Return the days that lie outside, and what is to be said of them."""
    only = figures_engagement.only_choice(view.filters)
    if not view.filters.narrow:
        breakdown, member = "all", "all"
    elif only and only[0] in {"country", "device"}:
        breakdown, member = only
    else:
        return pa.table({}), [view.text("outliers_not_told")]
    rows = view.rows(quality.OUTLIER_DAYS, breakdown=breakdown, member=member)
    return rows, [view.text("outliers_told", number=view.language.number(rows.num_rows))]


@alone
def worst(view: View) -> None:
    """Draw the countries and devices with the highest ratios, of those with enough sessions."""
    title, note = view.text("worst"), view.text("worst_note")
    notes = [note, *([view.text("worst_outliers_note")] if view.filters.narrow else [])]
    with view.visual("rebuffering-worst", title, *notes, metrics=_METRICS, hint=view.text("worst_hint")):
        least = st.segmented_control(
            view.text("least_sessions"),
            LEAST_SESSIONS,
            default=_AT_FIRST,
            required=True,
            format_func=lambda number: view.text("from_sessions", number=view.language.number(number)),
            key=f"least-sessions-{view.language.code}",
            label_visibility="collapsed",
        )
        left, right = st.columns(2)
        with left, st.container(key="worst-countries"):
            _bars(view, quality.WORST_COUNTRIES, "countries", least or _AT_FIRST)
        with right, st.container(key="worst-devices"):
            _bars(view, quality.WORST_DEVICES, "devices", least or _AT_FIRST)


def _bars(view: View, query: Query, kind: str, least: int) -> None:
    rows = view.rows(query, least=least, top=_MOST_BARS)
    if not rows.num_rows:
        view.nothing()
        return
    language = view.language
    words = {name: view.text(f"verdict_{name}") for name in figures_engagement.VERDICT_COLOURS}
    labelled = figures.with_columns(
        rows,
        label=lambda row: (
            language.label("device", row["member"]) if kind == "devices" else row[language.code]
        ),
    )
    chart = charts.bars(
        figures_engagement.worst(labelled, language, words),
        language,
        axis=view.text("trend_axis"),
        number_format=".1%",
        height=charts.HEIGHT - charts.WITH_CONTROL,
        colours={words[name]: colour for name, colour in figures_engagement.VERDICT_COLOURS.items()},
        tooltip={
            "label": view.text("device" if kind == "devices" else "country"),
            "ratio": view.text("rebuffering_ratio"),
            "count": view.text("sessions"),
            "outliers": view.text("outlier_days"),
        },
    )
    view.chart(chart, rows, pick=Pick(kind, "member"))


def resolutions(view: View) -> None:
    """Draw each resolution's share of the time played, period by period."""
    by = figures.step(view.filters.first_day, view.filters.last_day)
    note = view.text("resolution_note", step=view.text(f"step_{by}"))
    notes = [note, *missed_notes(view, quality.RESOLUTION_SPLIT)]
    with view.visual(
        "resolution-split", view.text("resolution_split"), *notes, metrics=("playing_time_share",)
    ):
        rows = view.rows(quality.RESOLUTION_SPLIT, step=by)
        if not rows.num_rows:
            return view.nothing()
        drawn = figures_engagement.resolution_split(rows, view.language, by)
        chart = charts.columns(
            drawn,
            view.language,
            axis=view.text("playing_time_share"),
            number_format=".0%",
            colours=figures_engagement.resolution_colours(drawn["series"].to_pylist()),
            tooltip={
                "period": view.text("period_column"),
                "series": view.text("resolution"),
                "written": view.text("playing_time_share"),
                "hours": view.text("watch_time"),
                "count": view.text("sessions"),
            },
        )
        return view.chart(chart, rows)
