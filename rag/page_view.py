"""The place of a citation comes in; the page it stands on goes out, as text and as a picture."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import (
    DocumentInfo,
    Index,
    Page,
    PagePicture,
    ParseError,
    PictureError,
    page_picture,
    read_file,
    unshown,
)

from .errors import PlaceNotFoundError

__all__ = ["PageView", "view_page"]

_PDF = "application/pdf"
_KEPT_PICTURES = 32  # about ten megabytes

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """One page of a stored document, and the quoted words on it.

    Attributes:
        source: path or URL of the document.
        title: the document's title.
        media_type: an IANA media type.
        page: number of the page, from 1.
        pages: how many pages with text the document has; `picture.pages` counts all.
        text: of the page, as it was read.
        spans: start and end of each quote in `text`.
        heading_paths: for each span the headings it stands under, outermost first.
        picture: of the page with the quotes marked; None for what is not a PDF.
        problem: why there is no picture of a PDF, for people; "" when there is nothing to say.
    """

    source: str
    title: str
    media_type: str
    page: int
    pages: int
    text: str
    spans: Spans
    heading_paths: tuple[tuple[str, ...], ...]
    picture: PagePicture | None = None
    problem: str = ""

    def __repr__(self) -> str:
        return f"PageView({self.source!r}, page={self.page}, spans={self.spans}, {self.picture})"


def view_page(
    index: Index,
    source: str,
    page: int,
    spans: Sequence[tuple[int, int]],
    *,
    picture: bool = True,
    width: int = 1000,
) -> PageView:
    """Show a page with quotes on it.

    The file is read from where the catalog says it lies and nowhere else, and it is drawn only
    when it still has the bytes that were ingested.

    Args:
        index: the knowledge base.
        source: of the document, as a citation names it.
        page: number of the page, from 1.
        spans: start and end of each quote in the page's text; may be empty.
        picture: whether to draw it.
        width: of the picture, 100 to 4000 pixels.

    Raises:
        PlaceNotFoundError: no such document, no such page with text, or a span outside of it.
        SettingError: the width is out of its range.
    """
    info = next((info for info in index.documents() if info.source == source), None)
    if info is None:
        raise PlaceNotFoundError(
            f"There is no document {source!r} in the knowledge base; `rag index list` names them."
        )
    found = index.page(source, page)
    if found is None:
        raise PlaceNotFoundError(f"{source!r} has no page {page!r} with text; choose another page.")
    for start, end in spans:
        if not 0 <= start < end <= len(found.text):
            raise PlaceNotFoundError(
                f"Page {page!r} of {source!r} has {len(found.text)!r} characters, so nothing from "
                f"{start!r} to {end!r}; perhaps it was read anew since: ask again."
            )
    kept = tuple((start, end) for start, end in spans)
    drawn, problem = None, ""
    if picture and info.media_type == _PDF:
        try:
            drawn = _PICTURES.drawn(info, found, kept, width)
        except (_SourceGoneError, PictureError) as error:
            problem = str(error)
    return PageView(
        source=source,
        title=info.title,
        media_type=info.media_type,
        page=page,
        pages=info.pages,
        text=found.text,
        spans=kept,
        heading_paths=tuple(found.heading_path(start) for start, _ in kept),
        picture=drawn,
        problem=problem,
    )


class _SourceGoneError(Exception):
    """The bytes that were ingested are not at the source any more."""


class _Pictures:
    """The pictures drawn last; the same bytes, page, quotes and width are drawn once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pictures: OrderedDict[tuple[object, ...], PagePicture] = OrderedDict()
        self._lock = threading.Lock()

    def drawn(self, info: DocumentInfo, page: Page, spans: Spans, width: int) -> PagePicture:
        text = hashlib.sha256(page.text.encode("utf-8", "surrogatepass")).digest()
        key = (info.content_hash, page.number, text, spans, width)
        with self._lock:
            known = self._pictures.get(key)
            if known is not None:
                self._pictures.move_to_end(key)
                return known
        made = page_picture(_stored_bytes(info), page.number, page.text, spans, width=width)
        with self._lock:
            self._pictures[key] = made
            while len(self._pictures) > self._most:
                self._pictures.popitem(last=False)
        return made


_PICTURES = _Pictures(_KEPT_PICTURES)


def _stored_bytes(info: DocumentInfo) -> bytes:
    """The very bytes that were ingested."""
    try:
        raw = read_file(unshown(info.source), max_bytes=info.size)
    except ParseError as error:
        if error.reason not in ("changed", "too_large"):
            message = f"The file was read once, but now {error} Put it back to see its pages."
            raise _SourceGoneError(message) from error
        raw = None
    if raw is None or raw.sha256 != info.content_hash:
        raise _SourceGoneError(
            f"The file {info.source!r} has changed since it was read; ingest it again."
        )
    return raw.data
