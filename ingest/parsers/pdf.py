"""Bytes of a PDF come in; pages with their real numbers, reflowed text and outline go out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, cast

from ..clean import clean
from ..document import Heading, Page, ParsedDocument
from ..errors import ParseError
from .blocks import Block, carried, joined
from .reflow import reflowed, without_running_lines

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader
    from pypdf.generic import Destination

__all__ = ["parse"]

# What pypdf lets through when the structure of a file lies, beside its own exceptions.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
_NO_TITLE = re.compile(r"(?:untitled|無標題|无标题|document|slide)\W*\d*|[\W\d_]*", re.IGNORECASE)
_PRODUCER = re.compile(r"^Microsoft (?:Word|PowerPoint|Excel) - ")
_FILE_NAME = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|pdf|indd|tex|dvi|odt|rtf|qxd|html?)$", re.IGNORECASE
)
_SOFT_HYPHEN = re.compile(r"\u00ad[\s\0]*$")  # joins a word with its rest on the next line
_MOST_OUTLINE = 5_000  # entries
_DEEPEST_OUTLINE = 6
_LISTED = 10  # page numbers in a note


def parse(data: bytes, name: str) -> ParsedDocument:
    """The text layer, page by page; a page that cannot be read is left out and named in a note.

    Raises:
        ParseError: "damaged", "empty", "encrypted", "scanned" or "too_expensive".
    """
    from pypdf.errors import (  # noqa: PLC0415
        DependencyError,
        FileNotDecryptedError,
        LimitReachedError,
        PyPdfError,
    )

    # It logs every oddity of a file; what matters comes as an exception or an empty page.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return _document(data)
    except (DependencyError, FileNotDecryptedError) as error:
        message = f"a PDF whose encryption cannot be opened ({error}); save a copy without it."
        raise ParseError("encrypted", message) from error
    except LimitReachedError as error:
        raise ParseError("too_expensive", f"a PDF beyond sane limits ({error}).") from error
    except (PyPdfError, *_BROKEN) as error:
        cause = f"{type(error).__name__}: {error}"[:200]
        raise ParseError(
            "damaged", f"a PDF that cannot be read ({cause}); save it anew."
        ) from error


def _document(data: bytes) -> ParsedDocument:
    from pypdf import PdfReader  # noqa: PLC0415

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ParseError("encrypted", "a PDF behind a password; save a copy without it.")
    lines, unread, removed = _lines(reader)
    pages: list[Page] = []
    for number, kept in enumerate(without_running_lines(lines), 1):
        page, invisible = joined([Block(reflowed(kept))], number)
        removed += invisible
        pages.append(page)
    if not any(page.text for page in pages):
        raise _without_text(reader, unread)
    notes = [f"{removed} invisible characters removed"] if removed else []
    if unread:
        notes.append(f"only in part: {_pages(unread)} cannot be read")
    if blank := [page.number for page in pages if not page.text and page.number not in unread]:
        notes.append(f"no text on {_pages(blank)}")
    headings = _outline(reader)
    placed = [_with_headings(page, headings.get(page.number, [])) for page in pages]
    kept_pages = tuple(page for page in carried(placed) if page.text)
    return ParsedDocument(kept_pages, _title(reader), "application/pdf", tuple(notes))


def _lines(reader: PdfReader) -> tuple[list[list[str]], list[int], int]:
    """The lines of every page, the pages that cannot be read, how many characters are invisible."""
    from pypdf.errors import LimitReachedError, PyPdfError  # noqa: PLC0415

    lines: list[list[str]] = []
    unread: list[int] = []
    removed = 0
    count = len(reader.pages)
    for index in range(count):
        try:
            text = reader.pages[index].extract_text()
        except LimitReachedError:
            raise
        except (PyPdfError, *_BROKEN):
            unread.append(index + 1)
            text = ""
        seen = [_seen(line) for line in text.splitlines()]
        lines.append([line for line, _ in seen])
        removed += sum(invisible for _, invisible in seen)
    return lines, unread, removed


def _seen(line: str) -> tuple[str, int]:
    """A line as a reader sees it, with how many characters are not; its last soft hyphen stays."""
    bare = _SOFT_HYPHEN.sub("", line)
    cleaned = clean(bare)
    return cleaned.text + "\u00ad" * (bare != line), cleaned.removed


def _without_text(reader: PdfReader, unread: list[int]) -> ParseError:
    if unread:
        return ParseError(
            "damaged", f"a PDF of which {_pages(unread)} cannot be read; save it anew."
        )
    if any(_has_picture(page) for page in reader.pages):
        message = "a PDF of pictures without text, perhaps scanned; run text recognition on it."
        return ParseError("scanned", message)
    return ParseError("empty", "a PDF without any text; nothing to do.")


def _has_picture(page: PageObject) -> bool:
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        resources = page["/Resources"].get_object()
        objects = resources["/XObject"].get_object()  # type: ignore[index]
        return any(objects[key].get("/Subtype") in ("/Image", "/Form") for key in objects)
    except (PyPdfError, *_BROKEN):
        return False


def _title(reader: PdfReader) -> str:
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        title = reader.metadata.title if reader.metadata else None
    except (PyPdfError, *_BROKEN):
        return ""
    title = _PRODUCER.sub("", str(title or "")).strip()
    return "" if _NO_TITLE.fullmatch(title) or _FILE_NAME.search(title) else title


def _outline(reader: PdfReader) -> dict[int, list[tuple[int, str]]]:
    """Level and words of the outline's entries by page number; nothing when it is broken."""
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    found: dict[int, list[tuple[int, str]]] = {}
    try:
        for level, entry in _flat(reader.outline):
            words = " ".join(str(entry.title or "").split())
            index = reader.get_destination_page_number(entry)
            if words and index is not None and index >= 0:
                found.setdefault(index + 1, []).append((level, words))
    except (PyPdfError, *_BROKEN):
        return {}
    return found if sum(map(len, found.values())) <= _MOST_OUTLINE else {}


def _flat(outline: Sequence[object], level: int = 1) -> Iterator[tuple[int, Destination]]:
    """Entries in order with their depth from 1; a list holds the children of what precedes it."""
    for entry in outline:
        if not isinstance(entry, list):
            yield level, cast("Destination", entry)
        elif level < _DEEPEST_OUTLINE:
            yield from _flat(entry, level + 1)


def _with_headings(page: Page, entries: list[tuple[int, str]]) -> Page:
    """Put each entry where its words stand on the page, or where the one before it stands."""
    headings: list[Heading] = []
    position = 0
    for level, words in entries:
        pattern = r"\s*".join(re.escape(part) for part in words.split())
        match = re.compile(pattern, re.IGNORECASE).search(page.text, position)
        position = match.start() if match else position
        headings.append(Heading(position, level, words))
    return Page(page.number, page.text, tuple(headings))


def _pages(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers[:_LISTED]))
    more = f" and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else ""
    return f"page{'s' if len(numbers) > 1 else ''} {listed}{more}"
