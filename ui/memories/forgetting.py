"""A press of a button in; a turn, a conversation or everything of this visitor forgotten, out."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from rag import ConversationError, Notes

from ..afterwards import tell_and_redraw
from ..errors import shown_error
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .wording import turns_counted

__all__ = ["attempt", "forget_everything", "forget_session", "forget_turn", "was_forgotten"]

WOULD = "memory_would"
"""Where the page keeps what a prompt would have; it shows turns, so it goes with any of them."""


def attempt(state: PageState, deed: Callable[[], None], *, title: str = "failed") -> None:
    """Do it; what goes wrong is told where the button is."""
    try:
        deed()
    except ConversationError as error:
        shown_error(phrase(state.language, title), error)


def was_forgotten(shared: Shared, state: PageState) -> None:
    """Drop everything that still shows what was forgotten."""
    shared.answering.forget(user=state.user)
    st.session_state.pop(WOULD, None)


def forget_turn(shared: Shared, state: PageState, turn_id: int, session: str) -> None:
    """Forget one turn for good."""
    shared.answering.stop(user=state.user)  # any answer may quote it
    try:
        gone = shared.desk.memory.forget_turn(turn_id, user=state.user)
    finally:  # a LogBusyError comes after the deed
        was_forgotten(shared, state)
    _tell(state, gone)


def forget_session(shared: Shared, state: PageState, session: str) -> None:
    """Forget a conversation for good; an answer under way in it is stopped first."""
    shared.answering.stop(user=state.user)  # any answer may quote it
    try:
        gone = shared.desk.memory.forget_session(session, user=state.user)
    finally:
        was_forgotten(shared, state)
        if session == state.session:
            state.begin()
            state.to_chat = False
    _tell(state, gone)


def forget_everything(shared: Shared, state: PageState) -> None:
    """Draw what would go, and forget it when that is confirmed."""
    language, memory = state.language, shared.desk.memory
    sessions = memory.sessions(user=state.user)
    notes = Notes(shared.desk.log).list(user=state.user)
    count = {"sessions": len(sessions), "turns": sum(info.turns for info in sessions)}
    st.subheader(phrase(language, "memory_forget_all"), anchor=False)
    st.markdown(phrase(language, "memory_forget_all_intro", notes=len(notes), **count))
    st.caption(phrase(language, "memory_forget_all_sure"))
    sure = st.checkbox(phrase(language, "memory_forget_all_yes"), key="memory_forget_all_sure")
    if st.button(
        phrase(language, "memory_forget_all"),
        key="memory_forget_all",
        icon=":material/delete_forever:",
        disabled=not sure,
    ):
        attempt(state, lambda: _forget_user(shared, state))


def _forget_user(shared: Shared, state: PageState) -> None:
    shared.answering.stop(user=state.user)
    try:
        gone = shared.desk.memory.forget_user(state.user)
    finally:
        was_forgotten(shared, state)
        state.begin()
        state.to_chat = False
        del st.session_state["memory_forget_all_sure"]
    _tell(state, gone)


def _tell(state: PageState, gone: int) -> None:
    if gone:
        tell_and_redraw("memory_forgotten", turns=turns_counted(state.language, gone))
    tell_and_redraw("memory_gone")
