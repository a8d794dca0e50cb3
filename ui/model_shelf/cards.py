"""The catalogue's models on the page: what each needs and can do, to use, fetch or remove."""

from __future__ import annotations

import streamlit as st

from rag import ModelHere, ModelsHere, RagError, chosen_model, discard_model, gigabytes

from ..afterwards import tell_and_redraw
from ..errors import shown_error
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .fetching import PULL, fetch_button
from .under_way import under_way
from .using import ask_with, use
from .wording import languages, numbers, trust

__all__ = ["model_cards"]

_COLUMNS = 2


def model_cards(shared: Shared, state: PageState, here: ModelsHere, mirror: str) -> None:
    """Draw those on this machine, then the others.

    Args:
        shared: of all browsers.
        state: of this one.
        here: what there is.
        mirror: address to fetch from; "" takes the hub.
    """
    language = state.language
    installed = [model for model in here.models if model.card.installed is not None]
    absent = [model for model in here.models if model.card.installed is None]
    st.subheader(phrase(language, "models_here"), anchor=False)
    _grid(shared, state, here, installed, mirror)
    st.subheader(phrase(language, "models_to_fetch"), anchor=False)
    if not absent:
        st.caption(phrase(language, "models_to_fetch_none"))
    _grid(shared, state, here, absent, mirror)


def _grid(
    shared: Shared, state: PageState, here: ModelsHere, models: list[ModelHere], mirror: str
) -> None:
    for start in range(0, len(models), _COLUMNS):
        row = st.columns(_COLUMNS)
        for place, model in zip(row, models[start : start + _COLUMNS], strict=False):
            with place.container(border=True, height="stretch", key=f"models_{model.card.id}"):
                _card(shared, state, here, model, mirror)


def _card(
    shared: Shared, state: PageState, here: ModelsHere, model: ModelHere, mirror: str
) -> None:
    language, card = state.language, model.card
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(key=f"title_{card.id}", width="content"):
            st.text(card.title)
        _badges(state, model)
    with st.container(gap=None, key=f"quiet_{card.id}"):
        st.text(numbers(language, model))
        st.caption(languages(language, card.languages))
        st.caption(trust(language, model))
    with st.container(horizontal=True, vertical_alignment="center"):
        if card.installed is None:
            fetch_button(shared, state, here, model, mirror)
        elif not model.chosen and st.button(
            phrase(language, "models_use"), key=f"models_use_{card.id}", icon=":material/check:"
        ):
            use(shared, state, card.id)
        if model.origin == "fetched" or model.part:
            _removal(shared, state, model)
    under_way(shared, state, (PULL,), card.id)


def _badges(state: PageState, model: ModelHere) -> None:
    language = state.language
    for shown, key, icon, colour in (
        (model.chosen, "models_in_use", ":material/check_circle:", "green"),
        (state.choices.model == model.card.id, "models_in_conversation", None, "violet"),
        (model.recommended, "models_recommended", ":material/thumb_up:", "blue"),
        (not model.fits, "models_too_large", ":material/memory_alt:", "orange"),
        (model.origin == "package", "models_from_package", None, "gray"),
        (model.origin == "file", "models_from_file", None, "gray"),
    ):
        if shown:
            st.badge(phrase(language, key), icon=icon, color=colour)  # type: ignore[arg-type]


def _removal(shared: Shared, state: PageState, model: ModelHere) -> None:
    language, card = state.language, model.card
    whole = card.installed is not None
    size = gigabytes(card.bytes if whole else model.part)
    with st.popover(
        "",
        icon=":material/more_horiz:",
        type="tertiary",
        help=phrase(language, "models_options"),
        key=f"models_options_{card.id}",
    ):
        if card.installed is not None:
            st.caption(phrase(language, "models_file_place"))
            st.text(str(card.installed))
        key = "models_remove_sure" if whole else "models_part_remove_sure"
        st.caption(phrase(language, key, name=card.title, size=size))
        if st.button(
            phrase(language, "models_remove" if whole else "models_part_remove"),
            key=f"models_remove_{card.id}",
            icon=":material/delete:",
        ):
            _remove(shared, state, model)


def _remove(shared: Shared, state: PageState, model: ModelHere) -> None:
    shared.desk.unload(model.card.id)
    try:
        freed = discard_model(model.card)
    except RagError as error:
        shown_error(phrase(state.language, "failed"), error)
        return
    if state.choices.model == model.card.id:
        ask_with(state, chosen_model())
    tell_and_redraw("models_removed", size=gigabytes(freed))
