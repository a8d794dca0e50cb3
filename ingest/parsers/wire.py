"""A parser's answer as plain values: a document or its refusal, there and back."""

from __future__ import annotations

import json
from typing import Any

from ..document import Heading, Page, ParsedDocument
from ..errors import ParseError, Reason

__all__ = ["document_from", "reply_error", "reply_of"]


def reply_of(document: ParsedDocument) -> dict[str, object]:
    """A document as plain lists and strings."""
    pages = [
        [page.number, page.text, [[h.start, h.level, h.title] for h in page.headings]]
        for page in document.pages
    ]
    return {
        "pages": pages,
        "title": document.title,
        "media_type": document.media_type,
        "notes": list(document.notes),
    }


def reply_error(reason: Reason, message: str, *, last: bool = False) -> dict[str, object]:
    """The refusal of a file; `last` says that the child ends after it."""
    return {"reason": reason, "message": message, "last": last}


def document_from(body: bytes | bytearray) -> tuple[ParsedDocument | ParseError, bool]:
    """The document or the refusal that a reply holds, and whether the child will answer again.

    What is no reply at all counts as "damaged", and its child is not to be trusted again.
    """
    try:
        reply: dict[str, Any] = json.loads(body.decode("utf-8", "surrogatepass"))
        if "reason" in reply:
            return ParseError(reply["reason"], reply["message"]), not reply["last"]
        pages = tuple(
            Page(number, text, tuple(Heading(*heading) for heading in headings))
            for number, text, headings in reply["pages"]
        )
        notes = tuple(reply["notes"])
        return ParsedDocument(pages, reply["title"], reply["media_type"], notes), True
    except (ValueError, KeyError, TypeError):
        message = "the parser's answer makes no sense; save the file anew."
        return ParseError("damaged", message), False
