"""Names of knowledge bases, models and memory kinds in; assistants that share what is open, out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from os import PathLike
from pathlib import Path

from ingest import Index
from memory import ConversationLog, Feedback, Memory, make_memory

from .assistant import Assistant
from .catalogue import find_model
from .conversations import log_path, open_log
from .errors import ModelMemoryError, ModelNotFoundError, RagError
from .models import LanguageModel, LocalModel, open_model
from .settings import Settings
from .speed import Speed, measure_speed
from .tuning import Trial, tune_model

__all__ = ["Desk"]

_Place = tuple[Path, str, str]  # knowledge base, model, kind of memory


class Desk:
    """One conversation log, and everything that its conversations may choose between.

    Each knowledge base and each model is opened once, when it is first asked for, and stays open.
    A conversation may change any of the three from one question to the next and loses nothing:
    all kinds of memory read the same log. Safe for several threads.

    Args:
        log: the conversation log's file.
        settings: of all assistants, but for model and memory where they are chosen.

    Attributes:
        log: every conversation.
        feedback: what users think of the answers in it.
        memory: reads it for lists and searches; no prompt is made from it.
    """

    def __init__(self, log: str | PathLike[str], settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.log: ConversationLog = open_log(log)
        self.feedback = Feedback(self.log)
        self.memory: Memory = make_memory("window", self.log)
        self._lock = threading.RLock()
        self._indexes: dict[Path, Index] = {}
        self._models: dict[str, LanguageModel] = {}
        self._assistants: dict[_Place, Assistant] = {}  # the one asked for last at the end
        self._closed = False

    @classmethod
    def beside(cls, knowledge_base: str | PathLike[str], settings: Settings | None = None) -> Desk:
        """A desk whose log is the one of this knowledge base."""
        return cls(log_path(knowledge_base), settings)

    def assistant(
        self,
        knowledge_base: str | PathLike[str],
        *,
        user: str,
        model: str | None = None,
        memory: str | None = None,
    ) -> Assistant:
        """An assistant for one user; closing it closes nothing.

        Where the model needs memory that idle models hold, those are unloaded; they come back
        with their next question.

        Args:
            knowledge_base: its folder, made if it is not there.
            user: whose conversations.
            model: name or path, "none" quotes only; None takes that of the settings.
            memory: kind; None takes that of the settings.

        Raises:
            RagError: the desk is closed.
            ModelNotFoundError: the model is not installed.
            ModelMemoryError: it needs more memory than is free.
            OptionError: there is no such kind of memory.
            StoreError: the folder cannot be used.
        """
        chosen = {
            "model": model or self.settings.model,
            "memory": memory or self.settings.memory,
        }
        place = (_one(knowledge_base), chosen["model"], chosen["memory"])
        with self._lock:
            index, opened = self.index(knowledge_base), self._model(place[1])
            found = self._assistants.pop(place, None) or Assistant.over(
                index, self.log, opened, self.settings.model_copy(update=chosen)
            )
            self._assistants[place] = found
            return found.for_user(user)

    def index(self, knowledge_base: str | PathLike[str]) -> Index:
        """The knowledge base of that folder, open.

        Raises:
            RagError: the desk is closed.
            StoreError: the folder cannot be used.
        """
        folder = _one(knowledge_base)
        with self._lock:
            self._check_open()
            if folder not in self._indexes:
                self._indexes[folder] = Index(
                    Path(knowledge_base).absolute(),
                    embedder=self.settings.embedder,
                    vector_store=self.settings.vector_store,
                )
            return self._indexes[folder]

    def erasures(self) -> int:
        """How often something was forgotten in the log, by anybody."""
        return self.log.erasures(user="everybody")

    def release(self, knowledge_base: str | PathLike[str]) -> None:
        """Close a knowledge base, as before it is deleted; the next question opens it anew."""
        folder = _one(knowledge_base)
        with self._lock:
            for place in [place for place in self._assistants if place[0] == folder]:
                del self._assistants[place]
            index = self._indexes.pop(folder, None)
        if index is not None:
            index.close()

    def unload(self, model: str) -> None:
        """End a model's process, as before it is removed; a question under way fails."""
        with self._lock:
            for place in [place for place in self._assistants if place[1] == model]:
                del self._assistants[place]
            opened = self._models.pop(model, None)
        if opened is not None:
            opened.close()

    def running(self, model: str) -> LanguageModel | None:
        """The model if it is loaded, or behind a server; None where asking it would load it."""
        with self._lock:
            opened = self._models.get(model)
        loaded = not isinstance(opened, LocalModel) or opened.worker.pid is not None
        return opened if loaded else None

    def rest(self, model: str) -> None:
        """End a model's process unless it is at work; it comes back with its next question."""
        with self._lock:
            opened = self._models.get(model)
        if isinstance(opened, LocalModel):
            opened.close_if_idle()

    def measure(self, model: str) -> Speed:
        """Load a model, anew unless it is at work, and measure how fast it reads and writes.

        Args:
            model: name or path; one that was not loaded before is unloaded afterwards.

        Raises:
            ModelNotFoundError: it is not installed, or is "none".
            ModelError: it cannot be loaded, or does not answer.
        """
        was_running = self.running(model) is not None
        self.rest(model)
        with self._lock:
            opened = self._model(model)
        if opened is None:
            raise ModelNotFoundError(f"{model!r} cannot be measured; name a model.")
        try:
            return measure_speed(opened)
        finally:
            if not was_running:
                self.rest(model)

    def tune(
        self,
        model: str,
        *,
        seconds: float = 60.0,
        on_trial: Callable[[Trial], None] | None = None,
    ) -> list[Trial]:
        """Find the fastest way to run a model, which its next question uses; see `tune_model`."""
        card = find_model(model)
        self.rest(model)
        trials = tune_model(card, seconds=seconds, on_trial=on_trial)
        self.rest(model)
        return trials

    def _model(self, name: str) -> LanguageModel | None:
        """The model, and free memory for it; None for "none"."""
        if name == "none":
            return None
        try:
            return self._fitting(name)
        except ModelMemoryError:
            for other in [self._models[other] for other in self._models if other != name]:
                if isinstance(other, LocalModel):
                    other.close_if_idle()
            return self._fitting(name)

    def _fitting(self, name: str) -> LanguageModel:
        self._check_open()
        if name not in self._models:
            settings = self.settings
            self._models[name] = open_model(
                name, settings.context_tokens, slots=settings.slots, ram_check=settings.ram_check
            )
        model = self._models[name]
        if isinstance(model, LocalModel):
            model.check_memory()
        return model

    def _check_open(self) -> None:
        if self._closed:
            raise RagError("Everything was closed, as at the end of the program; start it again.")

    def close(self) -> None:
        """Put the latest conversations to sleep, end the models and release the files.

        Closing twice is fine; afterwards nothing is opened any more.
        """
        with self._lock, ExitStack() as closing:
            if self._closed:
                return
            self._closed = True
            closing.callback(self.log.close)
            for index in self._indexes.values():
                closing.callback(index.close)
            for model in self._models.values():
                closing.callback(model.close)
            for assistant in self._assistants.values():
                closing.callback(assistant.memory.close)  # a summary under way needs the model
            for assistant in reversed(self._assistants.values()):
                closing.callback(assistant.sleep_latest)  # the latest in the end: it stays


def _one(folder: str | PathLike[str]) -> Path:
    """The one path of a folder, however it is named."""
    return Path(folder).resolve()
