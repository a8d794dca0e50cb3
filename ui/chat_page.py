"""The conversation: what was said, the answer that is being made, and the field for the next."""

from __future__ import annotations

import streamlit as st

from rag import ConversationError, IngestError, RagError, StoredExchange, stored_exchanges

from .address import keep_in_address
from .components.asking import ask, show_refused, take_input
from .components.exchange import LastActions, show_exchange
from .components.running import show_running
from .components.set_up import set_up
from .components.uploads import being_read, show_uploads
from .errors import shown_error
from .opened import Opened, open_assistant
from .shared import Shared
from .state import PageState
from .texts import phrase

__all__ = ["chat_page"]


def chat_page(shared: Shared, state: PageState) -> None:
    """Draw it, and start what was asked for."""
    try:
        opened = open_assistant(shared, state)
        _conversation(shared, state, opened)
    except (RagError, IngestError, ConversationError) as error:
        shown_error(phrase(state.language, "failed"), error)


def _conversation(shared: Shared, state: PageState, opened: Opened) -> None:
    for title, why in (("no_model", opened.problem), ("kb_damaged", opened.damage)):
        if why:
            st.warning(phrase(state.language, title))
            st.text(why)
    # Before the answers are looked at: a reading that ends in between has begun its own by then.
    reading = being_read(shared, state)
    # Before the log is read: an answer that ends in between is then in one of the two.
    running = shared.answering.of(user=state.user, session=state.session)
    busy = running is not None and not running.over
    if running is not None and not busy and running.answer is not None:
        shared.answering.done_with(running, user=state.user)
        running = None
    exchanges = stored_exchanges(opened.assistant.history(state.session))
    set_up(shared, state, opened, turns=2 * len(exchanges))
    begun = bool(exchanges) or running is not None
    keep_in_address(state.session if begun else "")
    if not begun:
        _welcome(state, opened)
    if len(exchanges) > state.shown:
        st.button(
            phrase(state.language, "chat_earlier"),
            key="earlier",
            type="tertiary",
            icon=":material/expand_less:",
            on_click=state.show_more,
        )
    ratings = shared.desk.feedback.of(state.session, user=state.user)
    for exchange in exchanges[-state.shown :]:
        replaced = running is not None and exchange.question.number == running.replaces
        if not replaced:
            last = exchange is exchanges[-1]
            actions = _last_actions(shared, state, opened, exchange, busy=busy) if last else None
            show_exchange(shared, state, opened, exchange, ratings, actions)
    show_refused(state)
    take_input(shared, state, opened, busy=busy)
    show_uploads(shared, state, opened, reading)
    if running is not None:
        show_running(shared, state, opened, running, busy=busy)


def _last_actions(
    shared: Shared, state: PageState, opened: Opened, exchange: StoredExchange, *, busy: bool
) -> LastActions:
    question = exchange.question
    return LastActions(
        regenerate=lambda: ask(shared, state, opened, question.text, replaces=question.number),
        edit=lambda text: ask(shared, state, opened, text, replaces=question.number),
        question=question.id,
        busy=busy,
    )


def _welcome(state: PageState, opened: Opened) -> None:
    with st.container(key="welcome"):
        st.title("Recollect")
        st.caption(phrase(state.language, "tagline"))
        documents = opened.assistant.index.contents().documents
        key = "chat_ready" if documents else "chat_empty"
        st.markdown(phrase(state.language, key, documents=documents))
