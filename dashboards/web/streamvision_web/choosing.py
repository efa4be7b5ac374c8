"""What the reader has chosen, kept while they go from page to page, and mirrored in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from streamvision_web import address
from streamvision_web.filters import Filters
from streamvision_web.language import LANGUAGES, Language, preferred

DAYS = "days"
NAMES = tuple(address.LISTS)
"""The filters that are lists of codes."""

LANGUAGE = "language"
"""The name of the choice of the language in a session."""

_SHOWN, _REFUSED, _TOUCHED, _ROUND = "shown-address", "refused", "touched", "round"


@dataclass(frozen=True)
class Choices:
    """Hold what can be chosen.

    Attributes:
        whole: the period shown at first.
        possible: the first and last day that can be chosen.
        labels: by filter, the word for each code in the order shown.

    """

    whole: tuple[date, date]
    possible: tuple[date, date]
    labels: Mapping[str, Mapping[str, str]]


def adopt_address() -> None:
    """Take over what the address asks for, where it is not what this session wrote into it."""
    asked = {name: value for name, value in st.query_params.items() if name in address.OURS}
    # Where a widget was touched, the address may be that of before; a page's own link carries none.
    touched = st.session_state.pop(_TOUCHED, False)
    if asked and not touched and asked != st.session_state.get(_SHOWN):
        _adopt(address.read(asked, frozenset(LANGUAGES)))
        st.session_state[_SHOWN] = asked
    if LANGUAGE not in st.session_state:
        st.session_state[LANGUAGE] = preferred(st.context.locale)


def language() -> Language:
    """Return the language chosen."""
    return LANGUAGES[st.session_state[LANGUAGE]]


def settle(choices: Choices) -> tuple[str, ...]:
    """Let go of what cannot be chosen, and return what the address asked for in vain."""
    for name in NAMES:
        known = choices.labels[name]
        asked = kept(name) or ()
        st.session_state[_kept(name)] = tuple(code for code in asked if code in known)
        _refuse(*(address.part(address.LISTS[name], code) for code in asked if code not in known))
    first, last = kept(DAYS) or (None, None)
    earliest, latest = choices.possible
    asked_days = (first or choices.whole[0], last or choices.whole[1])
    if asked_days[0] > latest or asked_days[1] < earliest or asked_days[0] > asked_days[1]:
        ends = {address.FROM: first, address.TO: last}
        _refuse(*(address.part(name, end.isoformat()) for name, end in ends.items() if end))
        asked_days = choices.whole
    st.session_state[_kept(DAYS)] = tuple(min(max(day, earliest), latest) for day in asked_days)
    refused: tuple[str, ...] = st.session_state.get(_REFUSED, ())
    return refused


def show_in_address(filters: Filters, choices: Choices) -> None:
    """Write what is chosen into the address."""
    period = (filters.first_day, filters.last_day)
    chosen = {name: getattr(filters, name) for name in NAMES}
    ours = address.written(None if period == choices.whole else period, chosen, language().code)
    st.session_state[_SHOWN] = ours
    others = {name: value for name, value in st.query_params.items() if name not in address.OURS}
    if st.query_params.to_dict() != ours | others:
        st.query_params.from_dict(ours | others)


def round_of_marks() -> int:
    """Return a number that changes when filters are set otherwise than by a click on a mark.

    The browser remembers which marks of a chart are chosen, by the chart's key: a mark that was clicked
    before could not be clicked once more when its filter was taken away.
    """
    number: int = st.session_state.get(_ROUND, 0)
    return number


def touched(*, mark: bool = False) -> None:
    """Note that the reader has used a widget: the page, not its address, says what is chosen.

    Args:
        mark: whether it was a mark of a chart.

    """
    st.session_state[_TOUCHED] = True
    if not mark:
        st.session_state[_ROUND] = round_of_marks() + 1
    st.session_state[_REFUSED] = ()


def choose(name: str, codes: Sequence[str], *, mark: bool = False) -> None:
    """Filter by these codes from the next run on; `mark` says that marks of a chart were clicked."""
    touched(mark=mark)
    _keep(name, tuple(codes))


def drop(name: str, code: str) -> None:
    """Filter by a code no longer."""
    choose(name, [kept_code for kept_code in kept(name) or () if kept_code != code])


def clear() -> None:
    """Filter by nothing, over the whole period."""
    touched()
    clear_days()
    for name in NAMES:
        _keep(name, None)


def clear_days() -> None:
    """Show the whole period."""
    touched()
    _keep(DAYS, None)


def kept(name: str) -> Any:  # noqa: ANN401 - days or codes
    """Return what is kept of a filter, None at first."""
    return st.session_state.get(_kept(name))


def keep(name: str, value: object) -> None:
    """Keep what a filter's widget says."""
    st.session_state[_kept(name)] = value


def widget(name: str) -> str:
    """Name a widget. One per language: the browser knows a choice by its label."""
    return f"{name}-{language().code}"


def _adopt(asked: address.Asked) -> None:
    st.session_state[_ROUND] = round_of_marks() + 1
    st.session_state[_REFUSED] = ()
    _refuse(*asked.refused)
    _keep(DAYS, asked.days if any(asked.days) else None)
    for name in NAMES:
        _keep(name, asked.chosen.get(name))
    if asked.language:
        st.session_state[LANGUAGE] = asked.language


def _refuse(*parts: str) -> None:
    known = st.session_state.get(_REFUSED, ())
    st.session_state[_REFUSED] = tuple(dict.fromkeys((*known, *parts)))


def _keep(name: str, value: object) -> None:
    """Set what is kept of a filter and forget its widgets, which then begin from it."""
    for code in LANGUAGES:
        st.session_state.pop(f"{name}-{code}", None)
    st.session_state[_kept(name)] = value


def _kept(name: str) -> str:
    return f"kept-{name}"
