"""A page in, what a splitter packs out: sentences, and pieces of those that are too long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from .document import Page
from .graphemes import is_grapheme_boundary, nearest_boundary
from .sentences import sentence_spans

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

__all__ = ["HEADING", "INSIDE", "PARAGRAPH", "SENTENCE", "Unit", "halves", "pieces", "sentences"]

INSIDE, SENTENCE, PARAGRAPH, HEADING = range(4)

_PIECE = 48  # characters of a piece of an over-long sentence: eight words, or a Chinese clause
_LONGEST_CLUSTER = 32  # characters; longer stacks of accents are cut
# Chinese clause marks, Latin ones, white space, and at last any character.
_SEPARATORS = ["[，、；：]", r"[,;:]\s", r"\s", ""]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is packed whole; neither empty nor with white space at its ends.

    Attributes:
        start: first character in the page's text.
        end: one past the last character.
        rank: the break before it: INSIDE a sentence, SENTENCE, PARAGRAPH or HEADING.
        heading: whether it belongs to a heading's own line.
        tokens: its weight without special tokens.
    """

    start: int
    end: int
    rank: int
    heading: bool = False
    tokens: int = 0


def sentences(page: Page) -> list[Unit]:
    """The page's sentences, in order, cut at headings too, never within a grapheme cluster."""
    text = page.text
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        torn = spans and spans[-1][1] == start and not is_grapheme_boundary(text, start)
        spans.append((spans.pop()[0] if torn else start, end))
    lines = _heading_lines(page)
    cuts = iter([*sorted({*(h.start for h in page.headings), *(e for _, e in lines)}), len(text)])
    heads = iter([*(heading.start for heading in page.headings), len(text)])
    owned = iter([*lines, (len(text), len(text))])
    cut, head, (line_start, line_end) = next(cuts), next(heads), next(owned)
    units: list[Unit] = []
    for span_start, end in spans:
        start = span_start
        while start < end:
            while cut <= start:
                cut = next(cuts)
            a, b = _strip(text, start, min(cut, end))
            start = min(cut, end)
            if a == b:
                continue
            while line_end <= a < len(text) and line_end < len(text):
                line_start, line_end = next(owned)
            rank = _gap_rank(text, units[-1].end if units else 0, a)
            while head <= a and head < len(text):
                rank, head = HEADING, next(heads)
            units.append(Unit(a, b, rank, heading=line_start <= a < line_end))
    return units


def _gap_rank(text: str, end: int, start: int) -> int:
    return PARAGRAPH if text[end:start].count("\n") > 1 else SENTENCE


def _heading_lines(page: Page) -> list[tuple[int, int]]:
    """Spans of the headings' own lines; one still open from an earlier page has none here."""
    lines: list[tuple[int, int]] = []
    for heading in page.headings:
        title = " ".join(heading.title.split())
        room = 2 * len(heading.title) + 40  # markup around the title
        line = page.text[heading.start : heading.start + room].partition("\n")[0]
        if (
            title
            and title in " ".join(line.split())
            and (not lines or heading.start > lines[-1][0])
        ):
            lines.append((heading.start, heading.start + len(line)))
    return lines


def pieces(text: str, unit: Unit) -> list[Unit]:
    """A long unit cut at clauses, else at white space, else anywhere but within a cluster."""
    parts = _recursive().split_text(text[unit.start : unit.end])
    if sum(map(len, parts)) != unit.end - unit.start:
        raise AssertionError("the recursive splitter lost characters")
    offsets = []
    for offset in accumulate(map(len, parts), initial=unit.start):
        limit = min(unit.end, offset + _LONGEST_CLUSTER)
        moved = offset
        while moved < limit and not is_grapheme_boundary(text, moved):
            moved += 1
        offsets.append(moved if is_grapheme_boundary(text, moved) else offset)
    return _cut(text, unit, offsets)


def halves(text: str, unit: Unit) -> list[Unit]:
    """A unit of two characters or more cut near its middle, outside of clusters if it can be."""
    middle = nearest_boundary(text, (unit.start + unit.end) // 2, unit.start, unit.end)
    return _cut(text, unit, [middle])


def _cut(text: str, unit: Unit, offsets: Iterable[int]) -> list[Unit]:
    units: list[Unit] = []
    start = unit.start
    for offset in (*offsets, unit.end):
        a, b = _strip(text, start, offset)
        if a < b:
            units.append(replace(unit, start=a, end=b, rank=INSIDE if units else unit.rank))
        start = max(start, offset)
    return units


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    kept = piece.strip()
    if not kept:
        return start, start
    begin = start + len(piece) - len(piece.lstrip())
    return begin, begin + len(kept)


@cache
def _recursive() -> RecursiveCharacterTextSplitter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 (0.4 s)

    return RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=_PIECE,
        chunk_overlap=0,
        strip_whitespace=False,
    )
