"""The turns of a conversation in; its exchanges, as a follow-up question needs them, out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from memory import Turn, find_statements

from .cite import strip_markers
from .search import PastExchange

__all__ = ["past_exchanges"]


def past_exchanges(turns: Sequence[Turn]) -> list[PastExchange]:
    """The exchanges of a session, oldest first; refused ones count, they were asked too.

    What was only stated for keeping asked nothing and is left out; so is what the conversation
    itself has answered.
    """
    past: list[PastExchange] = []
    for asked, answered in pairwise(turns):
        spoken = asked.role == "user" and answered.role == "assistant"
        if spoken and _asks(asked.text) and not _from_memory(answered):
            shown = tuple(
                record["chunk_id"]
                for record in answered.passages
                if isinstance(record.get("chunk_id"), int)
            )
            past.append(PastExchange(asked.text, strip_markers(answered.text), shown))
    return past


def _asks(message: str) -> bool:
    return bool(find_statements(message).rest)


def _from_memory(answered: Turn) -> bool:
    """Whether an answer quotes an earlier turn; number 0 is the message that it confirms."""
    quoted = [record["said"] for record in answered.passages if "said" in record]
    return any(isinstance(said, dict) and said.get("number") for said in quoted)
