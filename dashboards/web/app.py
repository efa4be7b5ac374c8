"""The web dashboards. `streamvision dashboard` serves them on this machine."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from streamvision.domain.errors import NothingPublishedError, StreamVisionError
from streamvision_web import choosing, drill, look, notices, site
from streamvision_web.data_access import Marts, open_publication
from streamvision_web.language import Language
from streamvision_web.login import admitted
from streamvision_web.sidebar import choose_filters, choose_language, possible_choices
from streamvision_web.site import PageOf
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
    filters = choose_filters(possible, language)
    view = View(marts, filters, language, notices.in_words(filters, possible, language))
    choosing.show_in_address(view.filters, possible)

    def above() -> None:
        notices.refused(refused, language)
        notices.in_force(view, possible)

    pages = {page.path: _page(page, view, above) for page in site.PAGES}
    drill.lead_to(pages[site.TITLE.path])
    drill.follow()
    page = st.navigation(list(pages.values()))
    look.choose_look(language, ["/", *(f"/{path}" for path in pages)])
    page.run()
    if marts.outdated():
        # What was read in between may be of the new publication; one page shows one state.
        st.rerun()


def _page(page: PageOf, view: View, above: Callable[[], None]) -> st.Page:
    def draw() -> None:
        notices.heading(page.name, view)
        above()
        page.show(view)

    return st.Page(
        draw,
        title=view.text(f"page_{page.name}"),
        url_path=page.path,
        default=page is site.FIRST,
        visibility="hidden" if page.hidden else "visible",
    )


main()
