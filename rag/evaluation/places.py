"""Places as a data set names them in, places in the documents of a knowledge base out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest import Index, Page

from .datasets import DatasetError, Place, Question
from .metrics import Span

__all__ = ["Gold", "Places"]

_QUOTE_SHARE = 0.5
"""Share of a quote that a chunk must hold to be a hit; an answer must stand in it whole."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that proves an answer.

    Attributes:
        span: where it is.
        share: how much of it a chunk must hold to be a hit, in [0, 1].
    """

    span: Span
    share: float

    def is_held_by(self, span: Span) -> bool:
        """Whether a chunk at `span` holds enough of this place."""
        overlap = self.span.overlap(span)
        return overlap > 0 and overlap >= self.share


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where a document of a data set stands: a source, and its offset on one page of it."""

    source: str
    page: int = 0
    offset: int = 0


class Places:
    """Looks places up in one knowledge base.

    A document is found by its file's name. A data set that brings its documents along can also be
    measured in a knowledge base that holds their texts under other names, or as parts of pages.

    Args:
        index: the knowledge base.
        documents: name to text of the documents that a data set brings along.
        by_text: look for these texts instead of the names.

    Attributes:
        missing: places whose words do not stand where they should.
    """

    def __init__(
        self, index: Index, documents: Mapping[str, str], *, by_text: bool = False
    ) -> None:
        self._index = index
        self.missing: list[Place] = []
        self._sources: dict[str, list[str]] = {}
        for info in index.documents():
            for name in {info.source, Path(info.source).name}:
                self._sources.setdefault(name, []).append(info.source)
        self._only_texts = by_text and bool(documents)
        self._stored = self._by_text(documents) if self._only_texts else {}

    def _by_text(self, documents: Mapping[str, str]) -> dict[str, _Stored]:
        pages: list[tuple[str, Page, str]] = []
        for info in self._index.documents():
            whole = self._index.document(info.source)
            pages += [(info.source, p, _bare(p.text)) for p in (whole.pages if whole else ())]
        found = {}
        for name, text in documents.items():
            bare = _bare(text)
            for source, page, held in pages:
                if (at := held.find(bare)) >= 0:
                    found[name] = _Stored(source, page.number, _positions(page.text)[at])
                    break
        return found

    def source(self, document: str) -> str:
        """The source under which a document is stored.

        Raises:
            DatasetError: it is not in the knowledge base, or two are called so.
        """
        return self._find(document).source

    def _find(self, document: str) -> _Stored:
        if document in self._stored:
            return self._stored[document]
        if self._only_texts:
            raise DatasetError(
                f"The knowledge base does not hold the text of {document!r} of the data set; "
                "ingest the documents that the questions are about, or leave --kb out."
            )
        sources = self._sources.get(document, [])
        if len(sources) != 1:
            known = sorted(self._sources, key=len)[:_SHOWN]
            raise DatasetError(
                f"{len(sources)} documents of the knowledge base are called {document!r}; "
                f"it holds such as {known!r}: ingest the documents that the questions are about."
            )
        return _Stored(sources[0])

    def gold(self, question: Question) -> list[list[Gold]]:
        """For each fact that a question needs, the places that prove it."""
        return [[self._place(place) for place in places] for places in question.evidence]

    def _place(self, place: Place) -> Gold:
        stored = self._find(place.document)
        share = _QUOTE_SHARE if place.start is None else 1.0
        number = stored.page or place.page
        if not place.quote:
            return Gold(Span(stored.source, number), 0.0)
        near = stored.offset + (place.start or 0)
        for page in self._pages(stored.source, number):
            span = _look_up(page.text, place.quote, near)
            if span is not None:
                return Gold(Span(stored.source, page.number, *span), share)
        self.missing.append(place)
        return Gold(Span(stored.source, -1), share)  # no chunk has this page

    def _pages(self, source: str, number: int) -> Sequence[Page]:
        if number:
            page = self._index.page(source, number)
            return [page] if page is not None else []
        whole = self._index.document(source)
        return whole.pages if whole is not None else ()


def _positions(text: str) -> list[int]:
    """Where the characters of `_bare(text)` stand in `text`."""
    return [at for at, character in enumerate(text) if not character.isspace()]


def _bare(text: str) -> str:
    return "".join(text.split())


def _look_up(text: str, quote: str, near: int) -> tuple[int, int] | None:
    """The occurrence of a quote that begins nearest to `near`; white space does not count."""
    if text.startswith(quote, near):
        return near, near + len(quote)
    positions, held, wanted = _positions(text), _bare(text), _bare(quote)
    found: list[int] = []
    at = held.find(wanted)
    while at >= 0:
        found.append(at)
        at = held.find(wanted, at + 1)
    if not found:
        return None
    best = min(found, key=lambda start: abs(positions[start] - near))
    return positions[best], positions[best + len(wanted) - 1] + 1
