"""The web dashboards. `streamvision dashboard` serves them on this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

from streamvision.domain.errors import NothingPublishedError, StreamVisionError
from streamvision_web import choosing, look, notices
from streamvision_web.data_access import Marts, open_publication
from streamvision_web.language import Language
from streamvision_web.login import admitted
from streamvision_web.pages import content_performance, failing_tests, subscriptions_engagement
from streamvision_web.sidebar import choose_filters, choose_language, possible_choices
from streamvision_web.view import View

_ICON = Path(__file__).parent / "assets" / "icon.svg"


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="StreamVision", page_icon=str(_ICON), layout="wide")
    st.logo(str(_ICON), size="large")
    look.style()
    choosing.adopt_address()
    language = choose_language()
    if not admitted(language):
        return
    try:
        _draw(open_publication(), language)
    except NothingPublishedError as error:
        notices.unpublished(error, language)
    except StreamVisionError as error:
        notices.failed(error, language)


def _draw(marts: Marts, language: Language) -> None:
    possible = possible_choices(marts, language)
    refused = choosing.settle(possible)
    view = View(marts, choose_filters(possible, language), language)
    choosing.show_in_address(view.filters, possible)

    def above() -> None:
        notices.refused(refused, language)
        notices.in_force(view, possible)

    pages = [
        _page("content", "content-performance", content_performance.show, view, above),
        _page("engagement", "subscriptions-engagement", subscriptions_engagement.show, view, above),
        # Messages lead there; to readers of figures it says nothing.
        _page("failing", "failing-tests", failing_tests.show, view, above, visibility="hidden"),
    ]
    page = st.navigation(pages)
    look.choose_look(language, [f"/{each.url_path}" for each in pages])
    page.run()
    if marts.outdated():
        # What was read in between may be of the new publication; one page shows one state.
        st.rerun()


def _page(
    name: str,
    path: str,
    show: Callable[[View], None],
    view: View,
    above: Callable[[], None],
    visibility: Literal["visible", "hidden"] = "visible",
) -> st.Page:
    def draw() -> None:
        notices.heading(name, view)
        above()
        show(view)

    title = view.text(f"page_{name}")
    return st.Page(draw, title=title, url_path=path, default=name == "content", visibility=visibility)


main()
