"""The front door: documents in, questions in, answers out, and the conversation kept."""

from __future__ import annotations

import copy
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from functools import partial
from os import PathLike
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from ingest import (
    Embedder,
    Index,
    IndexVectorStore,
    IngestReport,
    Reranker,
    ingest_paths,
)
from memory import Memory, Notes, SessionInfo, Turn, make_memory

from .answer import Answer
from .cite import under_headings
from .clock import Clock
from .conversations import log_path, open_log
from .counting import token_counter
from .draft import Draft, Task
from .errors import QuestionError
from .language import language_of
from .models import LanguageModel, open_model
from .past import past_exchanges
from .remember import pinned, remembering
from .reply import Reply
from .retrieve import retrieve
from .retriever import IndexRetriever
from .settings import Settings
from .summarise import summariser
from .support import supported
from .thread import Threads
from .uploads import document_name, store_upload
from .write_fitting import write_fitting
from .write_memory import write_memory
from .write_quote import write_refusal

__all__ = ["Assistant"]

LONGEST_QUESTION = 20_000
"""Characters; what is longer is a document, not a question."""


class Assistant:
    """One knowledge base, one language model and one conversation log, for one user.

    Safe for several threads: searches and generations queue. Open it with `Assistant.open`.

    Args:
        index: the knowledge base; closed along.
        memory: of the conversations; closed along.
        model: answers; None answers by quotes. Closed along.
        settings: see `Settings`.
        user: whose conversations these are.
        notes: pinned notes of the users; None pins nothing.
        reranker: puts what was found in its own order; None leaves it.
    """

    def __init__(
        self,
        index: Index,
        memory: Memory,
        model: LanguageModel | None,
        settings: Settings,
        user: str,
        notes: Notes | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        self.index = index
        self.memory = memory
        self.model = model
        self.settings = settings
        self.user = user
        self.notes = notes
        self._reranker = reranker
        self._threads = Threads(memory, index)
        self._borrowed = False

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
            ModelMemoryError: the language model needs more memory than is free.
            RerankerError: the reranker is not on this machine.
            StoreError: the folder cannot be used.
        """
        chosen = Settings(**{**(settings or Settings()).model_dump(), **changes})
        model = None
        if chosen.model != "none":
            model = open_model(chosen.model, chosen.context_tokens, ram_check=chosen.ram_check)
        reranker = Reranker(chosen.reranker) if chosen.reranker else None
        with ExitStack() as opened:
            index = Index(
                Path(folder), embedder=embedder or chosen.embedder, vector_store=chosen.vector_store
            )
            opened.callback(index.close)
            conversations = open_log(log_path(folder) if log is None else log)
            opened.callback(conversations.close)
            memory = make_memory(
                chosen.memory,
                conversations,
                count_tokens=token_counter(model),
                embedder=index.embedder,
                summarise=summariser(model),
            )
            opened.pop_all()
        return cls(index, memory, model, chosen, user, Notes(conversations), reranker)

    def for_user(self, user: str) -> Assistant:
        """The same knowledge base and model for another user; closing it closes nothing."""
        other = copy.copy(self)
        other.user, other._borrowed = user, True
        return other

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

    def add_file(self, name: str, data: bytes, **options: Any) -> IngestReport:
        """Keep a copy of an uploaded file and read it; the same name again replaces it.

        Args:
            name: as it came; data only, never part of a path.
            data: the file's bytes.
            **options: of `ingest_paths`.
        """
        return ingest_paths(self.index, [store_upload(self.index.path, name, data)], **options)

    def document_name(self, source: str) -> str:
        """What to call the document of a citation: its file's name, as uploaded or as found."""
        return document_name(source)

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
        return Reply(
            remembering(
                asked, self.memory, self.notes, self._answer, user=self.user, session=session
            )
        )

    def retriever(self, k: int | None = None) -> IndexRetriever:
        """The knowledge base as a LangChain retriever."""
        return IndexRetriever(index=self.index, k=self.settings.passages if k is None else k)

    def vector_store(self) -> IndexVectorStore:
        """The knowledge base as a LangChain vector store."""
        return IndexVectorStore(self.index)

    def history(self, session: str = "default") -> list[Turn]:
        """Every turn of a session, oldest first."""
        return self.memory.history(user=self.user, session=session)

    def sessions(self) -> list[SessionInfo]:
        """This user's conversations, the one written to last first."""
        return self.memory.sessions(user=self.user)

    def close(self) -> None:
        """End the model and release the files; closing twice is fine."""
        if self._borrowed:
            return
        with ExitStack() as closing:
            closing.callback(self.index.close)
            if self.model is not None:
                closing.callback(self.model.close)
            closing.callback(self.memory.close)  # first: a summary under way needs the model

    def _answer(self, question: str, session: str) -> Generator[str, None, Answer]:
        clock = Clock()
        erased = self._threads.erased(self.user)
        history = self.history(session)
        past = past_exchanges(history)
        found = retrieve(
            self.index, question, past, k=self.settings.passages, reranker=self._reranker
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
            self._threads.of(self.user, session, history),
            partial(self._threads.keep, self.user, session, erased),
        )
        draft: Draft | None = None
        write = write_fitting if enough else write_refusal
        for piece in write_memory(task, write, refused=not enough):
            if isinstance(piece, Draft):
                draft = piece
            else:
                yield piece
        if draft is None:
            raise QuestionError(f"Nothing was written for {question!r}; ask again.")
        clock.lap("answer")
        return self._finish(task, draft, support, clock)

    def _finish(self, task: Task, draft: Draft, support: float, clock: Clock) -> Answer:
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
        )
