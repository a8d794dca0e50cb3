"""What the program asks of a language model, wherever it runs: count, write, be closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from .model_library import ModelCard
from .worker import Done, Prompt, Ready, Sampling, Weights

__all__ = ["LanguageModel", "TextStream", "UnderWay"]


class UnderWay(Protocol):
    """Something that a model was asked for, and that another thread may stop."""

    def cancel(self) -> None:
        """Stop."""


class TextStream(Protocol):
    """An answer under way: iterate it for text, once, then ask it for `done`.

    Leaving its `with` block stops the answer.
    """

    def __iter__(self) -> Iterator[str]:
        """Pieces of text as they come; `ModelError` when it breaks off."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel."""

    @property
    def text(self) -> str:
        """The text iterated so far."""

    @property
    def done(self) -> Done:
        """Why and with what counts it ended; `ModelError` before the end."""

    def cancel(self) -> None:
        """Stop; what was said stays."""


class LanguageModel(Protocol):
    """A language model on this machine or behind a server; safe for several threads.

    Every method but `close` raises `ModelError` when the model cannot do what was asked.
    """

    @property
    def card(self) -> ModelCard:
        """What is known of it."""

    @property
    def n_ctx(self) -> int:
        """Tokens that it reads and writes together."""

    @property
    def repacks(self) -> bool:
        """Whether weights are repacked for the processor; True where that is not known."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""

    def start(self) -> Ready:
        """Make it ready, unless it is, and tell what it is."""

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt, template included; never too few."""

    def count_text(self, text: str) -> int:
        """Tokens of a text inside a prompt; never too few."""

    def generate(self, prompt: Prompt, sampling: Sampling) -> TextStream:
        """Begin an answer."""

    def weigh(
        self,
        prompt: Prompt,
        texts: Sequence[str],
        *,
        tracks: int,
        track_tokens: int,
        begun: Callable[[UnderWay], object] | None = None,
    ) -> Weights:
        """How likely an answer to the prompt is to be each of the texts.

        `begun` gets what stops it, from any thread, before the wait begins.
        """

    def sleep(self, prompt: Prompt, path: Path) -> int:
        """Write what was read of a prompt to a file; how many tokens, 0 where that cannot be."""

    def wake(self, prompt: Prompt, path: Path) -> int:
        """Have that at hand again; how many tokens, 0 where that cannot be."""

    def close(self) -> None:
        """Release what it holds; closing twice is fine."""
