"""What a button does in; the same with its error shown on the page, not as a trace, out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from rag import ConversationError, IngestError, RagError

from .errors import shown_error
from .state import PageState
from .texts import phrase

__all__ = ["guarded", "show_failure"]

_P = ParamSpec("_P")


def guarded(state: PageState, deed: Callable[_P, object]) -> Callable[_P, None]:
    """The same deed as a callback; what goes wrong is shown by the run that follows."""

    def done(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            deed(*args, **kwargs)
        except (RagError, IngestError, ConversationError) as error:
            state.failure = str(error)

    return done


def show_failure(state: PageState) -> None:
    """Show, once, what the last press of a button led to."""
    if state.failure:
        with st.container(key="failure"):
            shown_error(phrase(state.language, "failed"), state.failure)
        state.failure = ""
