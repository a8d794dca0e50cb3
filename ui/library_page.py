"""The library page: knowledge bases, their documents, the work on them, and a laboratory."""

from __future__ import annotations

import streamlit as st

from rag import KnowledgeBase, Library

from .library.adding import draw_adding
from .library.base import draw_head
from .library.dialogs import draw_dialog
from .library.documents import draw_documents
from .library.laboratory import draw_laboratory
from .library.shelf import draw_shelf
from .library.view import View
from .library.work import draw_work
from .shared import Shared
from .state import PageState

__all__ = ["library_page"]

_TABS = {
    "library_documents": draw_documents,
    "library_add": draw_adding,
    "library_lab": draw_laboratory,
}


def library_page(shared: Shared, state: PageState) -> None:
    """Draw it; nothing is loaded before a search or a reading asks for it."""
    library = Library(shared.desk, shared.shelf, shared.jobs)
    view = View(shared, state, library, shared.shelf.list())
    shown = view.shown
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        draw_shelf(view, shown)
    with right:
        if shown is not None:
            draw_head(view, shown)
        draw_work(view, shown)
        if shown is not None and not shown.problem:
            _tabs(view, shown)
    draw_dialog(view, shown)


def _tabs(view: View, kb: KnowledgeBase) -> None:
    """Only what the open tab holds is made."""
    key = f"library_tabs_{view.state.language}"
    tabs = st.tabs([view.say(name) for name in _TABS], key=key, on_change="rerun")
    for tab, draw in zip(tabs, _TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(view, kb)
