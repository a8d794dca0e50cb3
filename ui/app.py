"""The page that `rag ui` starts: it puts the parts together and holds no logic of its own."""

from __future__ import annotations

import sys

import streamlit as st

from rag import ConversationError, IngestError, RagError
from ui.chat_page import chat_page
from ui.knowledge import Opened, open_knowledge
from ui.library_page import library_page
from ui.options import read_options
from ui.sidebar import sidebar
from ui.state import PageState, page_state
from ui.texts import phrase

__all__ = ["main"]


def main() -> None:
    """Draw the page once; Streamlit calls it at every action."""
    st.set_page_config(page_title="Recollect", page_icon="📖")
    state = page_state()
    try:
        opened = open_knowledge(read_options(sys.argv[1:]))
    except (RagError, IngestError, ConversationError) as error:
        st.error(phrase(state.language, "not_opened"))
        st.text(str(error))
        return
    _draw(opened, state)


def _draw(opened: Opened, state: PageState) -> None:
    assistant = opened.assistant.for_user(state.user)
    with st.sidebar:
        view = sidebar(assistant, state)
    st.title("Recollect")
    st.caption(phrase(state.language, "tagline"))
    if opened.problem:
        st.warning(phrase(state.language, "no_model"))
        st.text(opened.problem)
    if view == "library":
        library_page(assistant, state.language)
    else:
        chat_page(assistant, state)


if __name__ == "__main__":
    main()
