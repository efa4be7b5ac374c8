"""The page on subscriptions and engagement: how well it plays, who comes back, how subscriptions move."""

from functools import partial

import pyarrow as pa
import streamlit as st

from streamvision_web import charts, figures
from streamvision_web.queries import engagement
from streamvision_web.view import View

_AT_FIRST = ("start", "reactivation", "upgrade", "downgrade", "cancellation")


def show(view: View) -> None:
    """Draw the page."""
    _figures(view)
    left, right = st.columns([2, 1])
    with left:
        _trend(view)
    with right:
        _transitions(view)
    left, right = st.columns([2, 1])
    with left:
        _daily_users(view)
    with right:
        _weekly_and_monthly_users(view)
    left, right = st.columns([1, 2])
    with left:
        _resolutions(view)
    with right:
        _movements(view)


def _figures(view: View) -> None:
    language = view.language
    quality = view.marts.row(engagement.REBUFFERING, view.filters)
    ratio = quality["rebuffering_ratio"]
    view.notice(selected=bool(quality["sessions"]))
    moved = {row["movement_type"]: row["events"] for row in view.rows(engagement.TRANSITIONS).to_pylist()}
    joined = moved.get("start", 0) + moved.get("reactivation", 0)
    daily = figures.mean(_active(view)["dau"].to_pylist())
    all_genres = view.text("all_genres") if view.filters.genres else None
    rebuffering, users, starts, ends = st.columns(4)
    with rebuffering:
        words, colour = figures.verdict(ratio, language)
        view.figure("rebuffering-ratio", ratio, name="rebuffering_ratio", verdict=words, colour=colour)
    with users:
        view.figure("average-dau", daily, name="average_dau")
    with starts:
        view.figure("joined", joined, name="starts_and_reactivations", verdict=all_genres)
    with ends:
        ended = moved.get("cancellation", 0)
        view.figure("cancelled", ended, name="cancellations", verdict=all_genres)


def _trend(view: View) -> None:
    with view.visual("rebuffering-trend", view.text("trend")):
        rows = view.rows(engagement.REBUFFERING_TREND)
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
        )
        return view.chart(chart)


def _transitions(view: View) -> None:
    with view.visual("plan-transitions", view.text("plan_transitions"), *_movement_notes(view)):
        rows = view.rows(engagement.TRANSITIONS)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        tooltip = {
            "movement": view.text("movement"),
            "written": view.text("count"),
            "share_written": view.text("share"),
        }
        total = language.number(sum(rows["events"].to_pylist()))
        return view.chart(
            charts.donut(figures.transitions(rows, language), language, tooltip=tooltip, total=total)
        )


def _daily_users(view: View) -> None:
    with view.visual("daily-active-users", view.text("dau"), view.language.explanation("dau")):
        _users(view, ["dau"])


def _weekly_and_monthly_users(view: View) -> None:
    # The marts hold these windows for all users together alone.
    note = view.text("windows_filtered" if view.filters.narrow else "windows_note")
    with view.visual("weekly-monthly-active-users", view.text("windows_chart"), note):
        if not view.filters.narrow:
            _users(view, ["wau", "mau"])


def _users(view: View, windows: list[str]) -> None:
    rows = _active(view)
    if not rows.num_rows:
        view.nothing()
        return
    language = view.language
    chart = charts.lines(
        figures.long(rows, language, windows, "window"),
        language,
        axis=view.text("dau_axis"),
        number_format=",~r",
        colours={language.label("window", name): figures.WINDOW_COLOURS[name] for name in windows},
        tooltip={
            "day_written": view.text("day"),
            "series": view.text("window"),
            "written": view.text("dau_axis"),
        },
    )
    view.chart(chart)


def _resolutions(view: View) -> None:
    with view.visual("sessions-by-resolution", view.text("resolution_chart")):
        rows = view.rows(engagement.SESSIONS_BY_RESOLUTION)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        drawn = figures.with_columns(
            rows,
            label=lambda row: row["resolution"],
            value=lambda row: row["sessions"],
            written=lambda row: language.percent(row["share"]),
            count=lambda row: language.number(row["sessions"]),
        )
        tooltip = {
            "label": view.text("resolution"),
            "count": view.text("sessions"),
            "written": view.text("share"),
        }
        height = charts.HEIGHT + 2 * charts.WITH_CONTROL
        chart = charts.bars(drawn, language, axis=view.text("sessions"), tooltip=tooltip, height=height)
        return view.chart(chart)


def _movements(view: View) -> None:
    notes = [*_movement_notes(view), view.text("movements_note")]
    with view.visual("movements-over-time", view.text("movements_chart"), *notes):
        language = view.language
        chosen = st.pills(
            view.text("movements_shown"),
            list(figures.MOVEMENT_COLOURS),
            selection_mode="multi",
            default=_AT_FIRST,
            format_func=partial(language.label, "movement"),
            key=f"movements-{language.code}",
            label_visibility="collapsed",
        )
        by = figures.step(view.filters.first_day, view.filters.last_day)
        rows = view.rows(engagement.MOVEMENTS_OVER_TIME, step=by, movements=list(chosen))
        if not rows.num_rows:
            return view.nothing()
        colours = figures.MOVEMENT_COLOURS
        chart = charts.columns(
            figures.movements(rows, language, by),
            language,
            axis=view.text("movements_axis", step=view.text(f"step_{by}")),
            colours={language.label("movement", name): colours[name] for name in colours if name in chosen},
            tooltip={
                "period": view.text("period_column"),
                "series": view.text("movement"),
                "written": view.text("count"),
            },
        )
        return view.chart(chart)


def _active(view: View) -> pa.Table:
    return view.rows(engagement.ACTIVE_USERS_FILTERED if view.filters.narrow else engagement.ACTIVE_USERS)


def _movement_notes(view: View) -> list[str]:
    notes = [view.text("no_genre")] if view.filters.genres else []
    return [*notes, view.text("plan_either_side")] if view.filters.plans else notes
