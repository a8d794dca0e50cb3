"""An answer under way in; its words as they come, what is being done, and a way to stop it out."""

from __future__ import annotations

import streamlit as st

from rag import RunningAnswer, Stage

from ..errors import shown_error
from ..opened import Opened
from ..shared import Shared
from ..state import PageState
from ..texts import UiLanguage, phrase
from .asking import ask
from .avatars import ANSWERS, ASKS

__all__ = ["show_running"]

GLANCE = 0.12
"""Seconds between two looks at it."""
LONGEST_QUERY = 160
"""Characters of a wording that are shown."""


def show_running(
    shared: Shared, state: PageState, opened: Opened, running: RunningAnswer, *, busy: bool
) -> None:
    """Draw it until it is over; whoever leaves finds it here again.

    Args:
        shared: of all browsers.
        state: of this one.
        opened: what the conversation is asked with.
        running: the answer.
        busy: whether it was under way when this run looked; the page is drawn anew after it.
    """
    with st.chat_message("user", avatar=ASKS):
        st.text(running.question)
    with st.chat_message("assistant", avatar=ANSWERS):
        place = st.container(key="running")
        if busy:
            _watch(state.language, running)
            st.rerun()
        with place:
            _ended(shared, state, opened, running)


def _watch(language: UiLanguage, running: RunningAnswer) -> None:
    doing, searched, said = st.empty(), st.empty(), st.empty()
    st.button(
        phrase(language, "stop"), key="stop", icon=":material/stop_circle:", on_click=running.stop
    )
    while not running.wait(GLANCE):
        stage = running.stage
        doing.caption(_doing(language, stage))
        if stage.searched and not running.text:
            label = phrase(language, "stage_asked" if stage.name == "web" else "stage_searched")
            wordings = "\n".join(f"· {text[:LONGEST_QUERY]}" for text in stage.searched)
            searched.text(f"{label}\n{wordings}")
        elif running.text:
            searched.empty()
            said.text(running.text)


def _doing(language: UiLanguage, stage: Stage) -> str:
    if stage.name == "rewrite":
        return phrase(language, "stage_rewrite")
    if stage.name == "web":
        return phrase(language, "stage_web")
    if stage.name == "read":
        return phrase(language, "stage_read", passages=stage.passages)
    if stage.name == "wait":
        return phrase(language, "stage_wait", position=stage.position)
    if stage.name == "write" and stage.rate:
        return phrase(language, "stage_write", rate=stage.rate)
    return phrase(language, "stage_search")


def _ended(shared: Shared, state: PageState, opened: Opened, running: RunningAnswer) -> None:
    """It was stopped, or it failed: nothing of it is recorded, and it can be asked again."""
    if running.text:
        with st.container(key="unsupported-stopped"):
            st.text(running.text)
    if running.stopped:
        st.caption(phrase(state.language, "stopped"))
    else:
        shown_error(phrase(state.language, "chat_failed"), running.error or "")
    st.button(
        phrase(state.language, "again"),
        key="ask-again",
        icon=":material/refresh:",
        on_click=lambda: ask(shared, state, opened, running.question, replaces=running.replaces),
    )
