"""The visitor's conversations on the page: searched, opened in the chat, looked into, forgotten."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rag import SessionInfo, Turn

from ..inert import inert_label
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .forgetting import attempt, forget_session, forget_turn
from .hits import show_hits
from .opening import open_in_chat
from .wording import day, turns_counted, who

__all__ = ["conversations"]

SHOWN = 20
"""Conversations, or turns of one, listed at once; more come when asked for."""
_INSIDE, _MORE = "memory_inside", "memory_more_shown"


def conversations(shared: Shared, state: PageState) -> None:
    """Draw the list, what a search found, or the turns of one."""
    found = shared.desk.memory.sessions(user=state.user)
    if not found:
        st.markdown(phrase(state.language, "memory_none"))
        st.caption(phrase(state.language, "memory_none_how"))
        return
    inside = next((i for i in found if i.session == st.session_state.get(_INSIDE)), None)
    if inside is not None:
        _turns(shared, state, inside)
        return
    wanted = st.text_input(
        phrase(state.language, "memory_find"),
        key="memory_find",
        type="search",
        icon=":material/search:",
        placeholder=phrase(state.language, "memory_find"),
        label_visibility="collapsed",
    )
    if wanted and wanted.strip():
        show_hits(shared, state, wanted.strip(), found)
        return
    shown = _shown(len(found))
    for info in found[:shown]:
        _row(shared, state, info)
    _more(state, len(found) > shown)


def _shown(total: int) -> int:
    return total if st.session_state.get(_MORE) else SHOWN


def _more(state: PageState, there_are: bool) -> None:
    if there_are:
        st.button(
            phrase(state.language, "memory_more"),
            key="memory_more",
            type="tertiary",
            icon=":material/expand_more:",
            on_click=lambda: st.session_state.update({_MORE: True}),
        )


def _row(shared: Shared, state: PageState, info: SessionInfo) -> None:
    language = state.language
    turns = turns_counted(language, info.turns)
    key = f"memory_row_{info.session}"
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        with st.container(gap=None, key=f"memory_session_{info.session}"):
            if st.button(
                inert_label(info.title) or phrase(language, "memory_untitled"),
                key=f"memory_open_{info.session}",
                type="tertiary",
            ):
                open_in_chat(shared, state, info.session)
            last = day(language, info.last) if info.last else ""
            st.caption(phrase(language, "memory_session_line", turns=turns, day=last))
        with st.popover(
            phrase(language, "memory_options"),
            icon=":material/more_horiz:",
            type="tertiary",
            help=phrase(language, "memory_options"),
            key=f"memory_options_{info.session}",
        ):
            st.button(
                phrase(language, "memory_inside"),
                key=f"memory_inside_{info.session}",
                icon=":material/list:",
                type="tertiary",
                on_click=_look_inside,
                args=(info.session,),
            )
            st.caption(phrase(language, "memory_forget_session_sure", turns=turns))
            if st.button(
                phrase(language, "memory_forget_session"),
                key=f"memory_forget_{info.session}",
                icon=":material/delete_forever:",
            ):
                attempt(state, partial(forget_session, shared, state, info.session))


def _look_inside(session: str | None) -> None:
    st.session_state[_INSIDE] = session
    st.session_state[_MORE] = False


def _turns(shared: Shared, state: PageState, info: SessionInfo) -> None:
    """Every turn of a conversation, the latest first."""
    language = state.language
    st.button(
        phrase(language, "memory_inside_close"),
        key="memory_inside_close",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=_look_inside,
        args=(None,),
    )
    title = info.title or phrase(language, "memory_untitled")
    st.subheader(phrase(language, "memory_inside_title", title=title), anchor=False)
    turns = shared.desk.memory.history(user=state.user, session=info.session)[::-1]
    shown = _shown(len(turns))
    for turn in turns[:shown]:
        _turn(shared, state, turn)
    _more(state, len(turns) > shown)


def _turn(shared: Shared, state: PageState, turn: Turn) -> None:
    language = state.language
    key = f"memory_row_turn_{turn.id}"
    with st.container(horizontal=True, vertical_alignment="top", key=key):
        with st.container(gap=None, key=f"memory_turn_{turn.id}"):
            said = {"who": who(language, turn), "day": day(language, turn.time)}
            st.caption(phrase(language, "memory_said_on", **said))
            st.text(turn.text)
        with st.popover(
            phrase(language, "memory_options"),
            icon=":material/more_horiz:",
            type="tertiary",
            help=phrase(language, "memory_options"),
            key=f"memory_turn_options_{turn.id}",
        ):
            st.caption(phrase(language, "memory_forget_turn_sure"))
            if st.button(
                phrase(language, "memory_forget_turn"),
                key=f"memory_forget_turn_{turn.id}",
                icon=":material/delete_forever:",
            ):
                attempt(state, partial(forget_turn, shared, state, turn.id, turn.session))
