"""A question in, the passages of two ways of searching out, side by side with every signal."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st

from rag import WAYS, Hit, KnowledgeBase, Trial, Way, document_name, try_out

from ..errors import shown_error
from .view import FAILURES, FOUND, View

__all__ = ["draw_laboratory"]

Colour = Literal["orange", "green", "blue", "gray"]

_SHORT = 240
"""Characters of a passage that are shown, on one line, before it is unfolded."""


def draw_laboratory(view: View, kb: KnowledgeBase) -> None:
    """Draw the form, and what the last search found in this knowledge base."""
    st.caption(view.say("library_lab_what"))
    asked = _form(view)
    if asked is not None:
        question, one, other = asked
        try:
            with st.spinner(view.say("library_searching"), show_time=True):
                found = try_out(view.shared.desk.index(kb.path), question, one, other)
        except FAILURES as error:
            shown_error(view.say("failed"), error)
            return
        st.session_state[FOUND] = (kb.id, found)
    of, trials = st.session_state.get(FOUND, ("", None))
    if of == kb.id:
        for column, side, trial in zip(
            st.columns(2, gap="large"), ("a", "b"), cast(tuple[Trial, Trial], trials), strict=True
        ):
            with column:
                _trial(view, side, trial)


def _form(view: View) -> tuple[str, Way, Way] | None:
    """The question and both ways, once it is sent."""
    with st.form("library_lab", border=False):
        question = st.text_input(
            view.say("library_question"), key="library_question", icon=":material/search:"
        )
        before = st.text_input(
            view.say("library_before"),
            key="library_before",
            placeholder=view.say("library_before_example"),
        )
        left, right = st.columns(2, gap="large")
        with left:
            one = _way(view, "a", 0, before or "")
        with right:
            other = _way(view, "b", 1, "")
        sent = st.form_submit_button(
            view.say("search"), key="library_search", icon=":material/science:", type="primary"
        )
    if not sent or not (question or "").strip():
        return None
    return (question or "").strip(), one, other


def _way(view: View, side: str, first: int, before: str) -> Way:
    ranking = st.selectbox(
        view.say(f"library_way_{side}"),
        WAYS,
        index=first,
        format_func=lambda name: view.say(f"library_ranking_{name}"),
        key=f"library_ranking_{side}",
    )
    passages = st.slider(view.say("library_passages"), 1, 20, 6, key=f"library_passages_{side}")
    return Way(ranking, passages, before)


def _trial(view: View, side: str, trial: Trial) -> None:
    st.markdown(f"**{view.say(f'library_ranking_{trial.way.ranking}')}**")
    st.caption(view.say("library_took", count=len(trial.hits), ms=trial.seconds * 1e3))
    if len(trial.wordings) > 1:
        with st.expander(view.say("library_wordings"), key=f"library_wordings_{side}"):
            for words, weight in trial.wordings:
                st.text(f"{weight:.2f}  {words}")
    if not trial.hits:
        st.caption(view.say("library_nothing_found"))
    for hit in trial.hits:
        with st.container(gap="xxsmall", key=f"library-hit-{side}-{hit.rank}"):
            _hit(view, side, hit)
        st.space("xsmall")


def _hit(view: View, side: str, hit: Hit) -> None:
    passage = hit.passage
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{hit.rank}**", width="content")
        label, colour = _movement(view, hit)
        st.badge(label, color=colour)
        st.caption(view.say("page_number", page=passage.page), width="content")
    st.text(" › ".join([document_name(passage.source), *passage.heading_path]))
    line = " ".join(passage.text.split())
    st.text(line if len(line) <= _SHORT else f"{line[:_SHORT]}…")
    if len(line) > _SHORT:
        with st.expander(
            view.say("library_whole"), type="compact", key=f"library_whole_{side}_{hit.rank}"
        ):
            st.text(passage.text)
    st.caption(" · ".join(f"{name} {value:.3f}" for name, value in hit.signals.items()))


def _movement(view: View, hit: Hit) -> tuple[str, Colour]:
    """How much higher or lower it stands than the other way."""
    if hit.other is None:
        return view.say("library_only_here"), "orange"
    higher = hit.other - hit.rank
    if higher > 0:
        return view.say("library_higher", count=higher), "green"
    if higher < 0:
        return view.say("library_lower", count=-higher), "blue"
    return view.say("library_same"), "gray"
