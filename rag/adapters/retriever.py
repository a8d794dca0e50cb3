"""A question in, the turns that a memory recalls for it out, as LangChain documents."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from memory import RecalledTurn

__all__ = ["MemoryRetriever"]


class MemoryRetriever(BaseRetriever):
    """The turns that fit a budget, in the order a prompt would show them, with their provenance.

    Attributes:
        memory: a `Memory` of any kind; not closed by this.
        user: whose conversations; no other user's are ever seen.
        session: the conversation that goes on.
        budget: tokens of all turns as the memory prints and counts them.
    """

    memory: Any
    user: str = Field(min_length=1)
    session: str = Field(min_length=1)
    budget: int = Field(default=512, ge=0)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        recalled = self.memory.recall(
            query, user=self.user, session=self.session, budget=self.budget
        )
        return [_document(item) for item in recalled]


def _document(item: RecalledTurn) -> Document:
    turn = item.turn
    return Document(
        id=str(turn.id) if turn.id else None,
        page_content=item.text,
        metadata={
            "turn": turn.id,
            "session": turn.session,
            "number": turn.number,
            "role": turn.role,
            "time": turn.time.isoformat(),
            "score": item.score,
            "why": item.why,
        },
    )
