"""What a model is given to read: trusted pieces that may hold special tokens, and all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ChatTurn", "Prompt", "Segment"]


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One message of a chat; `content` is untrusted and never becomes a special token."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a raw prompt; only a `special` one may contain special tokens."""

    text: str
    special: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads: either chat `turns`, rendered by its template, or raw `segments`.

    Attributes:
        turns: the chat, the last turn being the one to answer.
        segments: used instead of `turns` when there are none; a BOS token is added if the model
            wants one.
        answer_prefix: words that the answer is made to begin with; they are not sent back. End
            it without a space: tokens usually bring their own.
    """

    turns: tuple[ChatTurn, ...] = ()
    segments: tuple[Segment, ...] = ()
    answer_prefix: str = ""
