"""A folder in; the one Assistant that all browsers of this page share, opened once, out."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from rag import Assistant, ModelError

from .options import Options

__all__ = ["Opened", "open_knowledge"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A knowledge base that is open.

    Attributes:
        assistant: nobody's own; take `assistant.for_user(...)`.
        problem: why there is no language model, "" when there is one or none was wanted.
    """

    assistant: Assistant
    problem: str = ""


def _release(opened: Opened) -> None:
    opened.assistant.close()


@st.cache_resource(show_spinner=False, on_release=_release)
def open_knowledge(options: Options) -> Opened:
    """Open it; without a usable language model the answers are quotes.

    Raises:
        IngestError: the folder cannot be used.
        ConversationError: its conversations cannot be read.
    """
    try:
        return Opened(Assistant.open(options.kb, model=options.model))
    except ModelError as error:
        return Opened(Assistant.open(options.kb, model="none"), str(error))
