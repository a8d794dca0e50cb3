"""The memory page: what is remembered of this visitor, to look at, carry away and forget."""

from __future__ import annotations

import streamlit as st

from rag import ConversationError

from .errors import shown_error
from .memories.carrying import carry
from .memories.conversations import conversations
from .memories.forgetting import forget_everything
from .memories.in_a_prompt import in_a_prompt
from .memories.pinned import pinned_notes
from .shared import Shared
from .state import PageState
from .texts import phrase

__all__ = ["memory_page"]

_PARTS = ("notes", "conversations", "prompt", "manage")


def memory_page(shared: Shared, state: PageState) -> None:
    """Draw it; only the part that is looked at."""
    language = state.language
    st.header(phrase(language, "memory_title"), anchor=False)
    st.caption(phrase(language, "memory_intro"))
    part = st.segmented_control(
        phrase(language, "memory_part"),
        _PARTS,
        default="notes",
        format_func=lambda name: phrase(language, f"memory_part_{name}"),
        key="memory_part",
        label_visibility="collapsed",
        required=True,
    )
    st.space("small")
    try:
        _draw(shared, state, part or "notes")
    except ConversationError as error:
        shown_error(phrase(language, "failed"), error)


def _draw(shared: Shared, state: PageState, part: str) -> None:
    if part == "notes":
        pinned_notes(shared, state)
    elif part == "conversations":
        conversations(shared, state)
    elif part == "prompt":
        in_a_prompt(shared, state)
    else:
        carry(shared, state)
        st.space("medium")
        forget_everything(shared, state)
