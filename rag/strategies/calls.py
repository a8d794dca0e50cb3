"""Prompts in, the model's words out without anybody seeing them come, and what they cost."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack

from ..language_model import TextStream
from ..models import LanguageModel
from ..worker import Done, Prompt, Sampling

__all__ = ["Cost", "ask", "ask_several"]

_COUNTED = ("prompt", "reused", "answer", "calls")


class Cost:
    """Tokens and calls of a model, summed.

    Attributes:
        tokens: "prompt" read, "reused" of these without work, "answer" written, "calls" made.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, int] = {}

    def add(self, done: Done) -> None:
        """Count one more answer."""
        self.merge(
            {
                "prompt": done.prompt_tokens,
                "reused": done.reused_tokens,
                "answer": done.answer_tokens,
                "calls": 1,
            }
        )

    def merge(self, tokens: Mapping[str, int]) -> None:
        """Count what was counted elsewhere; nothing stays nothing."""
        if tokens:
            self.tokens = {
                name: self.tokens.get(name, 0) + tokens.get(name, 0) for name in _COUNTED
            }


def ask(
    model: LanguageModel, prompt: Prompt, sampling: Sampling, cost: Cost
) -> Generator[str, None, TextStream]:
    """One answer, read to its end; an empty piece for each of its pieces."""
    (stream,) = yield from ask_several(model, prompt, [sampling], cost)
    return stream


def ask_several(
    model: LanguageModel, prompt: Prompt, samplings: Sequence[Sampling], cost: Cost
) -> Generator[str, None, list[TextStream]]:
    """Several answers to one prompt, begun together so that the model may write them at once.

    All are ended when one fails or the reader leaves.

    Raises:
        ModelError: one of them failed.
    """
    with ExitStack() as under_way:
        streams: list[TextStream] = [
            under_way.enter_context(model.generate(prompt, sampling)) for sampling in samplings
        ]
        for stream in streams:
            for _ in stream:
                yield ""
            cost.add(stream.done)
    return streams
