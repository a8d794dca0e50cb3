"""The conversation: what was said, the question box, and an answer that appears as it comes."""

from __future__ import annotations

import streamlit as st

from rag import Assistant, ConversationError, IngestError, RagError

from .bubbles import show_answer, show_message
from .state import Message, PageState, message_of
from .texts import phrase

__all__ = ["chat_page"]


def chat_page(assistant: Assistant, state: PageState) -> None:
    """Show the open conversation and take the next question."""
    if assistant.index.is_empty():
        st.info(phrase(state.language, "empty"))
    for message in state.messages:
        show_message(message, state.language)
    question = st.chat_input(phrase(state.language, "ask"), key="question")
    if question and _answer(assistant, state, question):
        st.rerun()


def _answer(assistant: Assistant, state: PageState, question: str) -> bool:
    """Ask, show what comes, and keep it when it is whole; whether it became whole."""
    asked = Message("user", question)
    show_message(asked, state.language)
    with st.chat_message("assistant"):
        try:
            answered = _stream(assistant, state, question)
        except (RagError, IngestError, ConversationError) as error:
            st.error(phrase(state.language, "failed"))
            st.text(str(error))
            return False
        state.messages += [asked, answered]
        show_answer(answered, state.language)
    return True


def _stream(assistant: Assistant, state: PageState, question: str) -> Message:
    """The answer, its words shown as they come; leaving the page cancels it."""
    place, words = st.empty(), ""
    reply = assistant.ask(question, session=state.session)
    try:
        searching = phrase(state.language, "searching")
        place.text(searching)
        for piece in reply:  # an empty one says that work goes on unseen
            words += piece
            place.text(words or searching)
        return message_of(assistant, reply.answer)
    finally:
        reply.cancel()
        place.empty()
