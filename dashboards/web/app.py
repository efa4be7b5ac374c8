"""The web dashboards. `streamvision dashboard` serves them on this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

from streamvision.domain.errors import NothingPublishedError, StreamVisionError
from streamvision_web import notices
from streamvision_web.data_access import Marts, open_publication
from streamvision_web.language import Language
from streamvision_web.pages import content_performance, failing_tests, subscriptions_engagement
from streamvision_web.sidebar import choose_filters, choose_language
from streamvision_web.view import View

_ICON = Path(__file__).parent / "assets" / "icon.svg"


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="StreamVision", page_icon=str(_ICON), layout="wide")
    st.logo(str(_ICON), size="large")
    notices.style()
    language = choose_language()
    try:
        _draw(open_publication(), language)
    except NothingPublishedError as error:
        notices.unpublished(error, language)
    except StreamVisionError as error:
        notices.failed(error, language)


def _draw(marts: Marts, language: Language) -> None:
    view = View(marts, choose_filters(marts, language), language)
    pages = [
        _page("content", "content-performance", content_performance.show, view),
        _page("engagement", "subscriptions-engagement", subscriptions_engagement.show, view),
        # Messages lead there; to readers of figures it says nothing.
        _page("failing", "failing-tests", failing_tests.show, view, visibility="hidden"),
    ]
    st.navigation(pages).run()
    if marts.outdated():
        # What was read in between may be of the new publication; one page shows one state.
        st.rerun()


def _page(
    name: str,
    path: str,
    show: Callable[[View], None],
    view: View,
    visibility: Literal["visible", "hidden"] = "visible",
) -> st.Page:
    def draw() -> None:
        notices.heading(name, view)
        show(view)

    title = view.text(f"page_{name}")
    return st.Page(draw, title=title, url_path=path, default=name == "content", visibility=visibility)


main()
