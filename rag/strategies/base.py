"""What an answer strategy is: a question and a model in, pieces of text and one draft out."""

from __future__ import annotations

from typing import Literal, Protocol

from ..models import LanguageModel
from ..writing import Task, Writing
from .calls import Cost

__all__ = ["AnswerStrategy", "NotDone", "Why"]

Why = Literal["no_examples", "no_room", "no_final", "silent"]


class NotDone(Exception):
    """A strategy could not do what it is named for; another way answers, and says why.

    Raised inside this room only.

    Attributes:
        why: key of the remark.
        cost: what was spent all the same.
    """

    def __init__(self, why: Why, cost: Cost | None = None) -> None:
        super().__init__(why)
        self.why: Why = why
        self.cost = cost or Cost()


class AnswerStrategy(Protocol):
    """A way of having a model write an answer.

    - What is shown is yielded as it is settled; what the model thinks, and drafts that may still
      change, never are. While it works unseen it yields empty pieces.
    - The draft comes last: its text checked against the passages, its tokens those of all calls,
      its workings naming the strategy.
    - Leaving the iterator at any point ends all work of the model.
    - The thread it keeps has the question, its passages and the final answer, nothing else.
    """

    def __call__(self, task: Task, model: LanguageModel) -> Writing:
        """Answer.

        Raises:
            NotDone: it cannot; only white space and markers were yielded.
            ModelError: the model failed.
        """
