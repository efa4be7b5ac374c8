"""The page on content: what is watched, where, on what, and how it is liked."""

from functools import partial
from typing import Any

import streamlit as st

from streamvision_web import charts, figures, sidebar, world_map
from streamvision_web.queries import content
from streamvision_web.title_table import title_table
from streamvision_web.view import View

TOP_TITLES = 15
_MAP = "map"


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
        _genres(view)
    with right:
        _titles(view)
    _table(view)


def _figures(view: View, totals: dict[str, Any]) -> None:
    values = {
        "unique_viewers": view.marts.row(content.UNIQUE_VIEWERS, view.filters)["unique_viewers"],
        "sessions": totals["sessions"],
        "watch_time": totals["watch_seconds"],
        "completion_rate": totals["completion_rate"],
        "average_rating": view.marts.row(content.RATING, view.filters)["average_rating"],
    }
    for column, (name, value) in zip(st.columns(len(values)), values.items(), strict=True):
        with column:
            view.figure(name.replace("_", "-"), value, name=name)


def _map(view: View) -> None:
    with view.visual("map-sessions-by-country", view.text("map"), view.text("map_note")):
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
        st.vega_lite_chart(
            world_map.world_map(rows, view.language, world_map.LOOKS[region or "world"]),
            width="stretch",
            theme=None,
            key=_MAP,
            on_select=_filter_by_click,
            selection_mode=world_map.SELECTION,
        )
        missing = figures.not_on_map(rows, world_map.drawn_countries(), view.language)
        if missing:
            st.text(view.text("map_missing", countries=missing))
        if view.filters.countries:
            st.button(
                view.text("clear_countries"), on_click=sidebar.set_countries, args=([],), key="map-clear"
            )


def _filter_by_click() -> None:
    """Take the countries that were clicked over into the filter."""
    clicked = st.session_state[_MAP]["selection"].get(world_map.SELECTION, [])
    codes = [point["country_code"] for point in clicked if point.get("country_code")]
    # The browser also reports that a redrawn map has nothing selected; the filter stays then.
    if codes:
        sidebar.set_countries(codes)


def _devices(view: View) -> None:
    with view.visual("device-split", view.text("device_chart")):
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
        return view.chart(chart)


def _genres(view: View) -> None:
    with view.visual("watch-time-by-genre", view.text("genre_chart")):
        rows = view.rows(content.WATCH_TIME_BY_GENRE)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        drawn = figures.with_columns(
            rows,
            label=lambda row: language.label("genre", row["genre"]),
            value=lambda row: row["watch_seconds"] / 3600,
            written=lambda row: language.hours(row["watch_seconds"]),
            count=lambda row: language.number(row["sessions"]),
        )
        tooltip = {
            "label": view.text("genre"),
            "written": view.text("watch_time"),
            "count": view.text("sessions"),
        }
        height = charts.HEIGHT + charts.WITH_CONTROL
        chart = charts.bars(drawn, language, axis=view.text("watch_hours"), tooltip=tooltip, height=height)
        return view.chart(chart)


def _titles(view: View) -> None:
    with view.visual("watch-time-by-title", view.text("title_chart", top=TOP_TITLES)):
        searched = st.text_input(
            view.text("search"),
            placeholder=view.text("search_placeholder"),
            key=f"title-search-{view.language.code}",
            label_visibility="collapsed",
        )
        rows = view.rows(content.WATCH_TIME_BY_TITLE, search=searched.strip(), top=TOP_TITLES)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        drawn = figures.with_columns(
            rows,
            label=lambda row: row["title"],
            value=lambda row: row["watch_seconds"] / 3600,
            written=lambda row: language.hours(row["watch_seconds"]),
            genre_written=lambda row: language.label("genre", row["genre"]),
            count=lambda row: language.number(row["sessions"]),
        )
        tooltip = {
            "label": view.text("title"),
            "genre_written": view.text("genre"),
            "written": view.text("watch_time"),
            "count": view.text("sessions"),
        }
        return view.chart(charts.bars(drawn, language, axis=view.text("watch_hours"), tooltip=tooltip))


def _table(view: View) -> None:
    with view.visual("titles-table", view.text("titles_table")):
        title_table(view)
