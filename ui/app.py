"""The page that `rag ui` starts: it puts the parts together and holds no logic of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from rag import ConversationError, IngestError, RagError
from ui.afterwards import told
from ui.chat_page import chat_page
from ui.components.sessions import reopen_session, sessions_sidebar
from ui.errors import shown_error
from ui.guard import show_failure
from ui.language import language_switch
from ui.library_page import library_page
from ui.memory_page import memory_page
from ui.models_page import models_page
from ui.options import read_options
from ui.shared import Shared, open_shared
from ui.state import PageState, first_choices, page_state
from ui.texts import phrase
from ui.visitor import remember_visitor, visitor

__all__ = ["main"]

_Layout = Literal["centered", "wide"]
_PAGES: dict[str, tuple[Callable[[Shared, PageState], None], str, _Layout]] = {
    "chat": (chat_page, ":material/forum:", "centered"),
    "library": (library_page, ":material/library_books:", "wide"),
    "memory": (memory_page, ":material/history_edu:", "centered"),
    "models": (models_page, ":material/neurology:", "wide"),
}


def main() -> None:
    """Draw the page once; Streamlit calls it at every action."""
    options = read_options(sys.argv[1:])
    state = page_state(visitor(), first_choices(options))
    st.html(Path(__file__).with_name("style.css"))
    remember_visitor(state.secret)
    try:
        shared = open_shared(options)
    except (RagError, IngestError, ConversationError) as error:
        shown_error(phrase(state.language, "not_opened"), error)
        return
    try:
        _draw(shared, state)
    except ConversationError as error:
        shown_error(phrase(state.language, "failed"), error)


def _draw(shared: Shared, state: PageState) -> None:
    pages = {
        name: st.Page(
            partial(draw, shared, state),
            title=phrase(state.language, name),
            icon=icon,
            url_path=name,
            default=name == "chat",
        )
        for name, (draw, icon, _) in _PAGES.items()
    }
    state.chat = pages["chat"]
    # Before the navigation, whose icon the browser would fetch from Google for the window's title.
    st.set_page_config(page_title="Recollect", page_icon="📖")
    chosen = st.navigation([*pages.values()], position="top")
    layout = next(_PAGES[name][2] for name, page in pages.items() if page is chosen)
    st.set_page_config(layout=layout)
    told(state)
    show_failure(state)
    reopen_session(shared, state)
    sessions_sidebar(shared, state)
    if state.to_chat:
        state.to_chat = False
        if chosen is not pages["chat"]:
            st.switch_page(pages["chat"])
    chosen.run()
    language_switch(state)


if __name__ == "__main__":
    main()
