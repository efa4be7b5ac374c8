"""What a page says about itself: its head, and why there is nothing to see."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from streamvision.domain.errors import NothingPublishedError, StreamVisionError
from streamvision_web import choosing
from streamvision_web.choosing import Choices
from streamvision_web.filters import Filters
from streamvision_web.language import Language
from streamvision_web.markdown import plain
from streamvision_web.view import View


def heading(name: str, view: View) -> None:
    """Show the page's title and which state of the data it shows."""
    publication, language = view.marts.publication, view.language
    with st.container(key="heading", gap="xxsmall"):
        st.markdown(f"## {view.text(f'page_{name}')}")
        st.markdown(view.text(f"lead_{name}"))
    with st.container(key="publication"):
        day, moment = language.day(publication.batch_date), language.moment(publication.published_at)
        st.caption(f"**{view.period()}** · {view.text('publication', day=day, moment=moment)}")


def in_words(filters: Filters, choices: Choices, language: Language) -> list[str]:
    """Return the filters in force other than the days, one a line."""
    return [
        language.text(
            "chip",
            name=language.text(name),
            value=", ".join(choices.labels[name].get(code, code) for code in getattr(filters, name)),
        )
        for name in choosing.NAMES
        if getattr(filters, name)
    ]


def in_force(view: View, choices: Choices) -> None:
    """Show each filter in force, with the click that takes it away."""
    with st.container(horizontal=True, key="in-force", gap="xsmall"):
        if (view.filters.first_day, view.filters.last_day) != choices.whole:
            _chip(view, "days", view.period(), choosing.clear_days)
        for name in choosing.NAMES:
            for code in getattr(view.filters, name):
                _chip(view, name, choices.labels[name].get(code, code), partial(choosing.drop, name, code))


def _chip(view: View, name: str, value: str, take_away: Callable[[], None]) -> None:
    words = view.text("chip", name=view.text(f"one_{name}"), value=value)
    st.button(
        plain(words),
        key=f"chip-{name}-{value}",
        icon=":material/close:",
        icon_position="right",
        on_click=take_away,
    )


def refused(parts: Sequence[str], language: Language) -> None:
    """Say which parts of the address were left out."""
    with st.container(key="refused"):
        if parts:
            st.warning(language.text("refused", parts=plain(", ".join(parts))))


def unpublished(error: NothingPublishedError, language: Language) -> None:
    """Say that no run has published yet, and which command does."""
    with st.container(key="nothing-published"):
        st.markdown(f"## {language.text('unpublished')}")
        st.markdown(language.text("unpublished_next"))
        st.code(error.next_command, language=None)


def failed(error: StreamVisionError, language: Language) -> None:
    """Say what failed and what to do, in the words of the error."""
    with st.container(key="failed"):
        st.markdown(f"## {language.text('failed')}")
        st.text(error.what)
        st.markdown(language.text("failed_next"))
        st.code(error.next_command, language=None)
