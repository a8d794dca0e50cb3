"""How a strategy came to its answer in; its rewording, thoughts, votes and verdicts out."""

from __future__ import annotations

import streamlit as st

from rag import Workings

from ..texts import UiLanguage, phrase

__all__ = ["show_workings"]

_VERDICTS = {True: "verdict_kept", False: "verdict_broken", None: "verdict_unknown"}


def show_workings(language: UiLanguage, workings: Workings) -> None:
    """Draw them; nothing for an answer that was made in one go."""
    if workings.rewrite:
        st.markdown(f"**{phrase(language, 'seen_rewrite')}**")
        st.text(workings.rewrite)
    if workings.steps:
        st.markdown(f"**{phrase(language, 'seen_steps')}**")
        st.text(workings.steps)
    voted, checked = workings.agreement, workings.critique
    if voted is not None:
        told = phrase(language, "seen_votes", votes=voted.votes, samples=voted.samples)
        st.markdown(f"**{told}**")
        st.text(
            "\n".join(f"{one.votes} × {' '.join(one.text.split())}" for one in voted.alternatives)
        )
    if checked is not None:
        st.markdown(f"**{phrase(language, 'seen_verdicts')}**")
        for verdict in checked.verdicts:
            words = phrase(language, _VERDICTS[verdict.kept])
            st.text(f"{words}: {verdict.rule} {f'({verdict.reason})' if verdict.reason else ''}")
        st.caption(phrase(language, "seen_first"))
        st.text(checked.first)
