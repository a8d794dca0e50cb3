"""The values that flow through ingest: parsed pages, chunks, and the passages a search returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Chunk", "Heading", "Page", "ParsedDocument", "Passage"]

_SHOWN = 60


def _shorten(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a page: everything from `start` on stands under it.

    Attributes:
        start: offset into the page's text, in characters.
        level: 1 for the topmost, growing downwards.
        title: the heading's words, without markup.
    """

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of text; a format without pages has exactly one, numbered 1.

    Attributes:
        number: as a reader counts, from 1.
        text: cleaned text. Every span in this program counts characters of this string.
        headings: in order of `start`; those still open from earlier pages stand at `start` 0.
    """

    number: int
    text: str
    headings: tuple[Heading, ...] = ()

    def __repr__(self) -> str:
        return f"Page(number={self.number}, text={_shorten(self.text)})"

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """The titles of the headings that are open at `offset`, outermost first."""
        open_: list[Heading] = []
        for heading in self.headings:
            if heading.start > offset:
                break
            while open_ and open_[-1].level >= heading.level:
                open_.pop()
            open_.append(heading)
        return tuple(heading.title for heading in open_)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of one file.

    Attributes:
        pages: in reading order, numbers ascending, pages without text left out.
        title: the document's own title, or "" when it states none.
        media_type: an IANA media type such as "application/pdf".
        notes: remarks for the user, such as "decoded as gb18030"; never an error.
    """

    pages: tuple[Page, ...]
    title: str
    media_type: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one page, with `page.text[start:end] == text`.

    Attributes:
        text: the words themselves, never empty.
        page: number of the page, from 1.
        start: first character of the span in the page's text.
        end: one past the last character.
        heading_path: headings open at `start`, outermost first.
    """

    text: str
    page: int
    start: int
    end: int
    heading_path: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Chunk(page={self.page}, span=({self.start}, {self.end}), text={_shorten(self.text)})"
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that a search returned.

    Attributes:
        chunk_id: the catalog's id; never reused within one knowledge base.
        source: where the document came from: a path or a URL, as stored.
        title: the document's title; falls back to the file's name.
        page: number of the page, from 1.
        start: first character of the span in the page's text.
        end: one past the last character.
        heading_path: headings open at `start`, outermost first.
        text: the words of the span.
        score: what the ranking sorted by, higher is better; comparable within one search only.
        signals: the parts of the score by name, such as "bm25" and "cosine", as measured.
    """

    chunk_id: int
    source: str
    title: str
    page: int
    start: int
    end: int
    heading_path: tuple[str, ...]
    text: str
    score: float = 0.0
    signals: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        return (
            f"Passage({self.chunk_id}, {self.source!r}, page={self.page}, "
            f"score={self.score:.3f}, text={_shorten(self.text)})"
        )
