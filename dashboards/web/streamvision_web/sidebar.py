"""The sidebar: language and filters, kept while the reader goes from page to page."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import cast
from unicodedata import normalize

import streamlit as st

from streamvision_web.data_access import Marts
from streamvision_web.filters import Filters
from streamvision_web.language import LANGUAGES, Language, preferred
from streamvision_web.queries import choices

_LANGUAGE = "language"
_DAYS, _COUNTRIES, _PLANS, _GENRES = "days", "countries", "plans", "genres"


def choose_language() -> Language:
    """Show the choice of the language; at first it is the browser's."""
    if _LANGUAGE not in st.session_state:
        st.session_state[_LANGUAGE] = preferred(st.context.locale)
    with st.sidebar.container(key="language-choice"):
        st.segmented_control(
            LANGUAGES[st.session_state[_LANGUAGE]].text("language"),
            list(LANGUAGES),
            format_func=lambda code: LANGUAGES[code].name,
            key=_LANGUAGE,
            required=True,
            label_visibility="collapsed",
        )
    return LANGUAGES[st.session_state[_LANGUAGE]]


def choose_filters(marts: Marts, language: Language) -> Filters:
    """Show the filters and return what is chosen."""
    with st.sidebar.container(key="filters"):
        first_day, last_day = _choose_days(marts, language)
        names = {row["code"]: row[language.code] for row in marts.rows(choices.COUNTRIES).to_pylist()}
        countries = _choose_some(language, _COUNTRIES, names)
        plans = _choose_some(language, _PLANS, _plan_names(marts, language), in_order=True)
        codes = marts.rows(choices.GENRES)["code"].to_pylist()
        genres = _choose_some(language, _GENRES, {code: language.label("genre", code) for code in codes})
        st.button(language.text("reset"), on_click=_clear, width="stretch", key="reset")
    return Filters(first_day, last_day, countries, plans, genres)


def set_countries(codes: Sequence[str]) -> None:
    """Filter by these countries from the next run on."""
    _keep(_COUNTRIES, list(codes))


def _choose_days(marts: Marts, language: Language) -> tuple[date, date]:
    known = marts.row(choices.DAYS)
    last = max(day for day in (known["last_day"], marts.publication.batch_date) if isinstance(day, date))
    first = known["first_day"] if isinstance(known["first_day"], date) else last
    earliest = known["earliest"] if isinstance(known["earliest"], date) else first
    widget = _widget(language, _DAYS)
    kept = st.session_state.get(widget) or st.session_state.get(_kept(_DAYS)) or (first, last)
    possible = tuple(min(max(day, earliest), last) for day in kept)
    if st.session_state.get(widget) != possible:
        st.session_state[widget] = possible
    chosen = cast(
        "tuple[date, ...]",  # since its value is a pair
        st.date_input(
            language.text("days"),
            min_value=earliest,
            max_value=last,
            format="YYYY-MM-DD" if language.code == "en" else "DD/MM/YYYY",
            key=widget,
        ),
    )
    if len(chosen) < 2:  # noqa: PLR2004 - a period has two ends
        st.caption(language.text("days_unfinished"))
        return first, last
    st.session_state[_kept(_DAYS)] = chosen
    return chosen[0], chosen[1]


def _plan_names(marts: Marts, language: Language) -> dict[str, str]:
    rows = marts.rows(choices.PLANS).to_pylist()
    return {row["code"]: row["name"] or language.label("plan", row["code"]) for row in rows}


def _choose_some(
    language: Language, name: str, labels: dict[str, str], *, in_order: bool = False
) -> tuple[str, ...]:
    options = list(labels) if in_order else sorted(labels, key=_by_name(labels))
    widget = _widget(language, name)
    chosen = st.session_state.get(widget, st.session_state.get(_kept(name), ()))
    # A code that a newer publication no longer has is let go.
    if widget not in st.session_state or not labels.keys() >= set(chosen):
        st.session_state[widget] = [code for code in chosen if code in labels]
    with st.container(key=f"filter-{name}"):
        chosen = st.multiselect(
            language.text(name),
            options,
            format_func=lambda code: labels.get(code, code),
            placeholder=language.text("all"),
            key=widget,
        )
    st.session_state[_kept(name)] = chosen
    return tuple(chosen)


def _by_name(labels: dict[str, str]) -> Callable[[str], str]:
    """Order as a dictionary does: É stands beside E."""
    return lambda code: normalize("NFKD", labels[code]).encode("ascii", "ignore").decode().casefold()


def _clear() -> None:
    for name in (_DAYS, _COUNTRIES, _PLANS, _GENRES):
        _keep(name, None)


def _keep(name: str, value: object) -> None:
    """Set what is kept of a filter and forget its widgets, which then begin from it."""
    for language in LANGUAGES.values():
        st.session_state.pop(_widget(language, name), None)
    st.session_state[_kept(name)] = value or ()


def _kept(name: str) -> str:
    return f"kept-{name}"


def _widget(language: Language, name: str) -> str:
    """Name a widget. One per language: the browser knows a choice by its label."""
    return f"{name}-{language.code}"
