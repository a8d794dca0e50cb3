"""The models page: which language models there are, to use, fetch, remove, test and tune."""

from __future__ import annotations

import streamlit as st

from rag import ModelError, ModelsHere, gigabytes, look_at_models

from .errors import shown_error
from .model_shelf.cards import model_cards
from .model_shelf.embedders import embedder_table
from .model_shelf.fetching import mirror_address
from .model_shelf.trying import TEST, TUNE, try_out
from .model_shelf.under_way import under_way
from .model_shelf.using import elsewhere, in_use
from .shared import Shared
from .state import PageState
from .texts import phrase

__all__ = ["models_page"]


def models_page(shared: Shared, state: PageState) -> None:
    """Draw it; no model is loaded by that."""
    language = state.language
    st.header(phrase(language, "models_title"), anchor=False)
    try:
        here = look_at_models()
    except ModelError as error:
        shown_error(phrase(language, "failed"), error)
        elsewhere(shared, state)
        return
    _draw(shared, state, here)


def _draw(shared: Shared, state: PageState, here: ModelsHere) -> None:
    language = state.language
    if here.free:
        st.caption(phrase(language, "models_intro", free=gigabytes(here.free)))
    else:
        st.caption(phrase(language, "models_intro_unknown"))
    if here.offline:
        st.info(phrase(language, "models_offline"), icon=":material/cloud_off:")
    in_use(state, here)
    mirror = st.session_state.get("models_mirror") or ""
    model_cards(shared, state, here, mirror.strip())
    mirror_address(state)
    elsewhere(shared, state)
    st.space("small")
    try_out(shared, state, here)
    under_way(shared, state, (TEST, TUNE))
    st.space("small")
    embedder_table(state, here.embedders)
