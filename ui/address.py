"""The page's address names the open conversation, so that a reload comes back to it."""

from __future__ import annotations

import re

import streamlit as st

__all__ = ["keep_in_address", "named_in_address"]

_NAME = "chat"
_FORM = re.compile(r"[0-9a-f]{32}\Z")


def named_in_address() -> str:
    """The conversation that the address names; "" for none. Whose it is, is not known of it."""
    found = st.query_params.get(_NAME, "")
    return found if _FORM.match(found) else ""


def keep_in_address(session: str) -> None:
    """Let the address name this conversation, "" none."""
    if session and st.query_params.get(_NAME) != session and _FORM.match(session):
        st.query_params[_NAME] = session
    elif not session and _NAME in st.query_params:
        del st.query_params[_NAME]
