"""Words in; the turns that have them on the page, with the words that were found, out."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag import RecalledTurn, SessionInfo, found_in

from ..inert import inert_label
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .opening import open_in_chat
from .wording import day, who

__all__ = ["show_hits"]

MOST = 30
"""Turns shown of a search."""
_BADGES = 6


def show_hits(
    shared: Shared, state: PageState, wanted: str, sessions: Sequence[SessionInfo]
) -> None:
    """Search all conversations of the visitor and draw what is found, best first."""
    hits = shared.desk.memory.search(wanted, user=state.user, limit=MOST)
    key = {0: "memory_found_none", 1: "memory_found_one"}.get(len(hits), "memory_found")
    st.caption(phrase(state.language, key, count=len(hits)))
    titles = {info.session: info.title for info in sessions}
    for hit in hits:
        _hit(shared, state, wanted, hit, titles.get(hit.turn.session, ""))


def _hit(shared: Shared, state: PageState, wanted: str, hit: RecalledTurn, title: str) -> None:
    language, turn = state.language, hit.turn
    found = found_in(turn.text, wanted)
    with st.container(gap="xsmall", key=f"memory_hit_{turn.id}"):
        if st.button(
            inert_label(title) or phrase(language, "memory_untitled"),
            key=f"memory_hit_open_{turn.id}",
            type="tertiary",
        ):
            open_in_chat(shared, state, turn.session)
        st.text(found.excerpt)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            said = {"who": who(language, turn), "day": day(language, turn.time)}
            st.caption(phrase(language, "memory_said_on", **said), width="content")
            for word in found.words[:_BADGES]:
                st.badge(inert_label(word, longest=30), color="violet")
