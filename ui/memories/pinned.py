"""The visitor's pinned notes on the page: each with its day and where from, to edit or delete."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rag import Note, Notes

from ..afterwards import tell_and_redraw
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .forgetting import attempt, was_forgotten
from .opening import open_in_chat
from .wording import day

__all__ = ["pinned_notes"]


def pinned_notes(shared: Shared, state: PageState) -> None:
    """Draw them, the newest first."""
    language, kept = state.language, Notes(shared.desk.log)
    notes = kept.list(user=state.user)
    if not notes:
        st.markdown(phrase(language, "memory_notes_none"))
        st.caption(phrase(language, "memory_notes_how"))
        return
    st.caption(phrase(language, "memory_notes_intro"))
    titles = {i.session: i.title for i in shared.desk.memory.sessions(user=state.user)}
    for note in reversed(notes):
        row = st.container(
            horizontal=True, vertical_alignment="center", key=f"memory_row_{note.id}"
        )
        with row:
            with st.container(gap=None, key=f"memory_note_{note.id}"):
                st.text(note.text)
                key = "memory_note_edited" if note.edited else "memory_note_from"
                title = titles.get(note.session, "") or phrase(language, "memory_untitled")
                st.caption(phrase(language, key, day=day(language, note.time), title=title))
            _options(shared, state, kept, note)


def _options(shared: Shared, state: PageState, kept: Notes, note: Note) -> None:
    language = state.language
    with st.popover(
        phrase(language, "memory_options"),
        icon=":material/more_horiz:",
        type="tertiary",
        help=phrase(language, "memory_options"),
        key=f"memory_note_options_{note.id}",
    ):
        with st.form(f"memory_note_form_{note.id}", border=False):
            words = st.text_area(
                phrase(language, "memory_note_text"),
                note.text,
                max_chars=Notes.longest,
                key=f"memory_note_text_{note.id}",
            )
            if st.form_submit_button(
                phrase(language, "save"), key=f"memory_note_save_{note.id}", type="primary"
            ):
                attempt(state, partial(_edit, shared, state, kept, note, words))
        if st.button(
            phrase(language, "memory_open"),
            key=f"memory_note_open_{note.id}",
            icon=":material/forum:",
            type="tertiary",
        ):
            open_in_chat(shared, state, note.session)
        st.caption(phrase(language, "memory_note_sure"))
        if st.button(
            phrase(language, "memory_note_delete"),
            key=f"memory_note_delete_{note.id}",
            icon=":material/delete:",
        ):
            attempt(state, partial(_delete, shared, state, kept, note))


def _edit(shared: Shared, state: PageState, kept: Notes, note: Note, words: str) -> None:
    shared.answering.stop(user=state.user)
    try:
        edited = kept.edit(note.id, words, user=state.user)
    finally:
        was_forgotten(shared, state)
    tell_and_redraw("memory_changed" if edited else "memory_gone")


def _delete(shared: Shared, state: PageState, kept: Notes, note: Note) -> None:
    shared.answering.stop(user=state.user)
    try:
        deleted = kept.delete(note.id, user=state.user)
    finally:
        was_forgotten(shared, state)
    tell_and_redraw("memory_note_deleted" if deleted else "memory_gone")
