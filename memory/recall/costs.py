"""What turns are expected to cost when they are printed, from what their bare texts cost."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..render import Renderer, TokenCounter
from ..turn import RecalledTurn, Role, Turn

__all__ = ["Costs"]

_WORD = "word"


class Costs:
    """Labels, newlines and headers of one renderer, in tokens; taken by printing a word.

    Args:
        count_tokens: text to its number of tokens.
        render: recalled turns to text.
    """

    def __init__(self, count_tokens: TokenCounter, render: Renderer) -> None:
        self._count = count_tokens
        self._render = render

    def printed(self, tokens: NDArray[Any], by_user: NDArray[Any]) -> NDArray[np.int64]:
        """Tokens of turns with their labels, from those of their texts."""
        labels = np.where(by_user, self._labels[0], self._labels[1])
        total: NDArray[np.int64] = tokens + labels
        return total

    @cached_property
    def header(self) -> int:
        """Tokens of the header of a session that is not the first."""
        first = self._render([_turn("user", 1)])
        both = self._render([_turn("user", 1), _turn("user", 2, "t")])
        return max(self._count(both) - self._count(first) - self._count(_WORD) - self._labels[0], 0)

    @cached_property
    def _labels(self) -> tuple[int, int]:
        first = _turn("user", 1)
        alone = self._count(self._render([first]))
        roles: tuple[Role, Role] = ("user", "assistant")
        both = [self._count(self._render([first, _turn(role, 2)])) for role in roles]
        word = self._count(_WORD)
        return both[0] - alone - word, both[1] - alone - word


def _turn(role: Role, number: int, session: str = "s") -> RecalledTurn:
    day = datetime(2023, 5, 28, tzinfo=UTC)
    return RecalledTurn(Turn(0, "", session, number, day, role, _WORD), 0.0, "")
