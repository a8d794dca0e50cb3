"""What the open conversation is asked with: knowledge base, memory, model…; changed here."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from rag import list_models, memory_kinds, strategies

from ..inert import LONGEST_LABEL, inert_label
from ..links import short_name
from ..opened import Opened
from ..shared import Shared
from ..state import WIKIPEDIA, Choices, PageState
from ..texts import TEXTS, phrase

__all__ = ["set_up"]

_CALLED = {"kb": "knowledge_base", "memory": "memory_kind"}
_SHORTEST = 14
"""Characters of each name on the closed switch."""


def set_up(shared: Shared, state: PageState, opened: Opened, *, turns: int) -> None:
    """Draw the switch, and what changed since the last question.

    Args:
        shared: of all browsers.
        state: of this one.
        opened: what the conversation is asked with.
        turns: that the conversation has.
    """
    name = shared.shelf.name_of(opened.kb)
    kb = inert_label(name, longest=_SHORTEST)
    model = inert_label(state.choices.model, longest=_SHORTEST)
    label = (
        f":material/library_books: {kb}  :material/history_edu: {state.choices.memory}  "
        f":material/neurology: {model}"
    )
    if state.choices.web:
        label += f"  :material/public: {_engine(state, state.choices.web, longest=_SHORTEST)}"
    # A choice changes its label, for which Streamlit would close it.
    st.session_state["choices"] = st.session_state.get("choices", False)
    with st.container(key="set-up", horizontal=True, horizontal_alignment="right"):
        switch = st.popover(
            label,
            type="tertiary",
            key="choices",
            help=phrase(state.language, "chat_set_up"),
            on_change="rerun",
        )
    if switch.open:
        with switch:
            _choose(shared, state)
    for what in state.changed:
        st.info(_told(state, what, name, turns), icon=":material/swap_horiz:")


def _choose(shared: Shared, state: PageState) -> None:
    names = {
        "" if kb.path == shared.home else kb.id: kb.name
        for kb in shared.shelf.list()
        if not kb.problem
    }
    names.setdefault("", shared.home.name)
    models = [card.id for card in list_models() if card.installed is not None]
    offered = list(dict.fromkeys([state.choices.model, *models, "none"]))
    engines = list(dict.fromkeys(["", WIKIPEDIA, state.engine]))

    def pick(name: str) -> None:
        chosen = st.session_state[f"choose-{name}"]
        if chosen != getattr(state.choices, name):
            state.choices = replace(state.choices, **{name: chosen})
            state.changed = (*(w for w in state.changed if w != name), name)

    for name, options, called in (
        ("kb", list(names), lambda id: inert_label(names[id])),
        ("memory", memory_kinds(), lambda kind: _kind(state, kind)),
        ("model", offered, lambda model: _model(state, model)),
        ("strategy", strategies(), lambda name: phrase(state.language, f"strategy_{name}")),
        ("web", engines, lambda engine: _engine(state, engine)),
    ):
        current = getattr(state.choices, name)
        # The choices are the truth: another conversation, or another page, may have changed them.
        st.session_state[f"choose-{name}"] = current if current in options else options[0]
        st.selectbox(
            phrase(state.language, _CALLED.get(name, name)),
            options,
            format_func=called,
            key=f"choose-{name}",
            help=phrase(state.language, f"{name}_help") if f"{name}_help" in TEXTS else None,
            on_change=pick,
            args=(name,),
        )


def _kind(state: PageState, kind: str) -> str:
    key = f"chat_kind_{kind}"
    return phrase(state.language, key) if key in TEXTS else inert_label(kind)


def _model(state: PageState, model: str) -> str:
    return phrase(state.language, "quotes_only") if model == "none" else inert_label(model)


def _engine(state: PageState, engine: str, *, longest: int = LONGEST_LABEL) -> str:
    if not engine:
        return phrase(state.language, "web_off")
    if engine == WIKIPEDIA:
        return phrase(state.language, "web_wikipedia")
    return inert_label(short_name(engine), longest=longest)


def _told(state: PageState, what: str, kb: str, turns: int) -> str:
    chosen: Choices = state.choices
    if what == "memory":
        return phrase(state.language, "chat_switched_memory", kind=chosen.memory, turns=turns)
    if what == "web":
        key = "chat_switched_web" if chosen.web else "chat_switched_web_off"
        return phrase(state.language, key, name=_engine(state, chosen.web))
    if what == "strategy":
        return phrase(state.language, "chat_switched_strategy")
    if what == "model":
        model = _model(state, chosen.model)
        return phrase(state.language, "chat_switched_model", model=model)
    return phrase(state.language, "chat_switched_kb", name=kb)
