"""A language model in; what a memory needs to have a summary written by it, out."""

from __future__ import annotations

from .models import LanguageModel
from .worker import ChatTurn, Prompt, Sampling

__all__ = ["Summariser", "summariser"]

LONGEST_SUMMARY = 200
"""Tokens: about ten sentences."""


class Summariser:
    """A callable: a prompt to the model's words.

    Attributes:
        name: the model's, under which its summaries are stored.
    """

    def __init__(self, model: LanguageModel) -> None:
        self.name = model.card.id
        self._model = model

    def __call__(self, prompt: str) -> str:
        """What the model says.

        Raises:
            ModelError: it failed.
        """
        asked = Prompt(turns=(ChatTurn("user", prompt),))
        with self._model.generate(asked, Sampling(max_tokens=LONGEST_SUMMARY)) as generation:
            for _ in generation:
                pass
        return generation.text


def summariser(model: LanguageModel | None) -> Summariser | None:
    """The model as a writer of summaries, or None without one."""
    return None if model is None else Summariser(model)
