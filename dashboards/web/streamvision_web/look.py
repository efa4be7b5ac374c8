"""How the pages look: their style, and the reader's choice of light or dark."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2 import component
from streamlit.components.v2.types import ComponentRenderer

from streamvision_web.language import Language

_ASSETS = Path(__file__).resolve().parent.parent / "assets"
_THEMES = {"System": "theme_system", "Light": "theme_light", "Dark": "theme_dark"}


def style() -> None:
    """Set the frame of every page, on screen and on paper."""
    st.html(f"<style>{_text('pages.css')}</style>")


def choose_look(language: Language, paths: Sequence[str]) -> None:
    """Show the choice of light or dark, and the button that prints; `paths` are those of the pages."""
    words = {theme: language.text(key) for theme, key in _THEMES.items()}
    words |= {"look": language.text("look"), "print": language.text("print")}
    # A component is registered with each server; the registration of before is replaced by the same.
    with st.sidebar.container(key="look"):
        _component()(
            key="look-switch", data={"language": language.code, "words": words, "paths": list(paths)}
        )


def remember_view() -> None:
    """Let the browser come back to this view, when its reader has logged in."""
    _component()(key="look-remember", data={"remember": True})


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    return component(
        "streamvision_look", html='<div class="look"></div>', css=_text("look.css"), js=_text("look.js")
    )


@cache
def _text(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
