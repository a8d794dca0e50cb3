"""What an answer under way is doing at this moment, for whoever waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One moment of an answer.

    Attributes:
        name: "rewrite" while the model rewords a follow-up, where it can be trusted with that;
            "search", then "read" (ranking sentences, or the model reads its prompt), "wait" while
            the model is busy with the questions before, and "write"; between "read" and "read"
            "web" while the internet is asked.
        searched: every wording that is searched for, the question first; empty before the search.
            While the internet is asked: what a search server is asked for, then the addresses of
            the pages that are read.
        passages: how many were found; 0 before.
        position: questions before this one, from 1 while it waits, else 0.
        tokens: pieces written so far, each a token or the few that make one character.
        rate: tokens per second since the first one; 0.0 before the second.
    """

    name: Literal["rewrite", "search", "read", "web", "wait", "write"] = "search"
    searched: tuple[str, ...] = ()
    passages: int = 0
    position: int = 0
    tokens: int = 0
    rate: float = 0.0
