"""All conversations of the visitor out as one file; such a file in."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ..afterwards import tell_and_redraw
from ..errors import shown_error
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .forgetting import attempt

__all__ = ["carry"]

_LARGEST = 200
"""Megabytes of a file taken in."""


def carry(shared: Shared, state: PageState) -> None:
    """Draw the two ways out, and the way in."""
    _out(shared, state)
    st.space("small")
    _in(shared, state)


def _out(shared: Shared, state: PageState) -> None:
    language, memory = state.language, shared.desk.memory
    st.subheader(phrase(language, "memory_carry"), anchor=False)
    st.caption(phrase(language, "memory_carry_intro"))
    with st.container(horizontal=True):
        for name, export, ending, mime in (
            ("memory_jsonl", memory.export_jsonl, "jsonl", "application/x-ndjson"),
            ("memory_markdown", memory.export_markdown, "md", "text/markdown"),
        ):
            st.download_button(
                phrase(language, name),
                partial(export, user=state.user),
                file_name=f"conversations.{ending}",
                mime=mime,
                key=f"memory_export_{ending}",
                icon=":material/download:",
                on_click="ignore",
            )


def _in(shared: Shared, state: PageState) -> None:
    language = state.language
    st.subheader(phrase(language, "memory_import"), anchor=False)
    with st.form("memory_import_form", clear_on_submit=True, border=False):
        file = st.file_uploader(
            phrase(language, "memory_import_file"),
            type=["jsonl"],
            key="memory_import",
            max_upload_size=_LARGEST,
        )
        pressed = st.form_submit_button(
            phrase(language, "memory_import_start"),
            key="memory_import_start",
            icon=":material/upload:",
        )
    if pressed and file is not None and not isinstance(file, list):
        data = file.getvalue()
        attempt(state, partial(_take_in, shared, state, data), title="memory_import_failed")


def _take_in(shared: Shared, state: PageState, data: bytes) -> None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        language = state.language
        shown_error(
            phrase(language, "memory_import_failed"), phrase(language, "memory_import_unreadable")
        )
        return
    new = shared.desk.memory.import_jsonl(text, user=state.user)
    tell_and_redraw("memory_imported", turns=new)
