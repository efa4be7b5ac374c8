"""The sidebar: language, filters and look."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast
from unicodedata import normalize

import streamlit as st

from streamvision_web import choosing
from streamvision_web.choosing import Choices
from streamvision_web.data_access import Marts
from streamvision_web.filters import Filters
from streamvision_web.language import LANGUAGES, Language
from streamvision_web.queries import Query, choices


def choose_language() -> Language:
    """Show the choice of the language; at first it is the address's, else the browser's."""
    with st.sidebar.container(key="language-choice"):
        st.segmented_control(
            choosing.language().text("language"),
            list(LANGUAGES),
            format_func=lambda code: LANGUAGES[code].name,
            key=choosing.LANGUAGE,
            required=True,
            label_visibility="collapsed",
            on_change=choosing.touched,
        )
    return choosing.language()


def possible_choices(marts: Marts, language: Language) -> Choices:
    """Return what the publication lets a reader choose, in their language and order."""
    countries = {row["code"]: row[language.code] for row in marts.rows(choices.COUNTRIES).to_pylist()}
    plans = marts.rows(choices.PLANS).to_pylist()
    genres = {code: language.label("genre", code) for code in _codes(marts, choices.GENRES)}
    devices = {code: language.label("device", code) for code in _codes(marts, choices.DEVICES)}
    whole, possible = _days(marts)
    labels = {
        "countries": _by_name(countries),
        "plans": {row["code"]: row["name"] or language.label("plan", row["code"]) for row in plans},
        "genres": _by_name(genres),
        "devices": _by_name(devices),
    }
    return Choices(whole, possible, labels)


def choose_filters(possible: Choices, language: Language) -> Filters:
    """Show the filters and return what is chosen."""
    with st.sidebar.container(key="filters"):
        first_day, last_day = _choose_days(possible, language)
        chosen = {name: _choose_some(language, name, possible.labels[name]) for name in choosing.NAMES}
        st.button(language.text("reset"), on_click=choosing.clear, width="stretch", key="reset")
    return Filters(first_day, last_day, **chosen)


def default_filters(possible: Choices) -> Filters:
    """Return the filters of a reader who has chosen nothing."""
    return Filters(*possible.whole)


def set_countries(codes: Sequence[str]) -> None:
    """Filter by these countries from the next run on."""
    choosing.choose("countries", codes)


def _days(marts: Marts) -> tuple[tuple[date, date], tuple[date, date]]:
    """Return the period that is shown at first, and the days that can be chosen."""
    known = marts.row(choices.DAYS)
    last = max(day for day in (known["last_day"], marts.publication.batch_date) if isinstance(day, date))
    first = known["first_day"] if isinstance(known["first_day"], date) else last
    earliest = known["earliest"] if isinstance(known["earliest"], date) else first
    return (first, last), (earliest, last)


def _choose_days(possible: Choices, language: Language) -> tuple[date, date]:
    widget = choosing.widget(choosing.DAYS)
    earliest, last = possible.possible
    begun = st.session_state.get(widget)
    # A period of which one end is chosen is not settled yet; one that cannot be shown is.
    if not begun or any(not earliest <= day <= last for day in begun):
        st.session_state[widget] = choosing.kept(choosing.DAYS)
    chosen = cast(
        "tuple[date, ...]",  # since its value is a pair
        st.date_input(
            language.text("days"),
            min_value=earliest,
            max_value=last,
            format="YYYY-MM-DD" if language.code == "en" else "DD/MM/YYYY",
            key=widget,
            on_change=choosing.touched,
        ),
    )
    if len(chosen) < 2:  # noqa: PLR2004 - a period has two ends
        st.caption(language.text("days_unfinished"))
        return possible.whole
    choosing.keep(choosing.DAYS, chosen)
    return chosen[0], chosen[1]


def _choose_some(language: Language, name: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    widget = choosing.widget(name)
    chosen = st.session_state.get(widget, choosing.kept(name))
    # A code that a newer publication no longer has is let go.
    if widget not in st.session_state or not labels.keys() >= set(chosen):
        st.session_state[widget] = [code for code in chosen if code in labels]
    with st.container(key=f"filter-{name}"):
        chosen = st.multiselect(
            language.text(name),
            list(labels),
            format_func=lambda code: labels.get(code, code),
            placeholder=language.text("all"),
            key=widget,
            on_change=choosing.touched,
        )
    choosing.keep(name, tuple(chosen))
    return tuple(chosen)


def _codes(marts: Marts, query: Query) -> list[str]:
    return [code for code in marts.rows(query)["code"].to_pylist() if code is not None]


def _by_name(labels: Mapping[str, str]) -> dict[str, str]:
    """Order as a dictionary does: É stands beside E."""

    def spelled(code: str) -> str:
        return normalize("NFKD", labels[code]).encode("ascii", "ignore").decode().casefold()

    return {code: labels[code] for code in sorted(labels, key=spelled)}
