"""Light and dark: charts are drawn in light colours, and painted over where the reader's page is dark."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import streamlit as st

Theme: TypeAlias = Literal["light", "dark"]

DARK: Mapping[str, str] = {
    # Ink, muted ink and lines.
    "#1c2733": "#e9eff5",
    "#5b6875": "#aebbc7",
    "#e3e8ee": "#2b3947",
    "white": "#0f1720",
    "#ffffff": "#0f1720",
    # The map's sea, and land where nobody watches.
    "#f3f6f9": "#16212c",
    "#d5dce4": "#33414f",
    # Few to many: on a dark page, many shines.
    "#cfe3f5": "#1d4263",
    "#5aa2d8": "#2f7ab6",
    "#0b4f8a": "#69b3ea",
    "#06284a": "#d9edff",
    # Series: the same hues, a little lighter.
    "#0072b2": "#2f8fd0",
    "#56b4e9": "#a6dbf7",
    "#8c96a1": "#9aa5b1",
}

"""Colour on a dark page by colour on a light one."""

_NOT_DRAWN = frozenset({"data", "datasets"})


def current() -> Theme:
    """Return the theme of the reader's page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def paint(drawn: Any, theme: Theme) -> Any:  # noqa: ANN401 - a part of a specification is any JSON
    """Return a chart's specification in the colours of a theme; the data stay as they are."""
    if theme == "light":
        return drawn
    if isinstance(drawn, dict):
        return {name: value if name in _NOT_DRAWN else paint(value, theme) for name, value in drawn.items()}
    if isinstance(drawn, list):
        return [paint(value, theme) for value in drawn]
    return DARK.get(drawn.lower(), drawn) if isinstance(drawn, str) else drawn
