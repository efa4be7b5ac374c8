"""What the visuals share: notes on filters, figures with their change, and parts drawn by themselves."""

from collections.abc import Callable
from itertools import count

import streamlit as st

from streamvision_web import drill
from streamvision_web.comparison import Change
from streamvision_web.queries import Query
from streamvision_web.view import View


def missed_notes(view: View, *queries: Query) -> list[str]:
    """Return the note that names the chosen filters which do not reach these queries, if there are any."""
    names = dict.fromkeys(name for query in queries for name in query.missed(view.filters))
    if not names:
        return []
    written = ", ".join(view.language.label("filter", name) for name in names)
    return [view.text("not_filtered", filters=written)]


def changed_figure(
    view: View,
    key: str,
    value: float | None,
    change: Change | None,
    *queries: Query,
    metric: str | None = None,
    verdict: Change | None = None,
) -> None:
    """Show one big figure with its change, what is to be said of it, and which filters do not reach it.

    Args:
        view: of the page.
        key: of the figure.
        value: as its metric has it, which says how it is written.
        change: against the days before; None where there is nothing to hold it against.
        queries: those behind it.
        metric: what it is; without it, that of its key.
        verdict: words that come first, and whose colour counts.

    """
    said = [each for each in (verdict, change) if each is not None]
    words = [each.words for each in said]
    name = metric or key.replace("-", "_")
    view.figure(
        key,
        view.language.written(name, value),
        name=name,
        verdict=" · ".join(words) or None,
        colour=said[0].colour if said else "gray",
    )
    for note in missed_notes(view, *queries):
        st.caption(note)


def alone(draw: Callable[[View], None]) -> Callable[[View], None]:
    """Let a visual with controls of its own be drawn by itself when they are used."""

    def show(view: View) -> None:
        runs = count()

        @st.fragment
        def drawn() -> None:
            # The rest of the page shows the state that was published when it was drawn.
            if next(runs) and (view.marts.outdated() or drill.is_asked()):
                st.rerun()
            draw(view)

        drawn()

    return show
