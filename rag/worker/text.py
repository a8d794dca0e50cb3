"""Bytes of tokens in, whole characters out, up to the first stop string or endless repetition."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

__all__ = ["AnswerText", "is_repeating"]

_LONGEST_CYCLE = 64  # tokens: about three sentences
_LEAST_TOKENS = 96  # tokens of pure repetition; shorter runs occur in tables and rules
_LEAST_ROUNDS = 4


class AnswerText:
    """An answer that grows by bytes and is handed on as text.

    A character is handed on when all its bytes are there; what might be the beginning of a stop
    string is held back until it is known not to be one.

    Attributes:
        stopped: a stop string came; nothing is handed on any more.
    """

    def __init__(self, stop: Sequence[str] = (), *, strip_start: bool = False) -> None:
        self.stopped = False
        self._stop = [text for text in stop if text]
        self._strip = strip_start
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, piece: bytes) -> str:
        """The text that `piece` completes; often "" for Chinese, whose characters span tokens."""
        if self.stopped:
            return ""
        text = self._held + self._decoder.decode(piece)
        if self._strip:
            text = text.lstrip(" ")
            self._strip = not text
        ends = [at for at in (text.find(stop) for stop in self._stop) if at >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        keep = self._maybe_stop(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """What was held back; bytes of a character cut in two are dropped."""
        text, self._held = ("" if self.stopped else self._held), ""
        return text

    def _maybe_stop(self, text: str) -> int:
        longest = max((len(stop) for stop in self._stop), default=1) - 1
        for length in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stop):
                return length
        return 0


def is_repeating(tokens: Sequence[int]) -> bool:
    """Whether the end of `tokens` is one cycle of up to 64 tokens over and over.

    Asked after every token, so it first compares single tokens and looks closer only on a match.
    """
    total = len(tokens)
    if total < _LEAST_TOKENS:
        return False
    last = tokens[-1]
    for cycle in range(1, _LONGEST_CYCLE + 1):
        need = max(_LEAST_TOKENS, cycle * _LEAST_ROUNDS)
        if need > total:
            return False
        if tokens[-1 - cycle] == last and all(
            tokens[-at] == tokens[-at - cycle] for at in range(1, need - cycle + 1)
        ):
            return True
    return False
