"""The table of titles: sorts by its numbers, writes them in the reader's language."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import pandas as pd
import streamlit as st

from streamvision_web import drill
from streamvision_web.queries import content
from streamvision_web.view import View

Format: TypeAlias = str | Callable[[Any], str] | None

MOST_ROWS = 2000
_HEIGHT = 420
_KEY = "titles"
_PIXELS = (215, 105, 110)


def title_table(view: View) -> None:
    """Show ratings and completion by title, with a search."""
    searched = st.text_input(
        view.text("search"),
        placeholder=view.text("search_placeholder"),
        key=f"table-search-{view.language.code}",
        label_visibility="collapsed",
    )
    rows = view.rows(content.TITLES, search=searched.strip(), top=MOST_ROWS)
    if not rows.num_rows:
        view.nothing()
        return
    found, shown = rows["found"][0].as_py(), view.language.number(rows.num_rows)
    note = "titles_note" if found == rows.num_rows else "titles_cut"
    st.caption(view.text(note, found=view.language.number(found), shown=shown))
    keys = rows["content_id"].to_pylist()
    table, formats = _translated(
        view, rows.drop_columns(["found", "content_id", "valid_sessions"]).to_pandas()
    )
    # Written in the chosen language; what is sorted are the numbers themselves.
    view.table(
        table,
        formats,
        column_config=_widths(table),
        height=_HEIGHT,
        key=_KEY,
        on_select=partial(_to_title, keys),
        selection_mode="single-row",
    )


def _to_title(keys: list[int]) -> None:
    """Go to the page of the title in the row that was chosen."""
    for place in st.session_state[_KEY]["selection"]["rows"]:
        drill.ask(keys[place])


def _widths(table: pd.DataFrame) -> dict[Any, Any]:
    return {head: st.column_config.Column(width=pixels) for head, pixels in zip(table, _PIXELS, strict=False)}


def _translated(view: View, table: pd.DataFrame) -> tuple[pd.DataFrame, dict[Any, Format]]:
    language = view.language
    table["content_type"] = [language.label("content_type", code) for code in table["content_type"]]
    table["genre"] = [language.label("genre", code) for code in table["genre"]]
    heads = {
        "title": view.text("title"),
        "content_type": view.text("type"),
        "genre": view.text("genre"),
        "sessions": view.text("sessions"),
        "watch_hours": view.text("hours"),
        "average_rating": view.text("rating_column"),
        "ratings": view.text("ratings"),
        "completion_rate": view.text("completion_rate"),
        "completed_share": view.text("completed_share"),
    }
    formats: dict[Any, Format] = {
        heads["sessions"]: language.number,
        heads["watch_hours"]: lambda hours: language.number(hours, 1),
        heads["average_rating"]: lambda rating: language.number(rating, 2),
        heads["ratings"]: language.number,
        heads["completion_rate"]: language.percent,
        heads["completed_share"]: language.percent,
    }
    return table.rename(columns=heads), formats
