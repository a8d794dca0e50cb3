"""The front door: documents in, questions in, answers out, and the conversation kept."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, get_args

from ingest import (
    Embedder,
    Index,
    IndexVectorStore,
    IngestReport,
    Reranker,
    ingest_paths,
)
from memory import Memory, Notes, SessionInfo, Turn, make_memory

from .asleep import SleepingThreads
from .conversations import log_path, open_log
from .counting import token_counter
from .errors import QuestionError, StrategyError
from .methods import Choice
from .models import LanguageModel, open_model
from .remember import remembering
from .reply import Reply
from .respond import Responder
from .retriever import IndexRetriever
from .settings import Settings
from .strategies import read_examples
from .summarise import summariser
from .thread import Threads
from .uploads import document_name, store_upload

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
        asleep: where conversations sleep; None keeps what the model has read in memory only.
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
        asleep: SleepingThreads | None = None,
    ) -> None:
        self.index = index
        self.memory = memory
        self.model = model
        self.settings = settings
        self.user = user
        self.notes = notes
        self._reranker = reranker
        self._threads = Threads(memory, index, asleep)
        self._borrowed = self._closed = False

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
            StrategyError: the file of examples cannot be used.
            StoreError: the folder cannot be used.
        """
        chosen = Settings(**{**(settings or Settings()).model_dump(), **changes})
        if chosen.examples is not None:
            read_examples(chosen.examples)
        model = None
        if chosen.model != "none":
            model = open_model(
                chosen.model, chosen.context_tokens, slots=chosen.slots, ram_check=chosen.ram_check
            )
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
        asleep = None
        if model is not None and chosen.asleep:
            asleep = SleepingThreads(
                conversations.derived, index, model, conversations.erasures, max(4, chosen.asleep)
            )
            asleep.sweep()
        return cls(index, memory, model, chosen, user, Notes(conversations), reranker, asleep)

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

    def ask(
        self, question: str, *, session: str = "default", strategy: Choice | None = None
    ) -> Reply:
        """Answer from the documents; iterate the reply for text, then ask it for its answer.

        Args:
            question: in English or Chinese.
            session: the conversation it belongs to; a new name begins a new one.
            strategy: how this answer is made; None takes that of the settings.

        Raises:
            QuestionError: the question is empty or far too long.
            StrategyError: there is no such strategy.
        """
        asked = question.strip()
        if not asked:
            raise QuestionError("The question is empty ('' was asked); type a question.")
        if len(asked) > LONGEST_QUESTION:
            raise QuestionError(
                f"The question has {len(asked)!r} characters, at most {LONGEST_QUESTION!r} are "
                "read; ingest it as a document, and ask about it."
            )
        respond = Responder(
            self.index,
            self.memory,
            self.model,
            self._settings_for(strategy),
            self.user,
            self.notes,
            self._reranker,
            self._threads,
        )
        return Reply(
            remembering(asked, self.memory, self.notes, respond, user=self.user, session=session)
        )

    def _settings_for(self, strategy: Choice | None) -> Settings:
        if strategy is None:
            return self.settings
        if strategy not in get_args(Choice):
            raise StrategyError(
                f"There is no strategy {strategy!r}; choose one of {get_args(Choice)!r}."
            )
        return self.settings.model_copy(update={"strategy": strategy})

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

    def sleep(self, session: str = "default") -> int:
        """Put a conversation to sleep on the disk; it wakes with its next question.

        Closing does it for the conversations used last; see `Settings.asleep`.

        Returns:
            Tokens that the model need not read again then; 0 when it has read nothing of the
            conversation, or cannot write it down.
        """
        return self._threads.sleep(self.user, session)

    def close(self) -> None:
        """End the model and release the files; closing twice is fine."""
        if self._borrowed or self._closed:
            return
        self._closed = True
        with ExitStack() as closing:
            closing.callback(self.index.close)
            if self.model is not None:
                closing.callback(self.model.close)
            closing.callback(self.memory.close)  # early: a summary under way needs the model
            closing.callback(self._threads.sleep_latest, self.settings.asleep)
