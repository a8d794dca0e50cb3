"""A stored exchange in; its two bubbles out, with sources, actions and what the model saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from rag import Answer, Rating, StoredAnswer, StoredExchange, Turn

from ..inert import inert_label
from ..opened import Opened
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .avatars import ANSWERS, ASKS
from .rating import rating
from .seen import show_seen
from .sources import show_nearest, source_buttons

__all__ = ["LastActions", "show_exchange"]

LONGEST_MEANT = 240
"""Characters of a question that may have been meant."""


@dataclass(frozen=True, slots=True)
class LastActions:
    """What can be done with the last exchange alone.

    Attributes:
        regenerate: answers the same question anew, in place of the answer.
        edit: asks another question in place of this one.
        question: id of its question's turn.
        busy: whether an answer is under way, so that nothing can be done now.
    """

    regenerate: Callable[[], None]
    edit: Callable[[str], None]
    question: int
    busy: bool


def show_exchange(
    shared: Shared,
    state: PageState,
    opened: Opened,
    exchange: StoredExchange,
    ratings: Mapping[int, Rating],
    actions: LastActions | None,
) -> None:
    """Draw it.

    Args:
        shared: of all browsers.
        state: of this one.
        opened: what the conversation is asked with.
        exchange: from the log.
        ratings: of the conversation's answers, by the id of their turn.
        actions: for the last exchange, else None.
    """
    with st.chat_message("user", avatar=ASKS):
        if actions is not None and state.editing == exchange.question.id and not actions.busy:
            _editor(state, exchange.question, actions)
        else:
            st.text(exchange.question.text)
    if exchange.answer is None:
        return
    with st.chat_message("assistant", avatar=ANSWERS):
        details = shared.answering.details(exchange.answer.turn.id, user=state.user)
        _body(state, exchange.answer)
        source_buttons(state, opened, exchange.answer)
        for remark in details.remarks if details is not None else ():
            st.text(remark)
        if exchange.answer.refused and details is not None:
            _meant(state, details, actions)
            show_nearest(state, details)
        given = ratings.get(exchange.answer.turn.id)
        _actions(shared, state, exchange.answer, details, given, actions)
        show_seen(state, details, exchange.answer.turn.id)


def _body(state: PageState, answer: StoredAnswer) -> None:
    if answer.refused:
        st.warning(phrase(state.language, "refused"), icon=":material/search_off:")
    for at, piece in enumerate(answer.pieces):
        kind = "supported" if piece.supported else "unsupported"
        with st.container(key=f"{kind}-{answer.turn.id}-{at}"):
            st.text(piece.text.strip())
    if not all(piece.supported for piece in answer.pieces):
        st.caption(phrase(state.language, "unsupported_hint"))


def _meant(state: PageState, details: Answer, actions: LastActions | None) -> None:
    """What may have been meant; a press asks that in place of the last question."""
    if not details.meant or actions is None:
        return
    question = inert_label(details.meant, longest=LONGEST_MEANT)
    st.button(
        phrase(state.language, "meant", question=question),
        icon=":material/spellcheck:",
        key="meant",
        on_click=partial(actions.edit, details.meant),
        disabled=actions.busy,
    )


def _actions(
    shared: Shared,
    state: PageState,
    answer: StoredAnswer,
    details: Answer | None,
    given: Rating | None,
    actions: LastActions | None,
) -> None:
    turn = answer.turn
    with st.container(key=f"actions-{turn.id}", horizontal=True, vertical_alignment="center"):
        rating(shared, state, turn.id, given)
        with st.popover(
            phrase(state.language, "copy"),
            icon=":material/content_copy:",
            type="tertiary",
            key=f"copy-{turn.id}",
            help=phrase(state.language, "copy"),
        ):
            st.code(turn.text, language=None, wrap_lines=True)
        if actions is not None:
            st.button(
                phrase(state.language, "regenerate"),
                icon=":material/refresh:",
                type="tertiary",
                key="regenerate",
                help=phrase(state.language, "regenerate"),
                on_click=actions.regenerate,
                disabled=actions.busy,
            )
            st.button(
                phrase(state.language, "edit"),
                icon=":material/edit:",
                type="tertiary",
                key="edit",
                help=phrase(state.language, "edit"),
                on_click=lambda: setattr(state, "editing", actions.question),
                disabled=actions.busy,
            )
        if details is not None:
            st.caption(phrase(state.language, "costs", seconds=sum(details.seconds.values())))


def _editor(state: PageState, question: Turn, actions: LastActions) -> None:
    text = st.text_area(
        phrase(state.language, "edit"),
        question.text,
        key=f"edited-{question.id}",
        label_visibility="collapsed",
    )
    with st.container(horizontal=True):
        if st.button(phrase(state.language, "again"), key="edit-send", type="primary"):
            actions.edit(text)
            st.rerun()
        if st.button(phrase(state.language, "cancel"), key="edit-cancel"):
            state.editing = 0
            st.rerun()
