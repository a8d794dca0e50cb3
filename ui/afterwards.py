"""What was done is told after the page is drawn anew: a phrase in, a brief message out."""

from __future__ import annotations

import streamlit as st

from .state import PageState
from .texts import phrase

__all__ = ["tell_and_redraw", "told"]

_KEY = "afterwards"


def tell_and_redraw(key: str, **values: float | str) -> None:
    """Draw the page anew, and say this phrase on it; see `phrase`."""
    st.session_state[_KEY] = (key, values)
    st.rerun()


def told(state: PageState) -> None:
    """Say what the last run wanted told."""
    waiting = st.session_state.pop(_KEY, None)
    if waiting is not None:
        key, values = waiting
        st.toast(phrase(state.language, key, **values), icon=":material/check:")
