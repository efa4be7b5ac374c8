"""Visuals on the titles: what is watched for how long, how it is liked, and where it is left."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from streamvision_web import charts, curves, drill, figures, figures_content
from streamvision_web.queries import content
from streamvision_web.sections.framing import alone, missed_notes
from streamvision_web.specification import Pick
from streamvision_web.title_table import title_table
from streamvision_web.view import View

TOPS = (10, 15, 25, 50)
"""How many titles may be shown at once."""
MOST_CHOICES = 2000

TO_TITLE = Pick(drill.TITLES, "content_id")
"""A click leads to the title's page."""

_AT_FIRST = 15
_BAR = 21


def genres(view: View) -> None:
    """Draw the watch time by genre."""
    with view.visual("watch-time-by-genre", view.text("genre_chart"), metrics=("watch_time",)):
        rows = view.rows(content.WATCH_TIME_BY_GENRE)
        if not rows.num_rows:
            return view.nothing()
        language = view.language
        total = sum(rows["watch_seconds"].to_pylist()) or 1
        drawn = figures.with_columns(
            rows,
            label=lambda row: language.label("genre", row["genre"]),
            value=lambda row: row["watch_seconds"] / 3600,
            written=lambda row: language.hours(row["watch_seconds"]),
            count=lambda row: language.number(row["sessions"]),
            share=lambda row: language.percent(row["watch_seconds"] / total),
        )
        tooltip = {
            "label": view.text("genre"),
            "written": view.text("watch_time"),
            "share": view.text("share"),
            "count": view.text("sessions"),
        }
        height = charts.HEIGHT + 2 * charts.WITH_CONTROL
        chart = charts.bars(drawn, language, axis=view.text("watch_hours"), tooltip=tooltip, height=height)
        return view.chart(chart, rows, pick=Pick("genres", "genre"))


@alone
def titles(view: View) -> None:
    """Draw the watch time of the titles that are watched most, or found."""
    hint = view.text("titles_hint")
    with view.visual("watch-time-by-title", view.text("title_chart"), metrics=("watch_time",), hint=hint):
        searching, top = st.columns([1, 1])
        searched = searching.text_input(
            view.text("search"),
            placeholder=view.text("search_placeholder"),
            key=f"title-search-{view.language.code}",
            label_visibility="collapsed",
        )
        most = top.segmented_control(
            view.text("top"),
            TOPS,
            default=_AT_FIRST,
            required=True,
            format_func=str,
            key=f"title-top-{view.language.code}",
            label_visibility="collapsed",
        )
        rows = view.rows(content.WATCH_TIME_BY_TITLE, search=searched.strip(), top=most or _AT_FIRST)
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
        height = max(charts.HEIGHT, _BAR * rows.num_rows)
        chart = charts.bars(drawn, language, axis=view.text("watch_hours"), tooltip=tooltip, height=height)
        return view.chart(chart, rows, pick=TO_TITLE)


def long_tail(view: View) -> None:
    """Draw how much of the watch time how few titles hold."""
    rows = view.rows(content.LONG_TAIL)
    language = view.language
    notes: list[str] = []
    if rows.num_rows:
        first = rows.to_pylist()[0]
        share, number = language.percent(first["tail_share"]), language.number(first["titles"])
        notes = [view.text("long_tail_note", share=share, titles=number)]
    with view.visual("long-tail", view.text("long_tail"), *notes, metrics=("long_tail_share",)):
        if not rows.num_rows:
            return view.nothing()
        name = view.text("long_tail")
        chart = curves.shares(
            figures_content.long_tail(rows, name, language),
            language,
            axes=(view.text("titles_by_watch_time"), view.text("share_of_watch_time")),
            tooltip={
                "across_written": view.text("titles_counted"),
                "written": view.text("share_of_watch_time"),
            },
            colours={name: charts.BLUE},
            mark=(0.2, view.text("head_of_titles")),
        )
        return view.chart(chart, rows)


def scatter(view: View) -> None:
    """Draw completion against rating, a circle per title."""
    notes = [
        view.text(
            "scatter_note",
            ratings=figures_content.LEAST_RATINGS,
            sessions=figures_content.LEAST_VALID_SESSIONS,
        ),
        *missed_notes(view, content.TITLES),
    ]
    metrics, hint = ("completion_rate", "average_rating"), view.text("titles_hint")
    with view.visual("completion-against-rating", view.text("scatter"), *notes, metrics=metrics, hint=hint):
        rows = view.rows(content.TITLES, search="", top=MOST_CHOICES)
        drawn = figures_content.rated_titles(rows, view.language)
        if not drawn.num_rows:
            return view.nothing()
        chart = curves.scatter(
            drawn,
            view.language,
            axes=(view.text("completion_rate"), view.text("rating_column")),
            size=view.text("sessions"),
            tooltip={
                "title": view.text("title"),
                "completion": view.text("completion_rate"),
                "rating": view.text("rating_column"),
                "rated": view.text("ratings"),
                "count": view.text("sessions"),
            },
            middles=figures_content.middles(drawn),
            ends=figures_content.ends(drawn),
            height=charts.HEIGHT,
        )
        return view.chart(chart, rows, pick=TO_TITLE)


@alone
def abandonment(view: View) -> None:
    """Draw how far the plays of a chosen title come, beside those of all."""
    metrics = ("reached_share",)
    with view.visual(
        "abandonment", view.text("reached_share"), view.text("abandonment_note"), metrics=metrics
    ):
        names = title_names(view)
        if not names:
            return view.nothing()
        chosen = st.selectbox(
            view.text("choose_title"),
            list(names),
            format_func=lambda key: names.get(key, ""),
            key=f"abandonment-title-{view.language.code}",
            label_visibility="collapsed",
        )
        return abandonment_curve(view, chosen, names[chosen])


def abandonment_curve(view: View, content_id: int, name: str) -> None:
    """Draw how far the plays of a title come, beside those of all titles."""
    rows = view.rows(content.ENDED_AT_PERCENT, content_id=content_id)
    # A title may be called as the words for all of them are.
    everything = view.text("all_titles")
    words = {"chosen": name if name != everything else f"{name} ", "everything": everything}
    drawn = figures_content.reached(rows, words, view.language)
    if not drawn.num_rows or not sum(rows["chosen"].to_pylist()):
        view.nothing()
        return
    chart = curves.shares(
        drawn,
        view.language,
        axes=(view.text("played_share"), view.text("plays_that_reached")),
        tooltip={
            "series": view.text("title"),
            "across_written": view.text("played_share"),
            "written": view.text("plays_that_reached"),
            "plays": view.text("sessions"),
        },
        colours=dict(zip(words.values(), curves.SERIES_COLOURS, strict=True)),
    )
    view.chart(chart, drawn.select(["series", "across", "value", "plays"]))


def title_names(view: View) -> Mapping[int, str]:
    """Return the titles that can be chosen, those watched most first, with names that tell them apart."""
    rows: list[dict[str, Any]] = view.marts.rows(content.CHOICES_OF_TITLES, top=MOST_CHOICES).to_pylist()
    return {row["content_id"]: row["title"] for row in rows}


@alone
def table(view: View) -> None:
    """Show ratings and completion by title."""
    metrics = ("average_rating", "completion_rate", "completed_share")
    notes = missed_notes(view, content.TITLES)
    with view.visual("titles-table", view.text("titles_table"), *notes, metrics=metrics):
        title_table(view)
