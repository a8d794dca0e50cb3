"""A conversation in; the chat page with it open out."""

from __future__ import annotations

import streamlit as st

from ..components.sessions import open_session
from ..shared import Shared
from ..state import PageState

__all__ = ["open_in_chat"]


def open_in_chat(shared: Shared, state: PageState, session: str) -> None:
    """Open it with what it was last asked with, and go there."""
    open_session(shared, state, session)
    if state.chat is not None:
        st.switch_page(state.chat)
