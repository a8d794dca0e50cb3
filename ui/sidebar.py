"""The sidebar: language, view, this visitor's conversations, and the upload."""

from __future__ import annotations

import streamlit as st

from rag import Assistant

from .inert import inert_label
from .library_page import upload_form
from .state import PageState
from .texts import LANGUAGES, phrase

__all__ = ["sidebar"]

SHOWN_SESSIONS = 30
_VIEWS = ("chat", "library")


def sidebar(assistant: Assistant, state: PageState) -> str:
    """Draw it, do what was pressed, and return the view that is wanted."""
    languages = list(LANGUAGES)
    state.language = st.selectbox(
        phrase(state.language, "language"),
        languages,
        index=languages.index(state.language),
        format_func=LANGUAGES.__getitem__,
        key="language",
    )
    view = st.radio(
        phrase(state.language, "view"),
        _VIEWS,
        format_func=lambda name: phrase(state.language, name),
        key="view",
        horizontal=True,
    )
    upload_form(assistant, state.language)
    _sessions(assistant, state)
    return view or "chat"


def _sessions(assistant: Assistant, state: PageState) -> None:
    if st.button(phrase(state.language, "new_chat"), key="new", width="stretch"):
        state.begin()
    st.caption(phrase(state.language, "chats"))
    for info in assistant.sessions()[:SHOWN_SESSIONS]:
        title = inert_label(info.title) or phrase(state.language, "untitled")
        chosen = info.session == state.session
        if st.button(
            title,
            key=f"session {info.session}",
            type="primary" if chosen else "secondary",
            width="stretch",
        ):
            state.reload(assistant, info.session)
