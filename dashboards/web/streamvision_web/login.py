"""Who may look: nobody without a login, where the server was told to ask for one."""

import os
from collections.abc import Mapping

import streamlit as st

from streamvision_web import look
from streamvision_web.language import Language
from streamvision_web.markdown import plain

_REQUIRED = "STREAMVISION_LOGIN_REQUIRED"
_ALLOW = "STREAMVISION_LOGIN_ALLOW"


def admitted(language: Language) -> bool:
    """Say whether the reader may look, and ask for a login where they may not yet."""
    if not os.environ.get(_REQUIRED):
        return True
    user = dict(st.user)
    if not user.get("is_logged_in"):
        _ask(language)
        return False
    mail = str(user.get("email") or "")
    may_look = allowed(user, os.environ.get(_ALLOW, ""))
    with st.sidebar.container(key="login"):
        st.caption(plain(mail))
        st.button(language.text("log_out"), on_click=st.logout, width="stretch", key="log-out")
    if not may_look:
        with st.container(key="not-admitted"):
            st.markdown(f"## {language.text('not_admitted')}")
            st.text(language.text("not_admitted_next", mail=mail))
    return may_look


def allowed(user: Mapping[str, object], allow: str) -> bool:
    """Say whether someone who is logged in may look.

    Args:
        user: what the provider says of them.
        allow: addresses of mail, `@domain` or `*`, with commas between; nobody where it is empty.

    """
    rules = {rule.strip().casefold() for rule in allow.split(",") if rule.strip()}
    if "*" in rules:
        return True
    mail = str(user.get("email") or "").casefold()
    # A provider that lets people name any address says so; what it does not vouch for, does not count.
    if not mail or str(user.get("email_verified", "true")).casefold() == "false":
        return False
    return mail in rules or f"@{mail.rpartition('@')[2]}" in rules


def _ask(language: Language) -> None:
    with st.container(key="ask-login"):
        st.markdown(f"## {language.text('log_in_first')}")
        st.markdown(language.text("log_in_why"))
        st.button(language.text("log_in"), on_click=st.login, type="primary", key="log-in")
    look.remember_view()
