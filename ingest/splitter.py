"""A page in, chunks out: exact spans that fit the embedder's window and end where sentences end.

LangChain's RecursiveCharacterTextSplitter alone cannot promise this: it joins strings, then looks
its chunks up in the page by `find` (a wrong offset where text repeats), counts one string per call,
and lets a chunk grow past its size when the last separator fails. It is used for what it is good
at, cutting one over-long sentence at the best separator there is, without overlap or stripping, so
that the pieces add up to the sentence and their spans follow; sentences are packed here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from .document import Chunk, Heading, Page
from .embedders.base import Embedder
from .errors import SettingError
from .lexical import count_cjk
from .units import HEADING, PARAGRAPH, SENTENCE, Unit, halves, pieces, sentences

__all__ = ["DEFAULT_MAX_TOKENS", "DEFAULT_OVERLAP_TOKENS", "Splitter", "TokenCounter"]

TokenCounter = Callable[[Sequence[str]], Sequence[int]]

DEFAULT_MAX_TOKENS = 256  # MiniLM's window, its two special tokens included
DEFAULT_OVERLAP_TOKENS = 32

_VERSION = 2  # raised whenever the same page would be cut differently
_CHARS_PER_TOKEN = 12  # a tokenizer may call a megabyte of letters one unknown token
_CJK_PER_TOKEN = 3  # Chinese characters that weigh one token where the embedder cannot read them
_HALVED_BELOW = 64  # characters; what is longer has clauses or words to be cut at
# A chunk may stop early at a stronger break once it is filled to this share of its size.
_FILLED = ((HEADING, 0.33), (PARAGRAPH, 0.5), (SENTENCE, 0.25))


class Splitter:
    """Cuts pages into chunks of at most `max_tokens` of the embedder's own tokens.

    `page.text[chunk.start:chunk.end] == chunk.text`; chunks are in order, none is empty, begins or
    ends with white space, and every other character lies in one. A chunk ends at the end of a
    sentence unless the sentence alone exceeds the size, begins at a heading or paragraph where that
    wastes little room, and does not end with a heading if its section can follow. Only a character
    that is heavier than the window stands in a chunk above the size.

    Args:
        count_tokens: tokens of each text, special tokens (and any prompt) included.
        max_tokens: the largest chunk, in these tokens.
        overlap_tokens: whole sentences of at most so many tokens are repeated at the start of the
            next chunk, unless that starts with a paragraph or heading of its own.

    Raises:
        SettingError: the sizes leave no room for text, or overlap is not below size.
    """

    def __init__(
        self,
        count_tokens: TokenCounter,
        *,
        max_tokens: int = DEFAULT_MAX_TOKENS,
        overlap_tokens: int = DEFAULT_OVERLAP_TOKENS,
    ) -> None:
        self._count_whole = count_tokens
        self._special = count_tokens([""])[0]
        self.max_tokens = max_tokens
        self.overlap_tokens = overlap_tokens
        self._budget = max_tokens - self._special
        self._max_chars = max(1, self._budget) * _CHARS_PER_TOKEN
        if self._budget < 1:
            raise SettingError(
                f"A chunk of {max_tokens!r} tokens has no room for text beside {self._special} "
                f"special tokens; set max_tokens to {self._special + 1} or more, such as "
                f"{DEFAULT_MAX_TOKENS}."
            )
        if not 0 <= overlap_tokens < max_tokens:
            raise SettingError(
                f"An overlap of {overlap_tokens!r} tokens does not fit chunks of {max_tokens!r}; "
                "set overlap_tokens to 0 or more and below max_tokens."
            )

    @classmethod
    def for_embedder(cls, embedder: Embedder) -> Splitter:
        """The default sizes, or the embedder's window where that is smaller.

        An embedder that does not speak Chinese spends a token on each character and understands
        none, so its window is no limit for them: a third of a token each makes chunks that say as
        much as English ones. R@1 by BM25 with one token and with a third, a hit being the chunk
        that holds the answer: Chinese XQuAD 0.923 / 0.942, CMRC 2018 0.848 / 0.958.
        """
        size = min(DEFAULT_MAX_TOKENS, embedder.max_tokens)
        overlap = min(DEFAULT_OVERLAP_TOKENS, size // 8)
        count = embedder.count_tokens if "zh" in embedder.languages else _lightly(embedder)
        return cls(count, max_tokens=size, overlap_tokens=overlap)

    def fingerprint(self) -> str:
        """Equal fingerprints and equal counters cut equal pages into equal chunks."""
        return f"sentences:{_VERSION}:{self.max_tokens}:{self.overlap_tokens}"

    def split(self, page: Page) -> list[Chunk]:
        """The page's chunks, in order; empty for a page of nothing but white space."""
        units = self._weigh(page.text, sentences(page))
        ranges = self._verify(page.text, units, list(self._pack(units)))
        spans = [(units[first].start, units[last - 1].end) for first, last in ranges]
        paths = _heading_paths(page.headings, [start for start, _ in spans])
        return [
            Chunk(page.text[start:end], page.number, start, end, path)
            for (start, end), path in zip(spans, paths, strict=True)
        ]

    def _weigh(self, text: str, units: list[Unit]) -> list[Unit]:
        """Units with their tokens; those that are too large are cut into ones that are not."""
        todo: list[Unit] = []
        for unit in units:
            too_long = unit.end - unit.start > self._max_chars
            todo.extend(pieces(text, unit) if too_long else (unit,))
        done: list[Unit] = []
        while todo:
            left: list[Unit] = []
            counts = self._count_whole([text[unit.start : unit.end] for unit in todo])
            for unit, count in zip(todo, counts, strict=True):
                tokens = max(0, count - self._special)
                length = unit.end - unit.start
                if tokens <= self._budget or length == 1:
                    done.append(replace(unit, tokens=tokens))
                else:
                    left.extend((pieces if length > _HALVED_BELOW else halves)(text, unit))
            todo = left
        return sorted(done, key=lambda unit: unit.start)

    def _pack(self, units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
        """Ranges (first, last + 1) of units; sums stand in for the tokens of the whole."""
        sums = [0, *accumulate(unit.tokens for unit in units)]
        ends = [unit.end for unit in units]
        first = done = 0
        while done < len(units):
            light = bisect_right(sums, sums[first] + self._budget) - 1
            short = bisect_right(ends, units[first].start + self._max_chars)
            last = max(done + 1, min(light, short))
            if last < len(units):
                last = self._best_break(units, sums, max(first, done), sums[first], last)
            yield first, last
            first, done = self._overlap(units, sums, first, last), last

    def _best_break(
        self, units: Sequence[Unit], sums: Sequence[int], done: int, base: int, last: int
    ) -> int:
        """The end to choose from done + 1 to `last`; `base` is the sum where the chunk begins."""
        best = last
        for rank, share in _FILLED:
            enough = base + share * self._budget
            fits = (k for k in range(last, done, -1) if sums[k] >= enough and units[k].rank >= rank)
            found = next(fits, None)
            if found is not None:
                best = found
                break
        while best - 1 > done and units[best - 1].heading:
            best -= 1
        return best

    def _overlap(self, units: Sequence[Unit], sums: Sequence[int], first: int, last: int) -> int:
        """Where the chunk after units[first:last] begins: after `first`, at most at `last`."""
        if last == len(units) or units[last].rank >= PARAGRAPH:
            return last
        room = min(self.overlap_tokens, self._budget - units[last].tokens)
        start = last
        while start - 1 > first and sums[last] - sums[start - 1] <= room:
            if units[last].end - units[start - 1].start > self._max_chars:
                break
            start -= 1
        return start

    def _verify(
        self, text: str, units: Sequence[Unit], ranges: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Count each chunk as a whole and halve those where the sum of tokens was too low."""
        done: list[tuple[int, int]] = []
        while ranges:
            wholes = [text[units[a].start : units[b - 1].end] for a, b in ranges]
            left = []
            for (a, b), count in zip(ranges, self._count_whole(wholes), strict=True):
                if count <= self.max_tokens or b - a == 1:
                    done.append((a, b))
                else:
                    left += [(a, (a + b) // 2), ((a + b) // 2, b)]
            ranges = left
        # A half may lie within the overlap that its neighbour repeats.
        kept: list[tuple[int, int]] = []
        for a, b in sorted(done, key=lambda span: (span[0], -span[1])):
            if not kept or b > kept[-1][1]:
                kept.append((a, b))
        return kept


def _lightly(embedder: Embedder) -> TokenCounter:
    """The embedder's own count, where Chinese characters weigh less than a token."""

    def count(texts: Sequence[str]) -> list[int]:
        return [
            tokens - min(tokens, cjk) + -(-min(tokens, cjk) // _CJK_PER_TOKEN)
            for tokens, cjk in zip(
                embedder.count_tokens(texts), (count_cjk(text) for text in texts), strict=True
            )
        ]

    return count


def _heading_paths(headings: Sequence[Heading], starts: Sequence[int]) -> list[tuple[str, ...]]:
    """`Page.heading_path` of ascending offsets, in one pass over the headings."""
    paths = []
    open_: list[Heading] = []
    at = 0
    for start in starts:
        while at < len(headings) and headings[at].start <= start:
            while open_ and open_[-1].level >= headings[at].level:
                open_.pop()
            open_.append(headings[at])
            at += 1
        paths.append(tuple(heading.title for heading in open_))
    return paths
