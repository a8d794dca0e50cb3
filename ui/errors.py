"""An error in; its words on the page out, as text alone."""

from __future__ import annotations

import streamlit as st

__all__ = ["shown_error"]


def shown_error(title: str, error: Exception | str) -> None:
    """A title of our own, and what the error says, which may quote what came from outside."""
    with st.container(border=True, key=None):
        st.error(title)
        st.text(str(error))
