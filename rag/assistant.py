"""The front door: documents in, questions in, answers out, and the conversation kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from itertools import pairwise
from os import PathLike
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from ingest import (
    Embedder,
    Index,
    IndexVectorStore,
    IngestReport,
    index_terms,
    ingest_paths,
    query_terms,
)
from memory import ConversationLog, Memory, Turn, estimate_tokens, make_memory

from .answer import Answer
from .draft import Draft, Task, Writing
from .errors import QuestionError
from .followup import PastExchange
from .language import Language, language_of
from .models import LanguageModel, open_model
from .refusal import calibration, features
from .reply import Reply
from .retrieve import Retrieval, retrieve
from .retriever import IndexRetriever
from .settings import Settings
from .write_free import write_free
from .write_quote import write_quote, write_refusal, write_short

__all__ = ["Assistant"]

LONGEST_QUESTION = 20_000
"""Characters; what is longer is a document, not a question."""


USABLE = 2
"""Grade of a language from which on a model may answer in it."""


class Assistant:
    """One knowledge base, one language model and one conversation log, for one user.

    Safe for several threads: searches and generations queue. Open it with `Assistant.open`.

    Args:
        index: the knowledge base; closed along.
        memory: of the conversations; closed along.
        model: answers; None answers by quotes. Closed along.
        settings: see `Settings`.
        user: whose conversations these are.
    """

    def __init__(
        self,
        index: Index,
        memory: Memory,
        model: LanguageModel | None,
        settings: Settings,
        user: str,
    ) -> None:
        self.index = index
        self.memory = memory
        self.model = model
        self.settings = settings
        self.user = user
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: str | PathLike[str],
        *,
        settings: Settings | None = None,
        user: str = "me",
        embedder: Embedder | None = None,
        log: str | PathLike[str] | None = None,
        **changes: Any,
    ) -> Assistant:
        """Open a knowledge base, made if it is not there, with all that answers from it.

        Args:
            folder: the knowledge base.
            settings: None takes the defaults.
            user: whose conversations; users never see each other's.
            embedder: a ready embedder in place of `settings.embedder`.
            log: the conversation log; None keeps it in `folder`.
            **changes: single settings, such as `model="none"`.

        Raises:
            ModelNotFoundError: the language model is not installed; the message names ways out.
            StoreError: the folder cannot be used.
        """
        chosen = Settings(**{**(settings or Settings()).model_dump(), **changes})
        model = None if chosen.model == "none" else open_model(chosen.model, chosen.context_tokens)
        index = Index(
            Path(folder), embedder=embedder or chosen.embedder, vector_store=chosen.vector_store
        )
        conversations = ConversationLog(
            Path(log) if log is not None else Path(folder) / "conversations.sqlite",
            index_terms=index_terms,
            query_terms=query_terms,
        )
        count = model.count_text if model is not None else estimate_tokens
        memory = make_memory(chosen.memory, conversations, count_tokens=count)
        return cls(index, memory, model, chosen, user)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def ingest(
        self,
        paths: str | PathLike[str] | Sequence[str | PathLike[str]],
        **options: Any,
    ) -> IngestReport:
        """Read files and folders into the knowledge base; see `ingest_paths`."""
        several = [paths] if isinstance(paths, (str, PathLike)) else list(paths)
        return ingest_paths(self.index, several, **options)

    def ask(self, question: str, *, session: str = "default") -> Reply:
        """Answer from the documents; iterate the reply for text, then ask it for its answer.

        Args:
            question: in English or Chinese.
            session: the conversation it belongs to; a new name begins a new one.

        Raises:
            QuestionError: the question is empty or far too long.
        """
        asked = question.strip()
        if not asked:
            raise QuestionError("The question is empty ('' was asked); type a question.")
        if len(asked) > LONGEST_QUESTION:
            raise QuestionError(
                f"The question has {len(asked)!r} characters, at most {LONGEST_QUESTION!r} are "
                "read; ingest it as a document, and ask about it."
            )
        return Reply(self._answer(asked, session))

    def retriever(self, k: int | None = None) -> IndexRetriever:
        """The knowledge base as a LangChain retriever."""
        return IndexRetriever(index=self.index, k=k or self.settings.passages)

    def vector_store(self) -> IndexVectorStore:
        """The knowledge base as a LangChain vector store."""
        return IndexVectorStore(self.index)

    def history(self, session: str = "default") -> list[Turn]:
        """Every turn of a session, oldest first."""
        return self.memory.history(user=self.user, session=session)

    def close(self) -> None:
        """End the model and release the files; closing twice is fine."""
        if self.model is not None:
            self.model.close()
        self.memory.close()
        self.index.close()

    def _answer(self, question: str, session: str) -> Generator[str, None, Answer]:
        clock = _Clock()
        past = _past(self.history(session))
        found = retrieve(self.index, question, past, k=self.settings.passages)
        clock.lap("search")
        support, enough = self._support(question, found)
        recalled = self.memory.recall(
            question, user=self.user, session=session, budget=self.settings.memory_tokens
        )
        task = Task(
            question,
            language_of(question),
            found,
            recalled,
            self.memory,
            self.index.embedder,
            self.model,
            self.settings,
        )
        draft: Draft | None = None
        for piece in self._write(task) if enough else write_refusal(task):
            if isinstance(piece, Draft):
                draft = piece
            else:
                yield piece
        if draft is None:
            raise QuestionError(f"Nothing was written for {question!r}; ask again.")
        clock.lap("answer")
        answer = self._finish(task, draft, support, clock)
        self._record(answer, session)
        return answer

    def _support(self, question: str, found: Retrieval) -> tuple[float, bool]:
        """Probability that the passages hold an answer, and whether that is enough."""
        if not found.sentences:
            return 0.0, False
        fitted = calibration(language_of(question))
        wanted = {term: found.rarity[term] for term in query_terms(question)}
        support = fitted.probability(features(found.sentences, found.passages, wanted))
        limit = self.settings.refuse_below
        return support, support >= (fitted.threshold if limit is None else limit)

    def _write(self, task: Task) -> Writing:
        """The way of answering that this model can be trusted with in this language."""
        if task.model is None or not _speaks(task.model, task.language):
            return write_quote(task)
        if task.model.card.capability == "tiny":
            return write_short(task)
        return write_free(task)

    def _finish(self, task: Task, draft: Draft, support: float, clock: _Clock) -> Answer:
        used = task.model is not None and bool(draft.tokens)
        return Answer(
            question=task.question,
            text=draft.text,
            sentences=draft.sentences,
            citations=draft.citations,
            strategy=draft.strategy,
            language=task.language,
            passages=task.retrieval.passages,
            searched=task.retrieval.wordings.texts,
            support=support,
            model=task.model.card.id if used and task.model is not None else "",
            tokens=MappingProxyType(dict(draft.tokens)),
            seconds=MappingProxyType(clock.seconds),
        )

    def _record(self, answer: Answer, session: str) -> None:
        shown = [
            {"chunk_id": c.chunk_id, "source": c.source, "page": c.page, "quote": c.quote}
            for c in answer.citations
        ]
        self.memory.record(
            answer.question, answer.text, user=self.user, session=session, passages=shown
        )


def _speaks(model: LanguageModel, language: Language) -> bool:
    """Whether the catalogue grades the language as usable; one it does not name gets a try."""
    return model.card.languages.get(language, USABLE) >= USABLE


class _Clock:
    """Wall time by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, step: str) -> None:
        now = time.monotonic()
        self.seconds[step] = now - self._last
        self._last = now


def _past(turns: Sequence[Turn]) -> list[PastExchange]:
    """The exchanges of a session, oldest first; refused ones count, they were asked too."""
    past: list[PastExchange] = []
    for asked, answered in pairwise(turns):
        if asked.role == "user" and answered.role == "assistant":
            shown = tuple(
                record["chunk_id"]
                for record in answered.passages
                if isinstance(record.get("chunk_id"), int)
            )
            past.append(PastExchange(asked.text, answered.text, shown))
    return past
