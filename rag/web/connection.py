"""A request in; its response out, from a place on the network that may be asked."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from ..errors import WebError
from .address import is_public, places

__all__ = ["AGENT", "responding"]

AGENT = "recollect/0.1 (+https://pypi.org/project/recollect-rag/)"
_SECONDS = 20.0  # until a connection stands, and between two pieces


@contextmanager
def responding(address: str, *, own_network: bool) -> Iterator[httpx.Response]:
    """Ask for an address and hand out the response, whose body is still to be read.

    Redirects are not followed. Where the environment names a proxy for it, that one is asked; it
    looks the host up itself, so only a host written in numbers can be refused then.

    Args:
        address: checked.
        own_network: whether it may lie in the user's own network.

    Raises:
        WebError: it may not be asked, or does not answer.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    proxy = _proxy(parts.scheme, host)
    if proxy is None:
        transport: httpx.BaseTransport = _Resolved(own_network)
    else:
        _check_numbers(host, own_network)
        transport = httpx.HTTPTransport(proxy=proxy)
    headers = {"User-Agent": AGENT, "Accept-Language": "*"}
    try:
        with (
            httpx.Client(transport=transport, timeout=_SECONDS, headers=headers) as client,
            client.stream("GET", address) as response,
        ):
            yield response
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise WebError(
            "connection",
            f"{address!r} does not answer ({type(error).__name__}: {error}); check the address "
            "and the network, or try again later.",
        ) from error


class _Resolved(httpx.BaseTransport):
    """Looks a host up once, and asks the very place that was checked.

    Looking it up again for the connection could give another answer (DNS rebinding).
    """

    def __init__(self, own_network: bool) -> None:
        self._own_network = own_network
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        found = places(host)
        _check(host, found, self._own_network)
        for number, place in enumerate(found, 1):
            asked = httpx.Request(
                request.method,
                request.url.copy_with(host=place),
                headers=request.headers,  # the host's name among them
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return self._inner.handle_request(asked)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(found):
                    raise
        raise httpx.ConnectError(f"no address of {host!r} answers")

    def close(self) -> None:
        self._inner.close()


def _check(host: str, found: list[str], own_network: bool) -> None:
    if not own_network and not all(is_public(place) for place in found):
        raise WebError(
            "private",
            f"{host!r} lies in your own network, and a page or a search server named it, not you; "
            "it was not asked. If you want it read, name its address yourself.",
        )


def _check_numbers(host: str, own_network: bool) -> None:
    """Refuse what is plainly this machine or its network, without looking anything up."""
    try:
        _check(host, [host], own_network)
    except ValueError:  # a name; the proxy knows where it leads
        if host == "localhost" or host.endswith(".localhost"):
            _check(host, ["127.0.0.1"], own_network)


def _proxy(scheme: str, host: str) -> str | None:
    if urllib.request.proxy_bypass(host):
        return None
    known = urllib.request.getproxies()
    return known.get(scheme) or known.get("all")
