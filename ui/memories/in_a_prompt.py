"""A question that is not asked in; what each kind of memory would put into its prompt, shown."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from rag import IngestError, RagError, Settings, WouldRecall, would_pin, would_recall

from ..errors import shown_error
from ..inert import inert_label
from ..opened import chosen_folder
from ..shared import Shared
from ..state import PageState
from ..texts import TEXTS, phrase
from .forgetting import WOULD, attempt
from .wording import day, turns_counted, who

__all__ = ["in_a_prompt"]

MOST_TOKENS = 8192
_NEW = ""  # no session has this id


@dataclass(frozen=True, slots=True)
class _Would:
    """What was shown last.

    Attributes:
        erased: how often something was forgotten before; another number makes it stale.
        counted_by: model that counted; "" where tokens are estimated.
        notes: pinned.
        kinds: of memory.
    """

    erased: int
    counted_by: str
    notes: WouldRecall
    kinds: tuple[WouldRecall, ...]


def in_a_prompt(shared: Shared, state: PageState) -> None:
    """Draw the question's form, and what would be recalled for it."""
    st.caption(phrase(state.language, "memory_prompt_intro"))
    _form(shared, state)
    would = st.session_state.get(WOULD)
    if isinstance(would, _Would) and would.erased == shared.desk.log.erasures(user=state.user):
        _show(state, would)


def _form(shared: Shared, state: PageState) -> None:
    language = state.language
    titles = {i.session: i.title for i in shared.desk.memory.sessions(user=state.user)}
    options = [*titles, _NEW]

    def called(session: str) -> str:
        if session == _NEW:
            return phrase(language, "memory_prompt_new")
        return inert_label(titles.get(session, "")) or phrase(language, "memory_untitled")

    with st.form("memory_prompt_form", border=False):
        question = st.text_input(
            phrase(language, "memory_prompt_question"),
            key="memory_prompt_question",
            placeholder=phrase(language, "memory_prompt_example"),
        )
        left, right = st.columns([2, 1])
        session = left.selectbox(
            phrase(language, "memory_prompt_session"),
            options,
            index=options.index(state.session) if state.session in titles else 0,
            format_func=called,
            key="memory_prompt_session",
        )
        budget = right.number_input(
            phrase(language, "memory_prompt_budget"),
            min_value=0,
            max_value=MOST_TOKENS,
            value=Settings().memory_tokens,
            step=64,
            key="memory_prompt_budget",
        )
        pressed = st.form_submit_button(
            phrase(language, "memory_prompt_show"),
            key="memory_prompt_show",
            type="primary",
            icon=":material/visibility:",
        )
    if not pressed:
        return
    if not (question or "").strip():
        st.info(phrase(language, "memory_prompt_empty"))
        return
    attempt(state, lambda: _look(shared, state, str(question).strip(), session or _NEW, budget))


def _look(shared: Shared, state: PageState, question: str, session: str, budget: int) -> None:
    """Ask all kinds; the model counts only where it is loaded already."""
    log, model = shared.desk.log, shared.desk.running(state.choices.model)
    erased = log.erasures(user=state.user)
    try:
        with st.spinner(phrase(state.language, "memory_prompt_intro")):
            kinds = would_recall(
                log,
                question,
                user=state.user,
                session=session or secrets.token_hex(16),
                budget=budget,
                model=model,
                embedder=shared.desk.index(chosen_folder(shared, state)).embedder,
            )
            notes = would_pin(log, user=state.user, model=model)
    except (RagError, IngestError) as error:
        shown_error(phrase(state.language, "failed"), error)
        return
    counted_by = "" if model is None else model.card.title
    st.session_state[WOULD] = _Would(erased, counted_by, notes, tuple(kinds))


def _show(state: PageState, would: _Would) -> None:
    language = state.language
    st.space("small")
    with st.container(key="memory_would"):
        _bar(state, phrase(language, "memory_prompt_notes"), would.notes)
        for kind in would.kinds:
            _bar(state, inert_label(kind.kind), kind)
    if would.counted_by:
        st.caption(phrase(language, "memory_prompt_counted", model=would.counted_by))
    else:
        st.caption(phrase(language, "memory_prompt_estimated"))
    names = [kind.kind for kind in would.kinds]
    first = state.choices.memory if state.choices.memory in names else names[0]
    chosen = st.segmented_control(
        phrase(language, "memory_prompt_kind"),
        names,
        default=first,
        format_func=inert_label,
        key="memory_prompt_kind",
        required=True,
    )
    _turns(state, next(kind for kind in would.kinds if kind.kind == (chosen or first)))


def _bar(state: PageState, name: str, would: WouldRecall) -> None:
    language = state.language
    used = {"tokens": would.tokens, "budget": would.budget}
    if would.kind == "notes":
        said = phrase(language, "memory_prompt_used", **used)
    else:
        turns = turns_counted(language, len(would.turns))
        said = phrase(language, "memory_prompt_used_turns", turns=turns, **used)
    share = would.tokens / would.budget if would.budget else 0.0
    st.progress(min(share, 1.0), f"**{name}**  {said}")


def _turns(state: PageState, would: WouldRecall) -> None:
    language, about = state.language, f"memory_about_{would.kind}"
    if about in TEXTS:
        st.caption(phrase(language, about))
    if not would.turns:
        st.markdown(phrase(language, "memory_prompt_nothing"))
        return
    for at, counted in enumerate(would.turns):
        item = counted.item
        with st.container(gap=None, key=f"memory_recalled_{at}"):
            said = {"who": who(language, item.turn), "day": day(language, item.turn.time)}
            numbers = {"tokens": counted.tokens, "score": item.score}
            st.caption(phrase(language, "memory_prompt_row", **said, **numbers))
            st.text(item.text)
            st.caption(phrase(language, "memory_prompt_why", why=item.why))
    with st.expander(phrase(language, "memory_prompt_whole"), key="memory_prompt_whole"):
        st.text(would.prompt)
