"""Bytes of a plain text or CSV file come in; one page of clean text goes out."""

from __future__ import annotations

from ..document import ParsedDocument
from ..encoding import decode
from .blocks import Block, one_page

__all__ = ["decoded", "parse"]


def parse(data: bytes, name: str) -> ParsedDocument:
    """The whole text as it stands, without headings.

    Raises:
        ParseError: "binary" when it is not text.
    """
    text, notes = decoded(data)
    return one_page([Block(text)], media_type="text/plain", notes=notes)


def decoded(data: bytes, declared: str | None = None) -> tuple[str, list[str]]:
    """The text, and notes on its encoding where it is not plain UTF-8.

    Raises:
        ParseError: "binary" when it is not text.
    """
    result = decode(data, declared)
    notes = [] if result.encoding == "utf-8" else [f"decoded as {result.encoding}"]
    if result.replaced:
        notes.append(f"{result.replaced} unreadable characters replaced")
    return result.text, notes
