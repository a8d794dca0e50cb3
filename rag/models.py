"""A model's name in, a language model out that counts, answers, and may crash without harm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from .catalogue import ModelCard, find_model
from .language_model import LanguageModel, UnderWay
from .model_library import DEFAULT_CONTEXT, check_memory, slots_that_fit
from .remote import RemoteModel, is_remote
from .weights import usual_weights
from .worker import Generation, ModelSpec, Prompt, Ready, Sampling, Weights, Worker

__all__ = ["DEFAULT_CONTEXT", "LanguageModel", "LocalModel", "open_model"]


class LocalModel:
    """A catalogue card and the process that runs it; started by the first use.

    Args:
        card: what is known of the model, with the path of its file.
        context_tokens: tokens of context; 0 takes the model's own, up to `DEFAULT_CONTEXT`.
        slots: answers written side by side; 0 takes as many, up to 4, as leave memory free.
        ram_check: refuse to load a model that needs more memory than is free.
    """

    def __init__(
        self, card: ModelCard, context_tokens: int = 0, *, slots: int = 0, ram_check: bool = True
    ) -> None:
        self.card = card
        self.context_tokens = context_tokens or min(card.n_ctx or DEFAULT_CONTEXT, DEFAULT_CONTEXT)
        self.slots = slots or slots_that_fit(card, self.context_tokens)
        self.ram_check = ram_check
        spec = ModelSpec(
            card.path,
            n_ctx=self.context_tokens,
            slots=self.slots,
            usual_weights=usual_weights(card),
            sha256=card.sha256,
        )
        self.worker = Worker(spec)
        self._lock = threading.Lock()
        self._uses = 0

    def __repr__(self) -> str:
        return f"LocalModel({self.card.id!r})"

    def __enter__(self) -> LocalModel:
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

    def check_memory(self) -> None:
        """Return when the model is loaded, fits into the free memory, or is not to be checked.

        Raises:
            ModelMemoryError: it needs more memory than is free.
        """
        if self.ram_check and self.worker.pid is None:
            check_memory(self.card, self.context_tokens, self.slots)

    def _checked(self) -> Worker:
        self.check_memory()
        return self.worker

    def start(self) -> Ready:
        """Load the model, unless it is loaded, and tell what it is.

        Raises:
            ModelMemoryError: it needs more memory than is free.
            ModelError: it cannot be loaded.
        """
        return self._checked().start()

    @property
    def repacks(self) -> bool:
        """Whether weights are repacked for the processor; False where that proved to crash."""
        return self.worker.repacks

    @property
    def n_ctx(self) -> int:
        """Tokens that the model reads and writes together."""
        return self.start().n_ctx

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt, template included."""
        return self._checked().count_prompt(prompt)

    def count_text(self, text: str) -> int:
        """Tokens of a text inside a prompt."""
        return self._checked().count([text])[0]

    def generate(self, prompt: Prompt, sampling: Sampling) -> Generation:
        """Begin an answer."""
        return self._checked().generate(prompt, sampling)

    def weigh(
        self,
        prompt: Prompt,
        texts: Sequence[str],
        *,
        tracks: int,
        track_tokens: int,
        begun: Callable[[UnderWay], object] | None = None,
    ) -> Weights:
        """How likely an answer to the prompt is to be each of the texts; see `Worker.weigh`."""
        return self._checked().weigh(
            prompt, texts, tracks=tracks, track_tokens=track_tokens, begun=begun
        )

    def sleep(self, prompt: Prompt, path: Path) -> int:
        """Write what was read of a prompt to a file; see `Worker.sleep`."""
        return self.worker.sleep(prompt, path) if self.worker.pid is not None else 0

    def wake(self, prompt: Prompt, path: Path) -> int:
        """Have that at hand again; see `Worker.wake`."""
        return self._checked().wake(prompt, path)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Inside the block the model is not idle, neither between two requests of an answer."""
        with self._lock:
            self._uses += 1
        try:
            yield
        finally:
            with self._lock:
                self._uses -= 1

    def close_if_idle(self) -> bool:
        """End the process unless a question is under way; whether it has ended."""
        with self._lock:
            if self._uses or self.worker.busy:
                return False
            self.worker.stop()
            return True

    def close(self) -> None:
        """End the process."""
        self.worker.stop()


def open_model(
    name: str, context_tokens: int = 0, *, slots: int = 0, ram_check: bool = True
) -> LanguageModel:
    """The model of that name or path, checked, not loaded yet.

    Args:
        name: an id of the catalogue, the path of a GGUF file, or a model of a server, as in
            "ollama:qwen3:4b" or "openai:NAME@http://127.0.0.1:8000/v1".
        context_tokens: see `LocalModel`.
        slots: see `LocalModel`; a server decides by itself.
        ram_check: say before loading when there is too little memory, by `ModelMemoryError`.

    Raises:
        ModelNotFoundError: nothing by that name, or none installed at all.
        ModelFileError: the file cannot be used.
        ModelMemoryError: it needs more memory than is free.
    """
    if is_remote(name):
        return RemoteModel(name, context_tokens)
    model = LocalModel(find_model(name), context_tokens, slots=slots, ram_check=ram_check)
    model.check_memory()
    return model
