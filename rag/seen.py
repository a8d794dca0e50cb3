"""What a language model was shown for one answer: its prompts, and what memory put into them."""

from __future__ import annotations

from dataclasses import dataclass

from memory import RecalledTurn

from .worker import Prompt

__all__ = ["Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """The model's side of an answer; nothing of it is stored with the conversation.

    Attributes:
        prompts: as they were given to the model's chat template, in order, each once; empty where
            no model took part.
        recalled: earlier turns that the memory chose, in the order they are printed, with their
            scores and reasons; the budget tells how many of them had to be left out.
        notes: the pinned notes as they are printed, one line each.
    """

    prompts: tuple[Prompt, ...] = ()
    recalled: tuple[RecalledTurn, ...] = ()
    notes: str = ""
