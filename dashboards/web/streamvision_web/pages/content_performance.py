"""The page on content: what is watched, where, on what, and how it is liked."""

from functools import partial
from typing import Any

import streamlit as st

from streamvision_web import charts, comparison, figures, sidebar, world_map
from streamvision_web.queries import content
from streamvision_web.sections import catalogue
from streamvision_web.sections.framing import changed_figure
from streamvision_web.specification import Pick
from streamvision_web.view import View


def show(view: View) -> None:
    """Draw the page."""
    totals = view.marts.row(content.TOTALS, view.filters)
    view.notice(selected=bool(totals["sessions"]))
    _figures(view, totals)
    left, right = st.columns([2, 1])
    with left:
        _map(view)
    with right:
        _devices(view)
    left, right = st.columns(2)
    with left:
        catalogue.genres(view)
    with right:
        catalogue.titles(view)
    left, right = st.columns(2)
    with left:
        catalogue.scatter(view)
    with right:
        catalogue.long_tail(view)
    catalogue.abandonment(view)
    catalogue.table(view)


def _figures(view: View, totals: dict[str, Any]) -> None:
    language, filters = view.language, view.filters
    before = comparison.days_before(view)
    viewers = view.marts.row(content.UNIQUE_VIEWERS, filters)["unique_viewers"]
    rating = view.marts.row(content.RATING, filters)["average_rating"]
    earlier: dict[str, Any] = {}
    if before is not None:
        for query in (content.TOTALS, content.UNIQUE_VIEWERS, content.RATING):
            earlier |= view.marts.row(query, before)
    more = partial(comparison.relative, language=language, better=1)
    completion = totals["completion_rate"]
    with st.container(key="figures", gap="small"):
        columns = st.columns(5)
        with columns[0]:
            change = more(viewers, earlier.get("unique_viewers"))
            changed_figure(view, "unique-viewers", viewers, change, content.UNIQUE_VIEWERS)
        with columns[1]:
            change = more(totals["sessions"], earlier.get("sessions"))
            changed_figure(view, "sessions", totals["sessions"], change, content.TOTALS)
        with columns[2]:
            seconds = totals["watch_seconds"]
            change = more(seconds, earlier.get("watch_seconds"))
            changed_figure(view, "watch-time", seconds, change, content.TOTALS)
        with columns[3]:
            change = comparison.points(completion, earlier.get("completion_rate"), language, 1)
            changed_figure(view, "completion-rate", completion, change, content.TOTALS)
        with columns[4]:
            change = comparison.difference(rating, earlier.get("average_rating"), language, 1)
            changed_figure(view, "average-rating", rating, change, content.RATING)
        st.caption(comparison.comparison_note(view, before))


def _map(view: View) -> None:
    with view.visual(
        "map-sessions-by-country", view.text("map"), metrics=("sessions",), hint=view.text("map_hint")
    ):
        region = st.segmented_control(
            view.text("map_region"),
            list(world_map.LOOKS),
            default="world",
            required=True,
            format_func=partial(view.language.label, "region"),
            key=f"map-region-{view.language.code}",
            label_visibility="collapsed",
        )
        rows = figures.on_map(view.rows(content.SESSIONS_BY_COUNTRY), view.language)
        drawn = world_map.world_map(rows, view.language, world_map.LOOKS[region or "world"])
        view.chart(drawn, rows, pick=Pick("countries", "country_code"))
        missing = figures.not_on_map(rows, world_map.drawn_countries(), view.language)
        if missing:
            st.text(view.text("map_missing", countries=missing))
        if view.filters.countries:
            st.button(
                view.text("clear_countries"), on_click=sidebar.set_countries, args=([],), key="map-clear"
            )


def _devices(view: View) -> None:
    with view.visual("device-split", view.text("device_chart"), metrics=("sessions",)):
        rows = view.rows(content.SESSIONS_BY_DEVICE)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        drawn = figures.with_columns(
            rows,
            label=lambda row: language.label("device", row["device_type"]),
            value=lambda row: row["sessions"],
            written=lambda row: language.percent(row["share"]),
            count=lambda row: language.number(row["sessions"]),
        )
        tooltip = {
            "label": view.text("device"),
            "count": view.text("sessions"),
            "written": view.text("share"),
        }
        height = world_map.HEIGHT + 2 * charts.WITH_CONTROL
        chart = charts.bars(drawn, language, axis=view.text("sessions"), tooltip=tooltip, height=height)
        return view.chart(chart, rows, pick=Pick("devices", "device_type"))
