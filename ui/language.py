"""The switch between English and Chinese, at the foot of the sidebar."""

from __future__ import annotations

import streamlit as st

from .state import PageState
from .texts import LANGUAGES, phrase

__all__ = ["language_switch"]


def language_switch(state: PageState) -> None:
    """Draw it; the next run speaks the language that was chosen."""

    def switch() -> None:
        chosen = st.session_state.get("language")
        if chosen is not None:
            state.language = chosen

    with st.sidebar:
        st.segmented_control(
            phrase(state.language, "language"),
            list(LANGUAGES),
            default=state.language,
            format_func=LANGUAGES.__getitem__,
            key="language",
            on_change=switch,
            label_visibility="collapsed",
            required=True,
        )
