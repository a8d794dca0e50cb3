"""An address in; the document that lies there out, as bytes that the parsers can read."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ingest import ParseLimits

from ..errors import WebError
from ..model_library import is_offline
from .address import checked_address, is_public, places

if TYPE_CHECKING:
    import httpx

__all__ = ["FetchedPage", "fetch", "fetch_bytes"]

_REDIRECTS = 8
_SECONDS = 120.0  # one page, all in all
_TEXTS = ("text/", "application/xhtml+xml")
_READ = (
    *_TEXTS,
    "application/json",
    "application/msword",
    "application/octet-stream",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-pdf",
    "application/xml",
)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_ADVICE: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "check the address",
    HTTPStatus.GONE: "check the address",
    HTTPStatus.UNAUTHORIZED: "log in with a browser, save the page, and ingest the file",
    HTTPStatus.FORBIDDEN: "open it with a browser, save the page, and ingest the file",
    HTTPStatus.TOO_MANY_REQUESTS: "wait a while",
}
_DECLARED = re.compile(rb"<meta[^>]{0,300}?charset|<\?xml[^>]{0,200}?encoding", re.IGNORECASE)
_BEGINS_AS_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!doctype\s+html|<html|<!--)", re.I)
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What lay at an address.

    Attributes:
        address: that it was asked for by, without its "#…" part.
        data: its bytes; a web page's carry what the server said of its type and encoding.
        media_type: as the server said, "" where it said nothing.
    """

    address: str
    data: bytes
    media_type: str


def fetch(address: str, *, named: bool, limit: int | None = None) -> FetchedPage:
    """Read a page, or a PDF, a DOCX or a text, from the internet.

    Args:
        address: beginning with http:// or https://.
        named: whether the user named it; only then it may lie in the user's own network.
        limit: bytes at most; None takes that of a file.

    Raises:
        WebError: it cannot be had, or is nothing that is read here.
    """
    address = checked_address(address)
    found, headers = fetch_bytes(address, named=named, limit=limit)
    media_type, charset = _type(headers)
    if media_type in _HTML:
        found = _as_html(found, charset)
    elif media_type.startswith("text/") and charset:
        found = _recoded(found, charset)
    return FetchedPage(address, found, media_type)


def fetch_bytes(
    address: str, *, named: bool, limit: int | None = None
) -> tuple[bytes, Mapping[str, str]]:
    """The bytes at an address and the headers that came with them; redirects are followed.

    Raises:
        WebError: see `fetch`.
    """
    if is_offline():
        raise WebError(
            "offline",
            f"The network is switched off (HF_HUB_OFFLINE), so {address!r} is not read; unset it.",
        )
    from .connection import responding  # noqa: PLC0415 (it loads an HTTP client)

    most = ParseLimits().file_bytes if limit is None else limit
    until = time.monotonic() + _SECONDS
    at, own_network = address, named and _is_own(address)
    for _ in range(_REDIRECTS + 1):
        with responding(at, own_network=own_network) as response:
            if not response.has_redirect_location:
                _check_status(response, address)
                return _body(response, address, most, until), MappingProxyType(
                    dict(response.headers)
                )
            target = urljoin(at, response.headers["location"])
        if urlsplit(at).scheme == "https" and urlsplit(target).scheme == "http":
            target = "https" + target.removeprefix("http")
        at = checked_address(target)
    raise WebError(
        "refused", f"{address!r} leads from page to page without end; open it in a browser."
    )


def _is_own(address: str) -> bool:
    """Whether it lies in the user's own network; what lies outside never leads back into it."""
    try:
        return not all(is_public(place) for place in places(urlsplit(address).hostname or ""))
    except WebError:  # a proxy may know it; else whoever connects says that nobody does
        return False


def _check_status(response: httpx.Response, address: str) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        media_type, _ = _type(response.headers)
        if media_type and not media_type.startswith(_READ):
            raise WebError(
                "type",
                f"{address!r} is {media_type}, which is not read; web pages, PDF, DOCX, Markdown "
                "and text are.",
            )
        return
    advice = _ADVICE.get(status, "try again later")
    said = f"HTTP {status} {response.reason_phrase}".strip()
    raise WebError("refused", f"{address!r} answers with {said}; {advice}.")


def _body(response: httpx.Response, address: str, most: int, until: float) -> bytes:
    """All of it, within its limits of size and time."""
    size = response.headers.get("content-length", "")
    parts: list[bytes] = []
    total = int(size) if size.isdigit() else 0
    if total <= most:
        total = 0
        for part in response.iter_bytes():
            parts.append(part)
            total += len(part)
            if total > most:
                break
            if time.monotonic() > until:
                raise WebError(
                    "connection",
                    f"{address!r} did not come within {_SECONDS:.0f} s; try again later, or save "
                    "it with a browser.",
                )
    if total > most:
        raise WebError(
            "size",
            f"{address!r} has more than {most >> 20} MB; save it with a browser, and ingest the "
            "file.",
        )
    return b"".join(parts)


def _type(headers: Mapping[str, str]) -> tuple[str, str]:
    """Media type and encoding as the server says, each "" where it does not."""
    kind, *rest = headers.get("content-type", "").split(";")
    charset = next((part.partition("=")[2] for part in rest if "charset" in part.lower()), "")
    return kind.strip().lower(), charset.strip().strip("\"'").lower()


def _as_html(data: bytes, charset: str) -> bytes:
    """With what the headers said: they win over the page, and a page may begin with any element."""
    if charset and not _DECLARED.search(data[:_HEAD]):
        data = _recoded(data, charset)
    return data if _BEGINS_AS_HTML.match(data[:_HEAD]) else b"<!doctype html>\n" + data


def _recoded(data: bytes, charset: str) -> bytes:
    """As UTF-8; as it is where nobody knows the encoding, or it is another."""
    try:
        return data.decode(charset).removeprefix("\ufeff").encode()
    except (LookupError, UnicodeError):
        return data
