"""Visuals on who comes back: active users, the pattern of the week, and cohorts."""

import pyarrow as pa
import streamlit as st

from streamvision_web import charts, figures, figures_engagement, heat_maps
from streamvision_web.queries import engagement
from streamvision_web.sections.framing import alone, missed_notes
from streamvision_web.view import View

_MOST_WEEKS, _MOST_MONTHS = 26, 24


def active(view: View) -> tuple[pa.Table, bool]:
    """Return the active users of each day, and whether the windows of 7 and 28 days are among them.

    The marts hold these windows for all users together, and by one country, plan, genre or device; for what
    else can be chosen, users are counted day by day.
    """
    if not view.filters.narrow:
        return view.rows(engagement.ACTIVE_USERS), True
    only = figures_engagement.only_choice(view.filters)
    if only:
        breakdown, value = only
        rows = view.rows(engagement.ACTIVE_USERS_OF_ONE, breakdown=breakdown, value=value)
        if rows.num_rows:
            return rows, True
    return view.rows(engagement.ACTIVE_USERS_FILTERED), False


def users(view: View) -> None:
    """Draw the users of each day, and of the 7 and 28 days that end on it."""
    rows, windows = active(view)
    note = view.text("windows_note" if windows else "windows_filtered")
    metrics = ("dau", "wau", "mau")
    with view.visual("active-users", view.text("active_chart"), note, metrics=metrics):
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        names = ["dau", "wau", "mau"] if windows else ["dau"]
        chart = charts.lines(
            figures.long(rows, language, names, "window"),
            language,
            axis=view.text("dau_axis"),
            number_format=",~r",
            colours={language.label("window", name): figures.WINDOW_COLOURS[name] for name in names},
            tooltip={
                "day_written": view.text("day"),
                "series": view.text("window"),
                "written": view.text("dau_axis"),
            },
        )
        return view.chart(chart, rows)


def weekdays(view: View) -> None:
    """Draw the users of each day as a calendar."""
    with view.visual("weekday-pattern", view.text("calendar"), view.text("calendar_note"), metrics=("dau",)):
        rows, _ = active(view)
        if not rows.num_rows:
            return view.nothing()
        chart = heat_maps.calendar(
            figures_engagement.calendar(rows, view.language),
            view.language,
            weekdays=[name[:3] for name in view.language.weekdays()],
            unit=view.text("dau_axis"),
            tooltip={"day_written": view.text("day"), "written": view.text("dau_axis")},
        )
        return view.chart(chart, rows.select(["day", "dau"]))


def weekday_means(view: View) -> None:
    """Draw the mean of the daily users of each weekday."""
    with view.visual("weekday-means", view.text("weekday_means"), metrics=("dau",)):
        rows, _ = active(view)
        if not rows.num_rows:
            return view.nothing()
        drawn = figures_engagement.by_weekday(rows, view.language)
        chart = charts.bars(
            drawn,
            view.language,
            axis=view.text("mean_of_users"),
            tooltip={
                "label": view.text("weekday"),
                "written": view.text("mean_of_users"),
                "days": view.text("days_counted"),
            },
            height=heat_maps.CELL * 7 + charts.WITH_CONTROL,
        )
        return view.chart(chart, drawn.select(["label", "value"]))


@alone
def retention(view: View) -> None:
    """Draw how many of each cohort of viewers came back, period by period."""
    notes = [view.text("retention_note"), *missed_notes(view, engagement.RETENTION)]
    with view.visual("viewer-retention", view.text("retention"), *notes, metrics=("retention_rate",)):
        chosen = st.segmented_control(
            view.text("cohort_step"),
            ("month", "week"),
            default="month",
            required=True,
            format_func=lambda step: view.language.label("cohort_step", step),
            key=f"retention-step-{view.language.code}",
            label_visibility="collapsed",
        )
        step = chosen or "month"
        furthest = _MOST_MONTHS if step == "month" else _MOST_WEEKS
        rows = view.rows(engagement.RETENTION, period=step, furthest=furthest)
        if not rows.num_rows:
            return view.nothing()
        ends = figures_engagement.ends_of(rows)
        chart = heat_maps.heat_map(
            figures_engagement.cohorts(rows, view.language, step, ends),
            view.language,
            ends=ends,
            axes=(view.text(f"{step}s_since"), view.text("cohort")),
            tooltip=cohort_tooltip(view, f"{step}s_since"),
            written=step == "month",
            row_height=heat_maps.CELL if step == "month" else heat_maps.LOW_CELL,
        )
        return view.chart(chart, rows)


def cohort_tooltip(view: View, since: str, cohort: str = "cohort") -> dict[str, str]:
    """Return what a cell of a cohort says."""
    return {
        "down": view.text(cohort),
        "across": view.text(since),
        "share": view.text("retained"),
        "count": view.text("users"),
        "whole": view.text("period_over"),
    }
