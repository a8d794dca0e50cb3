"""The thumbs under an answer, with a note; kept with the turn in the conversation log."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from rag import Rating

from ..guard import guarded
from ..shared import Shared
from ..state import PageState
from ..texts import phrase

__all__ = ["rating"]

_THUMBS: tuple[Literal["down"], Literal["up"]] = ("down", "up")  # as `st.feedback` counts them


def rating(shared: Shared, state: PageState, turn: int, given: Rating | None) -> None:
    """Draw them as they were given; a press on the one that is given takes it back."""
    feedback = shared.desk.feedback
    key = f"thumbs-{turn}"

    def give() -> None:
        chosen = st.session_state.get(key)
        if chosen is None:
            feedback.withdraw(turn, user=state.user)
        else:
            note = given.note if given is not None else ""
            feedback.give(turn, _THUMBS[chosen], note, user=state.user)

    default = None if given is None else _THUMBS.index(given.rating)
    st.feedback("thumbs", key=key, default=default, on_change=guarded(state, give))
    if given is None:
        return
    with (
        st.popover(
            phrase(state.language, "rate_note"),
            icon=":material/rate_review:" if given.note else ":material/add_comment:",
            type="tertiary",
            key=f"note-of-{turn}",
            help=phrase(state.language, "rate_note"),
        ),
        st.form(f"note-form-{turn}", border=False),
    ):
        note = st.text_area(
            phrase(state.language, "rate_note"),
            given.note,
            key=f"note-{turn}",
            max_chars=feedback.longest,
        )
        if st.form_submit_button(phrase(state.language, "rate_save")):
            guarded(state, feedback.give)(turn, given.rating, note, user=state.user)
            st.rerun()
