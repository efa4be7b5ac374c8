"""The web dashboards. `streamvision dashboard` serves them on this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

from streamvision.domain.errors import NothingPublishedError, StreamVisionError
from streamvision.pipeline.notify.messages import FAILURES_PAGE
from streamvision_web import choosing, drill, look, notices
from streamvision_web.data_access import Marts, open_publication
from streamvision_web.language import Language
from streamvision_web.login import admitted
from streamvision_web.pages import content_performance, data_health, subscriptions_engagement, title
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
        of_title := _page("title", "title", title.show, view, above),
        _page("health", "data-health", data_health.show, view, above),
        # The messages of failed runs lead there.
        _page("health", FAILURES_PAGE, data_health.show, view, above, visibility="hidden"),
    ]
    drill.lead_to(of_title)
    drill.follow()
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
