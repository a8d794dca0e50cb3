"""Spans of our text of a page come in; which characters of the page itself they are goes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from operator import eq

from .significant import Significant, significant

__all__ = ["locate"]

_GRAM = 3  # letters; a shorter piece says nothing about where it stands
_LEAST = 6  # letters that must agree without a gap before anything counts as found
_FAR = 24  # letters that must agree to be believed away from the rest of the quote
_SLACK = 80  # letters that may stand between two pieces of a quote: a running head, a footnote
_JOINED = 8  # letters between two pieces that are marked with them
_ALONE = 6  # letters of a piece, so joined, that is believed beside a longer one
_SHARE = 0.6  # of the quote's letters that must be found
_CONTEXT = 300  # letters on either side that tell one occurrence from another

_Piece = tuple[int, int, int]
"""Letters `start` to `end` of ours stand from the third number on in theirs."""


def locate(
    text: str, spans: Sequence[tuple[int, int]], characters: Sequence[str]
) -> list[list[range]]:
    """Find quotes among the characters of a page, whatever was cleaned or reflowed between.

    Args:
        text: the page's text as it is stored.
        spans: start and end of each quote in `text`.
        characters: of the page, in the order of its own text layer.

    Returns:
        For each span the ranges of `characters` that hold its words, in the quote's order; none
        when it is not there. Of several occurrences it is the one with the same words around it.
    """
    ours, theirs = significant(text), significant(characters)
    finder = _Finder(ours, theirs)
    return [list(_ranges(finder.pieces(*ours.within(start, end)), theirs)) for start, end in spans]


def _ranges(pieces: Sequence[_Piece], theirs: Significant) -> Iterator[range]:
    """Character ranges of the pieces, those joined that all but touch, without lone scraps."""
    joined: list[tuple[int, int]] = []
    for start, end, at in pieces:
        stop = at + end - start
        if joined and 0 <= at - joined[-1][1] <= _JOINED:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((at, stop))
    longest = max((stop - first for first, stop in joined), default=0)
    for first, stop in joined:
        if stop - first >= min(_ALONE, longest):
            yield range(theirs.places[first], theirs.places[stop - 1] + 1)


class _Finder:
    """Looks for stretches of one string of letters in another."""

    def __init__(self, ours: Significant, theirs: Significant) -> None:
        self._ours, self._theirs = ours.letters, theirs.letters
        self._places = ours.places
        self._grams = SequenceMatcher(
            None, _grams(self._ours), _grams(self._theirs), autojunk=False
        )

    def pieces(self, start: int, end: int) -> list[_Piece]:
        """Where the letters `start` to `end` of ours stand; nothing when too few are there."""
        if start == end:
            return []
        found = self._found(start, end, 0, len(self._theirs), _LEAST)
        agreed = sum(piece[1] - piece[0] for piece in found)
        return self._parted(found) if agreed >= _SHARE * (end - start) else []

    def _parted(self, pieces: list[_Piece]) -> list[_Piece]:
        """Pieces of words go to their word: "river a", "nd eats" becomes "river", "and eats"."""
        for right in range(1, len(pieces)):
            (start, stop, at), (begin, end, there) = pieces[right - 1 : right + 1]
            if stop != begin:
                continue
            most = min(stop - start, there)
            same = _same(self._ours[start:stop][::-1], self._theirs[there - most : there][::-1])
            for shift in range(1, min(same, most - 1) + 1):
                if self._places[begin - shift] - self._places[begin - shift - 1] > 1:
                    pieces[right - 1] = (start, stop - shift, at)
                    pieces[right] = (begin - shift, end, there - shift)
                    break
        return pieces

    def _found(self, start: int, end: int, low: int, high: int, least: int) -> list[_Piece]:
        """The letters as a whole, or their longest stretch with what stands around it."""
        at = self._place(start, end, low, high)
        if at is not None:
            return [(start, end, at)]
        if end - start < _GRAM or high - low < _GRAM:
            return []
        match = self._grams.find_longest_match(start, end - _GRAM + 1, low, high - _GRAM + 1)
        size = match.size + _GRAM - 1
        if not match.size or size < least:
            return []
        first, last = match.a, match.a + size
        at = self._place(first, last, low, high)
        if at is None:
            return []
        before = (at - (first - start) - _SLACK, at)
        after = (at + size, at + size + (end - last) + _SLACK)
        return [
            *self._rest(start, first, before, after),
            (first, last, at),
            *self._rest(last, end, after, before),
        ]

    def _rest(
        self, start: int, end: int, expected: tuple[int, int], other: tuple[int, int]
    ) -> list[_Piece]:
        """What is left of a quote beside a stretch of it.

        It stands where it is expected, or on the other side of a page that sets its lines in
        another order; a long piece may stand anywhere.
        """
        whole = (0, len(self._theirs))
        for (low, high), least in ((expected, _ALONE), (other, _ALONE), (whole, _FAR)):
            if end - start >= least:
                found = self._found(start, end, max(0, low), min(high, whole[1]), least)
                if found:
                    return found
        return []

    def _place(self, start: int, end: int, low: int, high: int) -> int | None:
        """Where exactly these letters stand: the occurrence with the most of the same around."""
        words = self._ours[start:end]
        places = list(_occurrences(self._theirs, words, low, high))
        if len(places) < 2:  # noqa: PLR2004
            return places[0] if places else None
        before, after = self._ours[:start][-_CONTEXT:][::-1], self._ours[end:][:_CONTEXT]
        depth = start / len(self._ours)

        def likeness(at: int) -> tuple[int, float]:
            stop = at + len(words)
            same_before = _same(before, self._theirs[max(0, at - _CONTEXT) : at][::-1])
            same_after = _same(after, self._theirs[stop : stop + _CONTEXT])
            return same_before + same_after, -abs(at / len(self._theirs) - depth)

        return max(places, key=likeness)


def _grams(letters: str) -> list[str]:
    return [letters[at : at + _GRAM] for at in range(len(letters) - _GRAM + 1)]


def _same(one: str, other: str) -> int:
    """How many letters they begin with in common."""
    return sum(takewhile(bool, map(eq, one, other)))


def _occurrences(letters: str, words: str, low: int, high: int) -> Iterator[int]:
    at = letters.find(words, low, high)
    while at >= 0:
        yield at
        at = letters.find(words, at + 1, high)
