"""The models page."""

from __future__ import annotations

import streamlit as st

from .shared import Shared
from .state import PageState
from .texts import phrase

__all__ = ["models_page"]


def models_page(shared: Shared, state: PageState) -> None:
    """Draw it."""
    st.subheader(phrase(state.language, "models"))
