"""A name, a path or a server in; the model that answers from now on, out."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from rag import ModelsHere, RagError, use_model, wants_tuning

from ..afterwards import tell_and_redraw
from ..errors import shown_error
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .trying import begin_tuning
from .wording import model_name

__all__ = ["ask_with", "elsewhere", "in_use", "use"]


def in_use(state: PageState, here: ModelsHere) -> None:
    """Say which model answers new questions, and which the open conversation."""
    language = state.language
    with st.container(horizontal=True, gap="large", key="models_now"):
        for key, name in (
            ("models_now_new", here.chosen),
            ("models_now_open", state.choices.model),
        ):
            with st.container(gap=None, width="content", key=f"now_{key}"):
                st.caption(phrase(language, key))
                st.text(model_name(language, name))


def use(shared: Shared, state: PageState, name: str, base_url: str | None = None) -> None:
    """Answer with it from now on, tuned at its first use; what is wrong with it is told."""
    try:
        with st.spinner(phrase(state.language, "models_checking")):
            chosen = use_model(name, base_url)
            first_use = wants_tuning(chosen)
    except RagError as error:
        shown_error(phrase(state.language, "models_not_used"), error)
        return
    ask_with(state, chosen)
    if chosen == "none":
        tell_and_redraw("models_used_none")
    if first_use:
        begin_tuning(shared, chosen)
    tell_and_redraw("models_used_first" if first_use else "models_used", name=chosen)


def ask_with(state: PageState, model: str) -> None:
    """Let the open conversation ask this model, too."""
    if state.choices.model != model:
        state.choices = replace(state.choices, model=model)
        state.changed = (*(what for what in state.changed if what != "model"), "model")


def elsewhere(shared: Shared, state: PageState) -> None:
    """Draw the ways to a model that is not in the catalogue."""
    language = state.language
    with st.expander(phrase(language, "models_elsewhere"), key="models_elsewhere"):
        _file(shared, state)
        st.space("small")
        _server(shared, state)
        st.space("small")
        st.caption(phrase(language, "models_use_none_help"))
        if st.button(phrase(language, "models_use_none"), key="models_use_none"):
            use(shared, state, "none")


def _file(shared: Shared, state: PageState) -> None:
    language = state.language
    st.markdown(f"**{phrase(language, 'models_path')}**")
    with st.form("models_path_form", border=False):
        path = st.text_input(
            phrase(language, "models_path_label"),
            key="models_path",
            placeholder="~/Downloads/model.gguf",
        )
        pressed = st.form_submit_button(phrase(language, "models_path_use"), key="models_path_use")
    if pressed:
        _typed(shared, state, path)


def _server(shared: Shared, state: PageState) -> None:
    language = state.language
    st.markdown(f"**{phrase(language, 'models_server')}**")
    st.warning(phrase(language, "models_server_warning"), icon=":material/cloud_upload:")
    with st.form("models_server_form", border=False):
        name = st.text_input(
            phrase(language, "models_server_name"),
            key="models_server_name",
            placeholder="ollama:qwen3:4b",
        )
        address = st.text_input(
            phrase(language, "models_server_address"),
            key="models_server_address",
            placeholder="http://127.0.0.1:8000/v1",
        )
        pressed = st.form_submit_button(
            phrase(language, "models_server_use"), key="models_server_use"
        )
    if pressed:
        _typed(shared, state, name, (address or "").strip() or None)


def _typed(shared: Shared, state: PageState, name: str | None, base_url: str | None = None) -> None:
    if not (name or "").strip():
        st.info(phrase(state.language, "models_missing"))
        return
    use(shared, state, str(name).strip(), base_url)
