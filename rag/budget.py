"""The tokens of one prompt: what each part took, and what had to be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Budget"]


@dataclass(frozen=True, slots=True)
class Budget:
    """Where the tokens of a prompt went; `prompt + answer_room <= n_ctx`, always.

    Attributes:
        n_ctx: tokens that the model reads and writes together.
        prompt: tokens of the whole prompt, template included.
        answer_room: tokens kept for the answer.
        parts: tokens of each part in reading order, which add up to `prompt`: "system" (or
            "thread": all that the model has read before), "notes", "recalled", "passages",
            "examples", "question", "instruction" (of the answer strategy).
        dropped_turns: recalled turns left out, oldest first.
        dropped_passages: passages left out, lowest first.
        dropped_examples: solved examples left out, the least similar first.
        restarted: whether an earlier prompt of this conversation was given up to make room.
    """

    n_ctx: int
    prompt: int
    answer_room: int
    parts: Mapping[str, int] = field(default_factory=dict)
    dropped_turns: int = 0
    dropped_passages: int = 0
    restarted: bool = False
    dropped_examples: int = 0

    def as_dict(self) -> dict[str, object]:
        """JSON-able values."""
        return {
            "n_ctx": self.n_ctx,
            "prompt": self.prompt,
            "answer_room": self.answer_room,
            "parts": dict(self.parts),
            "dropped_turns": self.dropped_turns,
            "dropped_passages": self.dropped_passages,
            "dropped_examples": self.dropped_examples,
            "restarted": self.restarted,
        }
