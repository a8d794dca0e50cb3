"""Which module parses which media type; a module is imported when its first file comes."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from ..document import ParsedDocument
from ..errors import ParseError

__all__ = ["PARSERS", "Parser", "parser_for"]

Parser = Callable[[bytes, str], ParsedDocument]
"""A file's bytes and name in, its document out; raises ParseError when it cannot be read."""

PARSERS = {
    "application/pdf": "ingest.parsers.pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (
        "ingest.parsers.docx"
    ),
    "text/csv": "ingest.parsers.text",
    "text/html": "ingest.parsers.html",
    "text/markdown": "ingest.parsers.markdown",
    "text/plain": "ingest.parsers.text",
}


def parser_for(media_type: str) -> Parser:
    """The `parse` function of the module registered for `media_type`.

    Raises:
        ParseError: "unsupported" when there is none; the message lists what is.
    """
    path = PARSERS.get(media_type)
    if path is None:
        known = ", ".join(sorted(PARSERS))
        raise ParseError("unsupported", f"no parser for {media_type!r}; convert it to: {known}.")
    return cast("Parser", import_module(path).parse)
