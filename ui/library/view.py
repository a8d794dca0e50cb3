"""What every part of the library page is given, and how they tell each other what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from rag import ConversationError, IngestError, KnowledgeBase, Library, RagError

from ..shared import Shared
from ..state import PageState
from ..texts import phrase

__all__ = ["FAILURES", "FOUND", "DialogName", "View", "close_dialog", "open_dialog"]

FAILURES = (RagError, IngestError, ConversationError, OSError)
"""What an action may fail with; all of them say what to do."""

DialogName = Literal["create", "import", "rename", "delete", "remove"]

FOUND = "library_found"
"""Where the laboratory keeps what it found."""
_SHOWN, _DIALOG = "library_shown", "library_dialog"


@dataclass(frozen=True, slots=True)
class View:
    """One run of the page.

    Attributes:
        shared: what all browsers share.
        state: of this browser.
        library: the work on knowledge bases.
        shelf: all knowledge bases, as this run found them.
    """

    shared: Shared
    state: PageState
    library: Library
    shelf: Sequence[KnowledgeBase]

    def say(self, key: str, **values: float | str) -> str:
        """A phrase in the language of the page; see `phrase`."""
        return phrase(self.state.language, key, **values)

    @property
    def shown(self) -> KnowledgeBase | None:
        """The knowledge base that was chosen here, else the conversation's, else the first."""
        wanted = st.session_state.get(_SHOWN) or self.state.choices.kb
        for kb in self.shelf:
            if kb.id == wanted:
                return kb
        home = [kb for kb in self.shelf if kb.path.absolute() == self.shared.home.absolute()]
        return next(iter([*home, *self.shelf]), None)

    @property
    def dialog(self) -> DialogName | None:
        """Which dialog is open."""
        name: DialogName | None = st.session_state.get(_DIALOG)
        return name

    def removed(self) -> None:
        """Show nowhere any more what the documents said that are being removed."""
        self.shared.answering.forget_all()
        st.session_state.pop(FOUND, None)

    def show(self, id: str) -> None:
        """Show this knowledge base from the next run on."""
        st.session_state[_SHOWN] = id


def open_dialog(name: DialogName) -> None:
    """Open a dialog with the next run."""
    st.session_state[_DIALOG] = name


def close_dialog() -> None:
    """Leave it out of the next run."""
    st.session_state.pop(_DIALOG, None)
