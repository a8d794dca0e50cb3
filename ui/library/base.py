"""The head of one knowledge base: its name, what is in it, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from rag import KnowledgeBase

from ..errors import shown_error
from ..inert import inert_label
from .view import View, open_dialog
from .words import day, megabytes

__all__ = ["draw_head"]


def draw_head(view: View, kb: KnowledgeBase) -> None:
    """Draw it; of a damaged one its problem."""
    st.subheader(inert_label(kb.name) or "?", anchor=False)
    if kb.problem:
        shown_error(view.say("library_problem"), kb.problem)
    elif kb.documents:
        st.caption(
            view.say(
                "library_facts",
                documents=kb.documents,
                pages=kb.pages,
                chunks=kb.chunks,
                size=megabytes(kb.size),
                updated=day(kb.updated),
                embedder=kb.embedder,
            )
        )
    with st.container(horizontal=True, gap="medium", key="library-actions"):
        _actions(view, kb)


def _actions(view: View, kb: KnowledgeBase) -> None:
    def export() -> None:
        view.library.export(kb)

    st.button(
        view.say("rename"),
        key="library_rename",
        icon=":material/edit:",
        type="tertiary",
        on_click=open_dialog,
        args=("rename",),
    )
    if not kb.problem:
        st.button(
            view.say("library_export"),
            key="library_export",
            icon=":material/archive:",
            type="tertiary",
            on_click=export,
        )
    if kb.own and not view.library.holds_conversations(kb):
        st.button(
            view.say("delete"),
            key="library_delete",
            icon=":material/delete:",
            type="tertiary",
            on_click=open_dialog,
            args=("delete",),
        )
