"""All knowledge bases, a button for each, and the ways to a further one."""

from __future__ import annotations

import streamlit as st

from rag import KnowledgeBase

from ..inert import inert_label
from .view import View, open_dialog
from .words import day, megabytes

__all__ = ["draw_shelf"]

_MOST_AT_ONCE = 7
_HEIGHT = 520  # pixels


def draw_shelf(view: View, shown: KnowledgeBase | None) -> None:
    """Draw them; the one that is shown stands out."""
    many = len(view.shelf) > _MOST_AT_ONCE
    with st.container(
        height=_HEIGHT if many else "content", border=False, gap="small", key="library-shelf"
    ):
        for kb in view.shelf:
            _entry(view, kb, chosen=shown is not None and kb.id == shown.id)
    with st.container(horizontal=True, gap="small", key="library-more"):
        st.button(
            view.say("library_new"),
            key="library_new",
            icon=":material/add:",
            type="tertiary",
            on_click=open_dialog,
            args=("create",),
        )
        st.button(
            view.say("library_import"),
            key="library_import",
            icon=":material/upload_file:",
            type="tertiary",
            on_click=open_dialog,
            args=("import",),
        )


def _entry(view: View, kb: KnowledgeBase, *, chosen: bool) -> None:
    with st.container(gap=None, key=f"library-kb-{kb.id}"):
        st.button(
            inert_label(kb.name) or "?",
            key=f"row-library-{kb.id}",
            icon=":material/error:" if kb.problem else ":material/folder:",
            type="secondary" if chosen else "tertiary",
            width="stretch",
            on_click=view.show,
            args=(kb.id,),
        )
        if kb.problem:
            st.caption(view.say("library_kb_problem"))
        elif not kb.documents:
            st.caption(view.say("library_kb_empty"))
        else:
            st.caption(
                view.say(
                    "library_kb_line",
                    documents=kb.documents,
                    chunks=kb.chunks,
                    size=megabytes(kb.size),
                    updated=day(kb.updated),
                )
            )
