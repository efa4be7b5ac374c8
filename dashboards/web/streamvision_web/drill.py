"""Leads from a mark, or a row, to the page on the title behind it."""

import streamlit as st

TITLES = "titles"
"""What a click picks where it leads to a title instead of setting a filter."""

PARAMETER = "title"
"""The name in the address that says which title the page is on."""

_ASKED, _PAGE = "title-asked", "title-page"


def lead_to(page: st.Page) -> None:
    """Keep the page on a title, as it is named in this run."""
    st.session_state[_PAGE] = page


def ask(content_id: int) -> None:
    """Go to a title's page in the next run."""
    st.session_state[_ASKED] = content_id


def is_asked() -> bool:
    """Say whether a click leads to a title's page."""
    return _ASKED in st.session_state


def follow() -> None:
    """Go where a click leads, if there was one."""
    asked = st.session_state.pop(_ASKED, None)
    if asked is not None:
        st.switch_page(st.session_state[_PAGE], query_params={PARAMETER: str(asked)})


def shown_title() -> int | None:
    """Return the key of the title that the address names; None where it names none."""
    written = st.query_params.get(PARAMETER, "")
    # Larger numbers are no key of any warehouse.
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None  # noqa: PLR2004


def choose(content_id: int | None) -> None:
    """Let the address name a title, or none."""
    if content_id is None:
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = str(content_id)
