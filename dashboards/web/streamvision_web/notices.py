"""What a page says about itself: its head, and why there is nothing to see."""

import streamlit as st

from streamvision.domain.errors import NothingPublishedError, StreamVisionError
from streamvision_web.language import Language
from streamvision_web.view import View

# The server leaves wide margins; nothing but our own words stands here.
_STYLE = """
<style>
.stMainBlockContainer { padding: 3rem 2.5rem 2rem; max-width: 1600px; }
</style>
"""


def style() -> None:
    """Set the margins of every page."""
    st.html(_STYLE)


def heading(name: str, view: View) -> None:
    """Show the page's title and which state of the data it shows."""
    publication, language = view.marts.publication, view.language
    with st.container(key="heading", gap="xxsmall"):
        st.markdown(f"## {view.text(f'page_{name}')}")
        st.markdown(view.text(f"lead_{name}"))
    with st.container(key="publication"):
        day, moment = language.day(publication.batch_date), language.moment(publication.published_at)
        first, last = language.day(view.filters.first_day), language.day(view.filters.last_day)
        period = view.text("period", first=first, last=last)
        st.caption(f"**{period}** · {view.text('publication', day=day, moment=moment)}")


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
