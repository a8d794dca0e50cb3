"""Files dropped on the page, or a place or address that is typed, in; a job that reads them out."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rag import KnowledgeBase

from ..links import is_address
from .view import View

__all__ = ["draw_adding", "place"]

_DROP = "library_drop"


def draw_adding(view: View, kb: KnowledgeBase) -> None:
    """Draw both ways; each empties itself when its work begins."""
    drop = st.session_state.setdefault(_DROP, 0)
    files = st.file_uploader(
        view.say("library_files"),
        accept_multiple_files=True,
        key=f"library_files_{kb.id}_{drop}",
    )
    if files:
        st.session_state[_DROP] = drop + 1  # a fresh, empty one: these are taken
        view.library.upload(kb, [(file.name, file.getvalue()) for file in files])
        st.rerun()
    st.space("small")
    with st.form(f"library_place_{kb.id}", clear_on_submit=True, border=False):
        words = st.text_input(
            view.say("library_path"),
            key=f"library_path_{kb.id}",
            placeholder=view.say("library_path_example"),
            icon=":material/folder_open:",
        )
        sent = st.form_submit_button(
            view.say("library_read_path"), key=f"library_go_{kb.id}", icon=":material/menu_book:"
        )
    if sent and (words or "").strip():
        view.library.add(kb, [place(words or "")])
        st.rerun()


def place(words: str) -> str | Path:
    """The address or path that somebody typed or pasted, with or without quotes around it."""
    bare = words.strip().strip("'\"").strip()
    if is_address(bare):
        return bare
    path = Path(bare)
    try:
        return path.expanduser()
    except RuntimeError:  # "~somebody" who is not known here: the report will say so
        return path
