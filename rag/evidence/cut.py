"""Passages in; their sentences out, each once, with its page and the headings above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingest import Page, Passage, is_cjk, sentence_spans

__all__ = ["HEADING_MARKS", "Cut", "Pages", "cut", "squeezed"]

MIN_WIDTH = 5
"""Columns, of which a Chinese character takes two; less is a number or a mark of a list."""
MAX_SENTENCES = 200
HEADING_MARKS = 8
"""Characters that a heading may have besides its title: a number, marks of its level."""

_LONGEST_HEADING = 1_000  # characters
_LONGEST_TITLE = 60  # characters of a line that looks like a heading
_TITLES = tuple(
    map(
        re.compile,
        (
            r"第[一二三四五六七八九十百\d]+[章节][^，,。；;]*$",
            r"[一二三四五六七八九十]+、[^\d，,：:。；;]{1,8}$",
            r"(?i:chapter|section|part|appendix) (?:\d+|[IVX]+|[A-Z])(?:[.:]? ?[A-Z—–-].*)?$",
            r"\d+(?:\.\d+)+\.?\s+(?:[A-Z][a-z]{2}|[\u4e00-\u9fff]{3})[^，,：:。；;]*$",
            r"(?=.*[A-Z]{4})(?!.*\b(?:NOT?|NEVER|DO|ONLY|MUST)\b)[A-Z'’&/-]+(?: [A-Z'’&/-]+){0,4}$",
        ),
    )
)
_ENDS = ".!?。！？;；:：,，…"
_MARKS = str.maketrans("", "", "*_`~[]#")

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
        heading: whether it is a heading, kept because its passage has nothing else.
        title: whether it is a line that looks like a heading though the file marks none.
    """

    passage: Passage
    start: int
    end: int
    text: str
    path: tuple[str, ...]
    page: Page | None = None
    heading: bool = False
    title: bool = False


def cut(passages: Sequence[Passage], pages: Pages) -> list[Cut]:
    """Every sentence once; overlapping passages share sentences.

    A heading is none unless it is all that its passage has.
    """
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
            heading = _is_heading(page, start, end)
            if len(spans) > 1 and (heading or _width(text) < MIN_WIDTH):
                continue
            seen.add((passage.source, passage.page, end))
            path = page.heading_path(start) if page is not None else passage.heading_path
            found.append(Cut(passage, start, end, text, path, page, heading))
    return _titled(found[:MAX_SENTENCES])


def _titled(sentences: Sequence[Cut]) -> list[Cut]:
    """The same, told which of them look like headings; one beside its like is an item of a list."""
    kinds = [(kind := _kind(each)) and (kind, each.passage.source) for each in sentences]
    around = zip([None, *kinds], kinds, [*kinds[1:], None], strict=False)
    alone = [kind is not None and kind not in (last, after) for last, kind, after in around]
    return [
        replace(each, title=True) if is_title else each
        for each, is_title in zip(sentences, alone, strict=True)
    ]


def _kind(sentence: Cut) -> str | None:
    """The pattern by which a sentence looks like a heading: a short line without an end."""
    text = sentence.text
    if len(text) > _LONGEST_TITLE or "\n" in text or text[-1] in _ENDS:
        return None
    if sentence.page is not None:
        before = sentence.page.text[max(0, sentence.start - 8) : sentence.start].rstrip(" \t")[-1:]
        after = sentence.page.text[sentence.end : sentence.end + 8].lstrip(" \t")[:1]
        if before.strip() or after.strip():
            return None
    return next((title.pattern for title in _TITLES if title.match(text)), None)


def _width(text: str) -> int:
    return sum(2 if is_cjk(character) else 1 for character in text[:MIN_WIDTH])


def _is_heading(page: Page | None, start: int, end: int) -> bool:
    """Whether a heading stands here, with room for its number or marks.

    One that goes on from the page before is open here, but its words are not.
    """
    if page is None or end - start > _LONGEST_HEADING:
        return False
    here = [squeezed(each.title) for each in page.headings if start <= each.start < end]
    text = squeezed(page.text[start:end]) if here else ""
    return any(title in text and len(text) <= len(title) + HEADING_MARKS for title in here)


def squeezed(text: str) -> str:
    """The characters to compare a heading by: no blanks, no capitals, no marks of Markdown."""
    return "".join(text.casefold().translate(_MARKS).split())
