"""A model's name in, a language model out that counts, answers, and may crash without harm."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from .catalogue import ModelCard, find_model
from .worker import Generation, ModelSpec, Prompt, Ready, Sampling, Weights, Worker

__all__ = ["DEFAULT_CONTEXT", "LanguageModel", "open_model"]

DEFAULT_CONTEXT = 4096
"""Tokens of context when nothing else is said: more costs memory and time at every question."""


class LanguageModel:
    """A catalogue card and the process that runs it; started by the first use.

    Args:
        card: what is known of the model, with the path of its file.
        context_tokens: tokens of context; 0 takes the model's own, up to `DEFAULT_CONTEXT`.
    """

    def __init__(self, card: ModelCard, context_tokens: int = 0) -> None:
        self.card = card
        n_ctx = context_tokens or min(card.n_ctx or DEFAULT_CONTEXT, DEFAULT_CONTEXT)
        self.worker = Worker(ModelSpec(card.path, n_ctx=n_ctx, sha256=card.sha256))

    def __repr__(self) -> str:
        return f"LanguageModel({self.card.id!r})"

    def __enter__(self) -> LanguageModel:
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

    def start(self) -> Ready:
        """Load the model, unless it is loaded, and tell what it is."""
        return self.worker.start()

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
        return self.worker.count_prompt(prompt)

    def count_text(self, text: str) -> int:
        """Tokens of a text inside a prompt."""
        return self.worker.count([text])[0]

    def generate(self, prompt: Prompt, sampling: Sampling) -> Generation:
        """Begin an answer."""
        return self.worker.generate(prompt, sampling)

    def weigh(
        self, prompt: Prompt, texts: Sequence[str], *, tracks: int, track_tokens: int
    ) -> Weights:
        """How likely an answer to the prompt is to be each of the texts; see `Worker.weigh`."""
        return self.worker.weigh(prompt, texts, tracks=tracks, track_tokens=track_tokens)

    def close(self) -> None:
        """End the process."""
        self.worker.stop()


def open_model(name: str, context_tokens: int = 0) -> LanguageModel:
    """The model of that name or path, checked, not loaded yet.

    Raises:
        ModelNotFoundError: nothing by that name, or none installed at all.
        ModelFileError: the file cannot be used.
    """
    return LanguageModel(find_model(name), context_tokens)
