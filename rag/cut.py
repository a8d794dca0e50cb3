"""Passages in; their sentences out, each once, with its page and the headings above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest import Page, Passage, is_cjk, sentence_spans

__all__ = ["HEADING_MARKS", "Cut", "Pages", "cut"]

MIN_WIDTH = 5
"""Columns, of which a Chinese character takes two; less is a number or a mark of a list."""
MAX_SENTENCES = 200
HEADING_MARKS = 8
"""Characters that a heading may have besides its title: a number, marks of its level."""

Pages = Callable[[Passage], Page | None]
"""Looks up the page that a passage stands on."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence before it is scored.

    Attributes:
        passage: where it stands.
        start: first character, counted in the page's text.
        end: one past the last.
        text: the words.
        path: the headings above it, outermost first.
        page: the page; None when it cannot be looked up.
    """

    passage: Passage
    start: int
    end: int
    text: str
    path: tuple[str, ...]
    page: Page | None = None


def cut(passages: Sequence[Passage], pages: Pages) -> list[Cut]:
    """Every sentence once; overlapping passages share sentences, and headings are none."""
    found: list[Cut] = []
    seen: set[tuple[str, int, int]] = set()
    for passage in passages:
        page = pages(passage)
        spans = sentence_spans(passage.text)
        for first, last in spans:
            start, end = passage.start + first, passage.start + last
            if (passage.source, passage.page, end) in seen:
                continue
            text = passage.text[first:last]
            if len(spans) > 1 and (_width(text) < MIN_WIDTH or _is_heading(page, start, end)):
                continue
            seen.add((passage.source, passage.page, end))
            path = page.heading_path(start) if page is not None else passage.heading_path
            found.append(Cut(passage, start, end, text, path, page))
    return found[:MAX_SENTENCES]


def _width(text: str) -> int:
    return sum(2 if is_cjk(character) else 1 for character in text[:MIN_WIDTH])


def _is_heading(page: Page | None, start: int, end: int) -> bool:
    """Whether a heading stands here, with room for its number or marks.

    One that goes on from the page before is open here, but its words are not.
    """
    return page is not None and any(
        start <= heading.start < end
        and end - start <= len(heading.title) + HEADING_MARKS
        and _squeezed(heading.title) in _squeezed(page.text[start:end])
        for heading in page.headings
    )


def _squeezed(text: str) -> str:
    return "".join(text.casefold().split())
