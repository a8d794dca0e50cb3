"""This visitor's conversations in the sidebar: begin, find, open, rename, export, delete."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rag import Memory, SessionInfo

from ..address import named_in_address
from ..guard import guarded
from ..inert import inert_label
from ..shared import Shared
from ..state import PageState
from ..texts import phrase

__all__ = ["open_session", "reopen_session", "sessions_sidebar"]

SHOWN = 20
"""Conversations listed at once; more come when asked for."""
HITS = 10


def sessions_sidebar(shared: Shared, state: PageState) -> None:
    """Draw it."""
    memory = shared.desk.memory
    with st.sidebar:
        st.button(
            phrase(state.language, "new_chat"),
            key="new",
            icon=":material/add:",
            width="stretch",
            on_click=state.begin,
        )
        wanted = st.text_input(
            phrase(state.language, "chat_find"),
            key="find",
            icon=":material/search:",
            placeholder=phrase(state.language, "chat_find"),
            label_visibility="collapsed",
        )
        if wanted.strip():
            _hits(shared, state, memory, wanted.strip())
        else:
            _list(shared, state, memory)


def reopen_session(shared: Shared, state: PageState) -> None:
    """Open the conversation that the address names, once; the page may have been loaded anew."""
    if not state.restored:
        state.restored = True
        if named_in_address():
            open_session(shared, state, named_in_address())
            state.to_chat = False


def open_session(shared: Shared, state: PageState, session: str) -> None:
    """Open a conversation with what it was last asked with."""
    state.open(session)
    kept = shared.desk.log.options(user=state.user, session=session)
    state.choices = state.choices.restored(kept, state.engine)


def _list(shared: Shared, state: PageState, memory: Memory) -> None:
    found = memory.sessions(user=state.user)
    shown = SHOWN if not st.session_state.get("older") else len(found)
    for info in found[:shown]:
        chosen = info.session == state.session
        with st.container(horizontal=True, key=f"row-{info.session}", gap=None):
            st.button(
                inert_label(info.title) or phrase(state.language, "untitled"),
                key=f"session {info.session}",
                type="secondary" if chosen else "tertiary",
                width="stretch",
                on_click=guarded(state, open_session),
                args=(shared, state, info.session),
            )
            if chosen:
                _options(shared, state, memory, info)
    if len(found) > shown:
        st.button(
            phrase(state.language, "chat_more"),
            key="more",
            type="tertiary",
            on_click=lambda: st.session_state.update(older=True),
        )


def _options(shared: Shared, state: PageState, memory: Memory, info: SessionInfo) -> None:
    """What can be done with the open conversation."""
    with st.popover(
        phrase(state.language, "chat_options"),
        icon=":material/more_horiz:",
        type="tertiary",
        key="options",
        help=phrase(state.language, "chat_options"),
    ):
        with st.form(f"rename-{info.session}", border=False):
            title = st.text_input(
                phrase(state.language, "chat_title"), info.title, key=f"title-{info.session}"
            )
            if st.form_submit_button(phrase(state.language, "rename")):
                guarded(state, memory.rename)(title, user=state.user, session=info.session)
                st.rerun()
        for kind, export in (("markdown", memory.export_markdown), ("jsonl", memory.export_jsonl)):
            st.download_button(
                phrase(state.language, f"chat_{kind}"),
                partial(export, user=state.user, session=info.session),
                file_name=f"conversation.{'md' if kind == 'markdown' else 'jsonl'}",
                key=f"export-{kind}",
                icon=":material/download:",
                on_click="ignore",
                width="stretch",
            )
        st.divider()
        st.caption(phrase(state.language, "chat_delete_sure"))
        sure = st.checkbox(phrase(state.language, "sure"), key=f"sure-{info.session}")
        st.button(
            phrase(state.language, "chat_delete"),
            key="delete",
            icon=":material/delete:",
            disabled=not sure,
            on_click=guarded(state, _delete),
            args=(shared, state, memory, info.session),
        )


def _delete(shared: Shared, state: PageState, memory: Memory, session: str) -> None:
    """Forget it; an answer that may quote it, in whichever conversation, is stopped first."""
    shared.answering.stop(user=state.user)
    try:
        memory.forget_session(session, user=state.user)
    finally:  # a log that is busy complains after the deed
        shared.answering.forget(user=state.user)
        state.begin()


def _hits(shared: Shared, state: PageState, memory: Memory, wanted: str) -> None:
    found = memory.search(wanted, user=state.user, limit=HITS)
    key = "chat_found" if found else "chat_found_none"
    st.caption(phrase(state.language, key, count=len(found)))
    titles = {info.session: info.title for info in memory.sessions(user=state.user)}
    for hit in found:
        with st.container(key=f"hit-{hit.turn.id}"):
            st.button(
                inert_label(titles.get(hit.turn.session, "")) or phrase(state.language, "untitled"),
                key=f"hit {hit.turn.id}",
                type="tertiary",
                on_click=guarded(state, open_session),
                args=(shared, state, hit.turn.session),
            )
            st.text(" ".join(hit.turn.text.split())[:140])
