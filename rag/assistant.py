"""The front door: documents in, questions in, answers out, and the conversation kept."""

from __future__ import annotations

import copy
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest import (
    Embedder,
    Index,
    Reranker,
)
from memory import ConversationLog, Memory, Notes, SessionInfo, Turn, make_memory

from .asleep import SleepingThreads
from .conversations import log_path, open_log
from .counting import token_counter
from .documents import Documents
from .methods import Choice
from .models import LanguageModel, open_model
from .question import checked_question, settings_for
from .remember import remembering
from .reply import Reply
from .respond import Responder
from .settings import Settings
from .strategies import read_examples
from .summarise import summariser
from .thread import Threads
from .watch import Watch

__all__ = ["Assistant"]


class Assistant(Documents):
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
        with ExitStack() as opened:
            model = None
            if chosen.model != "none":
                model = open_model(
                    chosen.model,
                    chosen.context_tokens,
                    slots=chosen.slots,
                    ram_check=chosen.ram_check,
                )
                opened.callback(model.close)
            index = Index(
                Path(folder), embedder=embedder or chosen.embedder, vector_store=chosen.vector_store
            )
            opened.callback(index.close)
            conversations = open_log(log_path(folder) if log is None else log)
            opened.callback(conversations.close)
            assistant = cls.over(index, conversations, model, chosen, user=user)
            opened.pop_all()
        return assistant

    @classmethod
    def over(
        cls,
        index: Index,
        log: ConversationLog,
        model: LanguageModel | None,
        settings: Settings,
        *,
        user: str = "me",
    ) -> Assistant:
        """An assistant of parts that are open already; closing it closes them.

        Args:
            index: the knowledge base.
            log: of the conversations.
            model: answers; None answers by quotes.
            settings: which kind of memory reads the log, and all that does not open a part.
            user: whose conversations.

        Raises:
            OptionError: there is no such kind of memory.
            RerankerError: the reranker is not on this machine.
        """
        reranker = Reranker(settings.reranker) if settings.reranker else None
        memory = make_memory(
            settings.memory,
            log,
            count_tokens=token_counter(model),
            embedder=index.embedder,
            summarise=summariser(model),
        )
        asleep = None
        if model is not None and settings.asleep:
            asleep = SleepingThreads(
                log.derived, index, model, log.erasures, max(4, settings.asleep)
            )
            asleep.sweep()
        return cls(index, memory, model, settings, user, Notes(log), reranker, asleep)

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

    def ask(
        self,
        question: str,
        *,
        session: str = "default",
        strategy: Choice | None = None,
        web: str | None = None,
        replaces: int | None = None,
    ) -> Reply:
        """Answer from the documents; iterate the reply for text, then ask it for its answer.

        Args:
            question: in English or Chinese.
            session: the conversation it belongs to; a new name begins a new one.
            strategy: how this answer is made; None takes that of the settings.
            web: where to look on the internet for what the documents do not answer: "wikipedia" or
                the address of a SearXNG, "" for nowhere; None takes that of the settings. What
                the answer cites becomes a document of the knowledge base.
            replaces: number of a turn of the session in whose place the question is asked: it is
                answered as if that turn and those after it had never been, and they are forgotten
                in the moment the new answer is recorded, not before.

        Raises:
            QuestionError: the question is empty or far too long.
            StrategyError: there is no such strategy.
            WebError: this is no search server.
        """
        asked = checked_question(question)
        watch = Watch()
        respond = Responder(
            self.index,
            self.memory,
            self.model,
            settings_for(self.settings, strategy, web),
            self.user,
            self.notes,
            self._reranker,
            self._threads,
            watch,
            replaces,
        )
        work = remembering(
            asked,
            self.memory,
            self.notes,
            respond,
            user=self.user,
            session=session,
            replaces=replaces,
        )
        return Reply(work, watch)

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

    def sleep_latest(self) -> None:
        """Put as many conversations to sleep, those used last, as `Settings.asleep` says."""
        self._threads.sleep_latest(self.settings.asleep)

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
            closing.callback(self.sleep_latest)
