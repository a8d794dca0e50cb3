"""Bytes and a name come in; the document in clean pages goes out, whatever the format."""

from __future__ import annotations

from dataclasses import replace

from ..clean import clean
from ..document import ParsedDocument
from ..errors import ParseError
from ..walk import shown
from .registry import parser_for
from .sniff import sniff

__all__ = ["parse"]

_LONGEST_TITLE = 200


def parse(data: bytes, name: str) -> ParsedDocument:
    """Read one file in this process; for files from strangers use `ParserProcess`.

    Args:
        data: the whole file.
        name: its name or path; only the extension counts, and messages show it.

    Returns:
        At least one page; every page has text that `clean` leaves as it is.

    Raises:
        ParseError: the file cannot be read. A broken file may also make a parser raise something
            else; `ParserProcess` turns that into a ParseError as well.
    """
    try:
        kind = sniff(data, name)
        document = parser_for(kind.media_type)(data, name)
        pages = tuple(page for page in document.pages if page.text)
        if not pages:
            raise ParseError("empty", "holds no text; nothing to do.")
    except ParseError as error:
        raise ParseError(error.reason, f"'{shown(name)}': {error}") from error
    notes = (kind.note, *document.notes) if kind.note else document.notes
    title = " ".join(clean(document.title).text.split())[:_LONGEST_TITLE].strip()
    return replace(document, pages=pages, title=title, media_type=kind.media_type, notes=notes)
