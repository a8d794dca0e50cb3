"""The choices of a conversation in; an assistant that is open for this visitor out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from rag import Assistant, KnowledgeBase, ModelError, ShelfError

from .shared import Shared
from .state import PageState

__all__ = ["Opened", "chosen_folder", "open_assistant"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the open conversation is asked with.

    Attributes:
        assistant: for this visitor.
        kb: folder of the knowledge base.
        problem: why there is no language model, "" when there is one or none was wanted.
        damage: why the chosen knowledge base cannot be read, "" when it can.
    """

    assistant: Assistant
    kb: Path
    problem: str = ""
    damage: str = ""


def open_assistant(shared: Shared, state: PageState) -> Opened:
    """Open it; a knowledge base that is gone is replaced by the first one, a model by quotes.

    Raises:
        IngestError: the knowledge base cannot be used.
        ConversationError: the conversations cannot be read.
    """
    found = _chosen(shared, state)
    damage = found.problem if found else ""
    kb = found.path if found and not damage else shared.home
    chosen = state.choices
    try:
        assistant = shared.desk.assistant(
            kb, user=state.user, model=chosen.model, memory=chosen.memory
        )
    except ModelError as error:
        assistant = shared.desk.assistant(kb, user=state.user, model="none", memory=chosen.memory)
        return Opened(assistant, kb, str(error), damage)
    return Opened(assistant, kb, damage=damage)


def chosen_folder(shared: Shared, state: PageState) -> Path:
    """Folder of the chosen knowledge base; of the first one when it is gone."""
    found = _chosen(shared, state)
    return found.path if found else shared.home


def _chosen(shared: Shared, state: PageState) -> KnowledgeBase | None:
    """The chosen knowledge base; None for the first one, which also replaces one that is gone."""
    try:
        return shared.shelf.find(state.choices.kb) if state.choices.kb else None
    except ShelfError:
        state.choices = replace(state.choices, kb="")
        return None
