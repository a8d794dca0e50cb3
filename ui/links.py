"""The name of a document in; for the address of a page its short form, and a link, out."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from rag import document_name

__all__ = ["is_address", "link_to", "name_of", "reported_name", "short_name"]

LONGEST_LAST = 40
"""Characters of the last part of an address that its short form shows."""
_HASH = re.compile(r"[0-9a-f]{32}(?:\.[a-z0-9]{1,8})?\Z")
"""What is left of the name of a copy that was taken out."""


def is_address(words: str) -> bool:
    """Whether this is written as the address of a page, not as a path."""
    return words.strip().lower().startswith(("http://", "https://"))


def name_of(source: str, title: str) -> str:
    """What to call the document of a passage or citation; one that was taken out by its title.

    A page of the internet that was read for nothing is taken out again, and its name with it.
    """
    name = document_name(source)
    return title if title and _HASH.match(name) else name


def reported_name(source: str) -> str:
    """What to call what a report tells of: an address that was not read as it is, too."""
    return source if is_address(source) else document_name(source)


def link_to(name: str) -> str:
    """The address that a press may open in the browser; "" for every other name.

    Names come from strangers, too: one whose host could be read as another's is no link.
    """
    return name if _host(name) else ""


def short_name(name: str) -> str:
    """An address as its host and the end of its path; every other name as it is."""
    host = _host(name)
    if not host:
        return name
    last = unquote(urlsplit(name).path.rstrip("/").rpartition("/")[2]).replace("_", " ")
    if len(last) > LONGEST_LAST:
        last = last[: LONGEST_LAST - 1] + "…"
    return " › ".join(part for part in (host.removeprefix("www."), last) if part)


def _host(name: str) -> str:
    """Host and port of an address that people and browsers read alike; "" of every other name."""
    if not is_address(name) or not name.isprintable() or " " in name or "\\" in name:
        return ""
    try:
        parts = urlsplit(name)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if "@" in parts.netloc:
        return ""
    return f"{host}:{port}" if host and port else host
