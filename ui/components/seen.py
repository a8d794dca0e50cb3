"""What the model saw for one answer: its budget as a bar, passages, recalled turns, the prompt."""

from __future__ import annotations

import streamlit as st

from rag import Answer, Budget, Seen

from ..links import name_of
from ..state import PageState
from ..texts import UiLanguage, phrase
from .budget_bar import budget_bar
from .workings import show_workings

__all__ = ["show_seen"]


def show_seen(state: PageState, details: Answer | None, turn: int) -> None:
    """Draw the fold; empty but for a word on why when the program no longer has the details."""
    language = state.language
    fold = st.expander(
        phrase(language, "seen"),
        icon=":material/visibility:",
        key=f"seen-{turn}",
        on_change="rerun",
    )
    if not fold.open:
        return
    with fold:
        if details is None:
            st.caption(phrase(language, "seen_gone"))
            return
        _budget(language, details)
        _searched(language, details)
        _passages(language, details)
        _recalled(language, details.seen)
        show_workings(language, details.workings)
        _prompts(language, details)


def _budget(language: UiLanguage, details: Answer) -> None:
    budget = details.budget
    if budget is not None:
        st.html(budget_bar(language, budget))
        _left_out(language, budget)
    if details.strategy in {"short", "quote"} or not details.seen.prompts:
        key = "seen_short" if budget is not None else "seen_no_prompt"
        st.caption(phrase(language, key))
    tokens = details.tokens
    if tokens:
        counts = {name: tokens.get(name, 0) for name in ("prompt", "reused", "answer")}
        st.caption(phrase(language, "seen_tokens", **counts))


def _left_out(language: UiLanguage, budget: Budget) -> None:
    dropped = (budget.dropped_turns, budget.dropped_passages, budget.dropped_examples)
    if any(dropped):
        turns, passages, examples = dropped
        told = phrase(language, "seen_dropped", turns=turns, passages=passages, examples=examples)
        st.caption(told)
    if budget.restarted:
        st.caption(phrase(language, "seen_restarted"))


def _searched(language: UiLanguage, details: Answer) -> None:
    if details.searched:
        st.markdown(f"**{phrase(language, 'seen_searched')}**")
        st.text("\n".join(f"· {' '.join(text.split())}" for text in details.searched))
        st.caption(phrase(language, "seen_support", percent=100 * details.support))


def _passages(language: UiLanguage, details: Answer) -> None:
    if not details.passages:
        return
    st.markdown(f"**{phrase(language, 'seen_passages')}**")
    signals = list(dict.fromkeys(name for p in details.passages for name in p.signals))
    rows = [
        {
            phrase(language, "column_rank"): rank,
            phrase(language, "column_document"): name_of(passage.source, passage.title),
            phrase(language, "column_page"): passage.page,
            phrase(language, "column_score"): round(passage.score, 2),
            **{name: round(passage.signals.get(name, 0.0), 2) for name in signals},
            phrase(language, "column_text"): passage.text,
        }
        for rank, passage in enumerate(details.passages, 1)
    ]
    st.dataframe(rows, hide_index=True, width="stretch", key=f"passages-{details.turn}")


def _recalled(language: UiLanguage, seen: Seen) -> None:
    if seen.notes:
        st.markdown(f"**{phrase(language, 'seen_notes')}**")
        st.text(seen.notes.strip())
    if not seen.recalled:
        return
    st.markdown(f"**{phrase(language, 'seen_recalled')}**")
    for item in seen.recalled:
        turn = item.turn
        who = phrase(language, f"said_by_{turn.role}", day=f"{turn.time.astimezone():%Y-%m-%d}")
        st.caption(f"{who} · {phrase(language, 'why_score', score=item.score)}")
        st.text(f"{' '.join(turn.text.split())[:300]}\n({item.why})")


def _prompts(language: UiLanguage, details: Answer) -> None:
    prompts = details.seen.prompts
    if not prompts:
        return
    key = "seen_prompt" if len(prompts) == 1 else "seen_prompts"
    st.markdown(f"**{phrase(language, key, count=len(prompts))}**")
    for prompt in prompts:
        parts = [f"{turn.role}:\n{turn.content}" for turn in prompt.turns]
        parts += [segment.text for segment in prompt.segments]
        if prompt.answer_prefix:
            parts.append(prompt.answer_prefix)
        st.code("\n\n".join(parts), language=None, wrap_lines=True, height=320)
