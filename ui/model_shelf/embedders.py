"""The catalogue's embedders as a table on the page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag import EmbedderCard, gigabytes

from ..state import PageState
from ..texts import phrase
from .wording import grade

__all__ = ["embedder_table"]


def embedder_table(state: PageState, embedders: Sequence[EmbedderCard]) -> None:
    """Draw it, folded."""
    language = state.language
    names = {
        name: phrase(language, f"models_{name}")
        for name in (
            "embedder_name",
            "language_en",
            "language_zh",
            "embedder_size",
            "embedder_tokens",
            "embedder_licence",
            "embedder_with",
            "embedder_note",
        )
    }
    rows = [
        {
            names["embedder_name"]: card.id,
            names["language_en"]: grade(language, card.languages, "en"),
            names["language_zh"]: grade(language, card.languages, "zh"),
            names["embedder_size"]: gigabytes(card.bytes) if card.bytes else "?",
            names["embedder_tokens"]: card.tokens,
            names["embedder_licence"]: card.licence,
            names["embedder_with"]: card.package or card.repository,
            names["embedder_note"]: card.note,
        }
        for card in embedders
    ]
    with st.expander(phrase(language, "models_embedders"), key="models_embedders"):
        st.caption(phrase(language, "models_embedders_intro"))
        st.dataframe(rows, hide_index=True, key="models_embedder_table")
