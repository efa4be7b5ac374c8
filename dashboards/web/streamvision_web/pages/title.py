"""The page on one title, which the address names."""

from functools import partial
from typing import Any

import streamlit as st

from streamvision_web import comparison, drill
from streamvision_web.comparison import Change
from streamvision_web.queries import Query, content
from streamvision_web.queries import title as queries
from streamvision_web.sections import catalogue
from streamvision_web.sections import title as sections
from streamvision_web.sections.framing import changed_figure
from streamvision_web.view import View

_TOTALS, _RATING = content.TOTALS.of_title(), content.RATING.of_title()


def show(view: View) -> None:
    """Draw the page."""
    content_id = _choose(view)
    if content_id is None:
        st.info(view.text("title_none"))
        return
    found = view.marts.rows(queries.TITLE, content_id=content_id).to_pylist()
    if not found:
        st.warning(view.text("title_unknown"))
        return
    (row,) = found
    sections.head(view, row)
    _figures(view, row)
    sections.by_day(view, content_id)
    left, right = st.columns(2)
    with left:
        sections.countries(view, content_id)
    with right:
        sections.devices(view, content_id)
    left, right = st.columns(2)
    with left:
        _abandonment(view, content_id, str(row["title"]))
    with right:
        sections.scores(view, content_id)
    if row["content_type"] == "series":
        sections.episodes(view, content_id)


def _choose(view: View) -> int | None:
    """Show the choice of a title, and return the one that the address names."""
    names = catalogue.title_names(view)
    shown = drill.shown_title()
    key = f"title-choice-{view.language.code}"
    # The address is what counts: a click elsewhere, or a link that was sent, sets it.
    st.session_state[key] = shown if shown in names else None
    st.selectbox(
        view.text("title_choice"),
        list(names),
        format_func=lambda each: names.get(each, ""),
        key=key,
        placeholder=view.text("title_placeholder"),
        on_change=partial(_chosen, key),
    )
    return shown


def _chosen(key: str) -> None:
    drill.choose(st.session_state[key])


def _figures(view: View, row: dict[str, Any]) -> None:
    language, content_id = view.language, row["content_id"]
    ask = partial(_ask, view, content_id)
    before = comparison.days_before(view)
    now = ask(_TOTALS) | ask(_RATING)
    earlier: dict[str, Any] = {}
    if before is not None:
        there = view.under(before)
        earlier = _ask(there, content_id, _TOTALS) | _ask(there, content_id, _RATING)
    more = partial(comparison.relative, language=language, better=1)
    rate = now["completion_rate"]
    weighted = view.text("title_bayesian", rating=language.number(row["bayesian_rating"], 2))
    shown = (
        ("sessions", now["sessions"], more(now["sessions"], earlier.get("sessions"))),
        (
            "watch_time",
            now["watch_seconds"],
            more(now["watch_seconds"], earlier.get("watch_seconds")),
        ),
        (
            "completion_rate",
            rate,
            comparison.points(rate, earlier.get("completion_rate"), language, 1),
        ),
        ("average_rating", now["average_rating"], Change(weighted, "gray")),
        (
            "title_viewers",
            row["unique_viewers"],
            Change(view.text("over_all_time"), "gray"),
        ),
    )
    with st.container(key="figures"):
        for column, (metric, value, change) in zip(st.columns(len(shown)), shown, strict=True):
            with column:
                reads = {"average_rating": [_RATING], "title_viewers": []}.get(metric, [_TOTALS])
                key = f"title-{metric.removeprefix('title_').replace('_', '-')}"
                changed_figure(view, key, value, change, *reads, metric=metric)
        st.caption(comparison.comparison_note(view, before))


def _ask(view: View, content_id: int, query: Query) -> dict[str, Any]:
    row: dict[str, Any] = view.rows(query, content_id=content_id).to_pylist()[0]
    return row


def _abandonment(view: View, content_id: int, name: str) -> None:
    metrics, note = ("reached_share",), view.text("abandonment_note")
    with view.visual("title-abandonment", view.text("reached_share"), note, metrics=metrics):
        catalogue.abandonment_curve(view, content_id, name)
