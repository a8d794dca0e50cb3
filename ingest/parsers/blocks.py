"""Pieces of text in reading order come in; a page with headings at the right offsets goes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..clean import clean
from ..document import Heading, Page, ParsedDocument

__all__ = ["Block", "carried", "joined", "one_page"]

_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list, a table or a heading.

    Attributes:
        text: as read, not yet cleaned.
        level: of a heading, from 1; 0 for everything else.
        title: a heading's words without markup; "" when `text` is that already.
    """

    text: str
    level: int = 0
    title: str = ""


def joined(blocks: Iterable[Block], number: int = 1) -> tuple[Page, int]:
    """Clean each block and join them with blank lines.

    Returns:
        The page, whose text may be "", and how many invisible characters were removed.
    """
    texts: list[str] = []
    headings: list[Heading] = []
    offset = removed = 0
    for block in blocks:
        cleaned = clean(block.text)
        removed += cleaned.removed
        if not cleaned.text:
            continue
        if block.level:
            title = " ".join((clean(block.title).text or cleaned.text).split())
            headings.append(Heading(offset, block.level, title))
        texts.append(cleaned.text)
        offset += len(cleaned.text) + len(_GAP)
    return Page(number, _GAP.join(texts), tuple(headings)), removed


def one_page(
    blocks: Iterable[Block], *, title: str = "", media_type: str, notes: Sequence[str] = ()
) -> ParsedDocument:
    """A document of a format without pages; its first level-1 heading stands in for a title."""
    page, removed = joined(blocks)
    first = next((heading.title for heading in page.headings if heading.level == 1), "")
    if removed:
        notes = (*notes, f"{removed} invisible characters removed")
    return ParsedDocument((page,), title or first, media_type, tuple(notes))


def carried(pages: Iterable[Page]) -> tuple[Page, ...]:
    """The same pages, each beginning with the headings still open from the pages before."""
    result: list[Page] = []
    open_: list[Heading] = []
    for page in pages:
        inherited = [replace(heading, start=0) for heading in open_]
        result.append(replace(page, headings=(*inherited, *page.headings)))
        for heading in page.headings:
            while open_ and open_[-1].level >= heading.level:
                open_.pop()
            open_.append(heading)
    return tuple(result)
