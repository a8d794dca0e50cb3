"""The tokens of a prompt that are still to be read in; how many of them to read next, out.

A prompt is never parted so that one token is read alone. llama.cpp multiplies a single token by
another kernel than several, which rounds otherwise; any parts of two or more come out the same bit
for bit (SmolLM2-135M in Q4_1, Q8_0 and F16, parts of 2 to 512 tokens: no difference; tokens one by
one: log-probabilities up to 0.2 off; K-quants, whose weights are repacked: parts within 0.003). So
it makes no difference to an answer what of its prompt had been read before.
"""

from __future__ import annotations

__all__ = ["FEWEST", "Share", "part"]

FEWEST = 2
"""Tokens of a prompt that are read together at the least."""

_SECONDS = 0.1
_LEAST, _MOST = 16, 256  # tokens; of more, each takes as long as of 64


def part(pending: int, room: int) -> int:
    """Tokens to read now; those that are left are none or at least `FEWEST`.

    Args:
        pending: tokens that are still to be read, above 0.
        room: tokens that fit in, more than `FEWEST`.
    """
    if pending <= room:
        return pending
    return min(room, pending - FEWEST)


class Share:
    """How many tokens of a prompt are read per step while others wait for their next word.

    As many as take a tenth of a second here: their answers still come faster than people read,
    five words a second at most, whatever the model's size. Never so few that the processor reads
    the weights mostly for nothing.

    Attributes:
        room: tokens, 16 to 256.
    """

    def __init__(self) -> None:
        self.room = 2 * _LEAST

    def took(self, tokens: int, seconds: float) -> None:
        """Take in how long so many tokens took; those of a few say little, and are left out."""
        if tokens >= _LEAST and seconds > 0:
            fitting = tokens * _SECONDS / seconds
            self.room = round(min(max((self.room + fitting) / 2, _LEAST), _MOST))
