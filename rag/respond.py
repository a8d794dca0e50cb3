"""A question and its conversation in; the pieces of its answer, and the whole of it, out."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from ingest import Index, Reranker
from memory import Memory, Notes

from .answer import Answer
from .cite import under_headings
from .clock import Clock
from .counting import token_counter
from .draft import Draft, Task
from .errors import QuestionError
from .language import language_of
from .models import LanguageModel
from .past import past_exchanges
from .remember import pinned
from .retrieve import retrieve
from .settings import Settings
from .strategies import write_answer
from .support import supported
from .thread import Threads
from .write_memory import write_memory
from .write_quote import write_refusal

__all__ = ["Responder"]


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers questions of one user: search, decide whether to answer, write.

    Attributes:
        index: the knowledge base.
        memory: of the conversations.
        model: answers; None answers by quotes.
        settings: of this question.
        user: whose conversations.
        notes: pinned notes of the users; None pins nothing.
        reranker: puts what was found in its own order; None leaves it.
        threads: what the model has read.
    """

    index: Index
    memory: Memory
    model: LanguageModel | None
    settings: Settings
    user: str
    notes: Notes | None
    reranker: Reranker | None
    threads: Threads

    def __call__(self, question: str, session: str) -> Generator[str, None, Answer]:
        """Pieces of text as they come, and the answer at the end; nothing is recorded."""
        clock = Clock()
        erased = self.threads.erased(self.user)
        history = self.memory.history(user=self.user, session=session)
        past = past_exchanges(history)
        found = retrieve(
            self.index, question, past, k=self.settings.passages, reranker=self.reranker
        )
        clock.lap("search")
        support, enough = supported(question, found, self.settings.refuse_below)
        task = Task(
            question,
            language_of(question),
            found,
            partial(
                self.memory.recall,
                question,
                user=self.user,
                session=session,
                budget=self.settings.memory_tokens,
            ),
            self.memory,
            self.index.embedder,
            self.model,
            self.settings,
            partial(pinned, self.notes, self.user, token_counter(self.model)),
            partial(self.notes.list, user=self.user) if self.notes else tuple,
            session,
            history[-1].number + 1 if history else 1,
            self.threads.of(self.user, session, history),
            partial(self.threads.keep, self.user, session, erased),
        )
        draft: Draft | None = None
        write = write_answer if enough else write_refusal
        for piece in write_memory(task, write, refused=not enough):
            if isinstance(piece, Draft):
                draft = piece
            else:
                yield piece
        if draft is None:
            raise QuestionError(f"Nothing was written for {question!r}; ask again.")
        clock.lap("answer")
        return self._whole(task, draft, support, clock)

    def _whole(self, task: Task, draft: Draft, support: float, clock: Clock) -> Answer:
        used = task.model is not None and bool(draft.tokens)
        return Answer(
            question=task.question,
            text=draft.text,
            sentences=draft.sentences,
            citations=under_headings(draft.citations, self.index),
            strategy=draft.strategy,
            language=task.language,
            passages=task.retrieval.passages,
            searched=task.retrieval.wordings.texts,
            support=support,
            model=task.model.card.id if used and task.model is not None else "",
            tokens=MappingProxyType(dict(draft.tokens)),
            seconds=MappingProxyType(clock.seconds),
            said=draft.said,
            budget=draft.budget,
            workings=draft.workings,
        )
