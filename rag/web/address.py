"""An address in; where on the network it leads out, or why nobody goes there.

What the user names may lie in the user's own network: a wiki of the house is one of the best things
to read. What a page or a search server names may not: else a stranger's page could make this
machine ask the router, or a cloud's metadata service, for something (server-side request forgery,
OWASP top ten 2021, A10).
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit, urlunsplit

from ..errors import WebError

__all__ = ["LONGEST_ADDRESS", "checked_address", "is_address", "is_public", "places"]

LONGEST_ADDRESS = 2000
"""Characters; the longest that all browsers and servers take."""

_EMBEDDED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_STOOD_IN = ipaddress.ip_network("198.18.0.0/15")
"""Proxies that take over a machine's whole traffic answer every name with an address of this range,
which is nobody's network (RFC 2544), and know themselves what it stands for."""


def is_address(words: str) -> bool:
    """Whether this is written as the address of a page, not as a path."""
    return words.strip().lower().startswith(("http://", "https://"))


def checked_address(words: str) -> str:
    """The address without white space around it and without its "#…" part.

    Raises:
        WebError: it is none, or holds a password.
    """
    address = words.strip()
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise WebError("address", f"{address!r} is no address ({error}); correct it.") from error
    if not is_address(address) or not host or any(sign.isspace() for sign in address):
        raise WebError("address", f"{address!r} is no address; give one such as https://a.org/b.")
    if parts.username or parts.password:
        raise WebError(
            "address",
            f"The address of {host!r} holds a user name or a password, which would be kept with "
            "the document; save the page with a browser, and ingest the file.",
        )
    if len(address) > LONGEST_ADDRESS:
        raise WebError(
            "address",
            f"The address of {host!r} has {len(address)} characters, at most {LONGEST_ADDRESS} "
            "are read; save the page with a browser, and ingest the file.",
        )
    return urlunsplit(parts._replace(fragment=""))


def places(host: str) -> list[str]:
    """The numeric addresses of a host, in the order to try them.

    Raises:
        WebError: nobody knows it.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebError(
            "connection",
            f"{host!r} is not found ({error}); check the address and the network.",
        ) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(place: str) -> bool:
    """Whether a numeric address belongs to the internet, not to this machine or its network."""
    address = ipaddress.ip_address(place.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _EMBEDDED):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            address = inner
    return (address.is_global or address in _STOOD_IN) and not address.is_multicast
