"""The documents of a knowledge base in a table; some chosen in it can be read again or removed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, cast

import streamlit as st

from rag import KnowledgeBase, StoredDocument, stored_documents

from ..links import is_address
from .adding import draw_adding
from .view import View, open_dialog
from .words import local_time

__all__ = ["chosen_documents", "draw_documents"]

_CHOSEN = "library_chosen"
_KINDS = {
    "application/pdf": "PDF",
    "text/html": "HTML",
    "text/markdown": "Markdown",
    "text/plain": "TXT",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
}


def draw_documents(view: View, kb: KnowledgeBase) -> None:
    """Draw them; what is chosen is kept for `chosen_documents`."""
    if not kb.documents:
        st.session_state.pop(_CHOSEN, None)
        st.caption(view.say("library_no_documents"))
        draw_adding(view, kb)
        return
    wanted = st.text_input(
        view.say("library_filter"),
        key=f"library_filter_{kb.id}",
        placeholder=view.say("library_filter"),
        icon=":material/search:",
        label_visibility="collapsed",
    )
    found = stored_documents(view.shared.desk.index(kb.path), wanted or "")
    if not found:
        st.caption(view.say("library_none_so_called"))
        chosen = []
    else:
        chosen = [found[row] for row in _table(view, kb, found) if row < len(found)]
    st.session_state[_CHOSEN] = (kb.id, chosen)
    if chosen:
        _actions(view, kb, chosen)
    elif found:
        st.caption(view.say("library_choose"))
    if len(chosen) == 1:
        _details(view, chosen[0])


def chosen_documents(kb: KnowledgeBase) -> list[StoredDocument]:
    """What is chosen in the table of this knowledge base."""
    of, chosen = st.session_state.get(_CHOSEN, ("", []))
    return list(chosen) if of == kb.id else []


def _table(view: View, kb: KnowledgeBase, found: Sequence[StoredDocument]) -> list[int]:
    """The table; a choice belongs to just these rows, and goes when they change."""
    rows = [_row(view, document) for document in found]
    words = "\n".join(f"{d.info.source} {d.info.ingested_at}" for d in found)
    revision = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    say, column = view.say, st.column_config
    state = st.dataframe(
        {name: [row[name] for row in rows] for name in rows[0]},
        key=f"library_table_{kb.id}_{revision}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt=say("library_documents"),
        column_config={
            "name": column.TextColumn(say("library_name"), width=170),
            "status": column.TextColumn(say("library_status"), width=68),
            "kind": column.TextColumn(say("library_kind"), width=78),
            "pages": column.NumberColumn(say("library_pages"), width=52),
            "chunks": column.NumberColumn(say("library_chunks"), width=60),
            "size": column.NumberColumn(say("library_size"), width=66, format="bytes"),
            "when": column.DatetimeColumn(say("library_when"), format="YYYY-MM-DD", width=88),
        },
    )
    return [int(row) for row in cast(Any, state)["selection"]["rows"]]


def _row(view: View, document: StoredDocument) -> dict[str, object]:
    info = document.info
    kind = _KINDS.get(info.media_type) or info.media_type.rpartition("/")[2]
    return {
        "name": document.name,
        "status": view.say("library_remarks" if info.notes else "library_ok"),
        "kind": kind,
        "pages": info.pages,
        "chunks": info.chunks,
        "size": info.size,
        "when": local_time(info.ingested_at),
    }


def _actions(view: View, kb: KnowledgeBase, chosen: Sequence[StoredDocument]) -> None:
    def again() -> None:
        view.library.read_again(kb, [document.info.source for document in chosen])

    with st.container(
        horizontal=True, vertical_alignment="center", gap="medium", key="library-chosen"
    ):
        st.caption(view.say("library_chosen", count=len(chosen)), width="content")
        st.button(
            view.say("library_again"),
            key="library_again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=again,
        )
        st.button(
            view.say("library_remove"),
            key="library_remove",
            icon=":material/delete:",
            type="tertiary",
            on_click=open_dialog,
            args=("remove",),
        )


def _details(view: View, document: StoredDocument) -> None:
    place = document.name if is_address(document.name) else document.info.source
    with st.container(gap="small", key="library-details"):
        for label, words in (
            ("library_title", document.info.title),
            ("library_place", place),
            ("library_notes", "\n".join(document.info.notes)),
        ):
            if words:
                st.caption(view.say(label))
                st.text(words)
