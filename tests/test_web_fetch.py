"""Addresses and what lies there: read as its author meant it, never from where nobody may ask."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from rag.errors import WebError
from rag.web import connection, fetch, is_address
from rag.web.address import LONGEST_ADDRESS, checked_address, is_public

from .web_server import Page, WebServer, web_server

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
BRIDGE = b"<html><body><p>The bridge is 411 metres long.</p></body></html>"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server(bridge=Page(BRIDGE)) as server:
        yield server


@pytest.fixture
def _first_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 counts as a place of the internet; every other of this machine does not."""

    def public(place: str) -> bool:
        return place == "127.0.0.1"

    monkeypatch.setattr(connection, "is_public", public)
    monkeypatch.setattr("rag.web.page.is_public", public)


def refused(address: str, *, named: bool = True, **limits: int) -> WebError:
    with pytest.raises(WebError) as raised:
        fetch(address, named=named, **limits)
    return raised.value


def test_an_address_is_told_from_a_path() -> None:
    assert is_address(" HTTPS://a.org/b")
    assert not any(map(is_address, ("a.org/b", "/https://a.org", "ftp://a.org", "file:///etc")))


@pytest.mark.parametrize(
    "words",
    ["http://", "http:///path", "http://a b.org", "https://[::1", "http://a.org:99999", "https:a"],
)
def test_what_is_no_address_is_said(words: str) -> None:
    with pytest.raises(WebError, match="no address") as raised:
        checked_address(words)
    assert raised.value.kind == "address"


def test_an_address_with_a_password_is_refused_and_the_password_not_repeated() -> None:
    with pytest.raises(WebError, match=r"a\.org") as raised:
        checked_address("https://user:secret@a.org/b")
    assert "secret" not in str(raised.value)


def test_an_address_loses_its_fragment_and_has_a_longest() -> None:
    assert checked_address(" https://a.org/b?c=d#e ") == "https://a.org/b?c=d"
    with pytest.raises(WebError, match="characters"):
        checked_address("https://a.org/" + "b" * LONGEST_ADDRESS)


@pytest.mark.parametrize(
    "place",
    "127.0.0.1 10.1.2.3 192.168.0.1 172.16.0.9 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 ::1 "
    "fe80::1%eth0 fc00::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::1".split(),
)
def test_s12_places_in_ones_own_network_are_not_public(place: str) -> None:
    assert not is_public(place)


@pytest.mark.parametrize("place", ["8.8.8.8", "198.18.0.7", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_places_of_the_internet_are_public(place: str) -> None:
    assert is_public(place)


def test_a_page_is_fetched_under_the_address_it_was_asked_by(web: WebServer) -> None:
    page = fetch(f"{web.address}/bridge#measures", named=True)
    assert page.address == f"{web.address}/bridge"
    assert b"411 metres" in page.data
    assert web.asked[0][2]["User-Agent"].startswith("recollect/")


def test_a_fragment_of_a_page_is_marked_as_one(web: WebServer) -> None:
    web.pages["/part"] = Page(b"<p>No head, no body.</p>")
    assert fetch(f"{web.address}/part", named=True).data.startswith(b"<!doctype html>")


@pytest.mark.parametrize("charset", ["gb18030", "big5", "utf-16", "windows-1252"])
def test_the_encoding_that_only_the_header_tells_is_kept(web: WebServer, charset: str) -> None:
    words = "café" if charset == "windows-1252" else "橋長四百公尺"
    web.pages["/page"] = Page(f"<p>{words}</p>".encode(charset), f"text/html; charset={charset}")
    assert words in fetch(f"{web.address}/page", named=True).data.decode()


def test_an_encoding_nobody_knows_leaves_the_bytes_alone(web: WebServer) -> None:
    web.pages["/page"] = Page(b"plain \xff", "text/plain; charset=klingon")
    assert fetch(f"{web.address}/page", named=True).data == b"plain \xff"


def test_redirects_are_followed_and_a_circle_is_left(web: WebServer) -> None:
    web.pages["/old"] = Page(status=301, location="/older")
    web.pages["/older"] = Page(status=302, location=f"{web.address}/bridge")
    assert b"411" in fetch(f"{web.address}/old", named=True).data
    web.pages["/round"] = Page(status=302, location="/round")
    assert "without end" in str(refused(f"{web.address}/round"))


@pytest.mark.parametrize(
    ("status", "advice"),
    [(404, "check the address"), (403, "browser"), (429, "wait"), (503, "later")],
)
def test_an_error_of_the_server_says_which_and_what_to_do(
    web: WebServer, status: int, advice: str
) -> None:
    web.pages["/gone"] = Page(b"no", status=status)
    error = refused(f"{web.address}/gone")
    assert error.kind == "refused"
    assert f"HTTP {status}" in str(error)
    assert advice in str(error)


def test_a_picture_is_no_document(web: WebServer) -> None:
    web.pages["/pic"] = Page(b"\x89PNG", "image/png")
    assert refused(f"{web.address}/pic").kind == "type"


def test_what_is_too_large_is_left_whether_the_server_says_so_or_not(web: WebServer) -> None:
    web.pages["/large"] = Page(b"x" * 5000, "text/plain")
    assert refused(f"{web.address}/large", limit=4999).kind == "size"
    web.pages["/said"] = Page(b"x", "text/plain", declared=1 << 40)
    assert refused(f"{web.address}/said").kind == "size"
    assert len(fetch(f"{web.address}/large", named=True, limit=5000).data) == 5000


def test_a_connection_that_breaks_is_no_page(web: WebServer) -> None:
    web.pages["/cut"] = Page(BRIDGE, declared=len(BRIDGE) + 10)
    assert refused(f"{web.address}/cut").kind == "connection"


def test_a_server_that_drips_is_left(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.web.page._SECONDS", 0.3)
    web.pages["/slow"] = Page(b"x" * 1000, "text/plain", pause=0.02)
    error = refused(f"{web.address}/slow")
    assert error.kind == "connection"
    assert "did not come within" in str(error)


def test_nobody_at_an_address_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = refused(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert error.kind == "connection"


def test_a_host_nobody_knows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = refused("http://nowhere.example/")
    assert error.kind == "connection"
    assert "nowhere.example" in str(error)


def test_s11_nothing_is_asked_when_the_network_is_switched_off(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refused(f"{web.address}/bridge").kind == "offline"
    assert web.asked == []


def test_s12_ones_own_network_is_asked_only_when_the_user_names_it(web: WebServer) -> None:
    error = refused(f"{web.address}/bridge", named=False)
    assert error.kind == "private"
    assert web.asked == []
    assert fetch(f"{web.address}/bridge", named=True).data == BRIDGE


@pytest.mark.usefixtures("_first_is_public")
@pytest.mark.parametrize("named", [True, False])
def test_s12_a_page_of_the_internet_does_not_lead_into_ones_own_network(
    web: WebServer, named: bool
) -> None:
    web.pages["/trap"] = Page(status=302, location=f"http://127.0.0.2:{web.port}/bridge")
    assert refused(f"{web.address}/trap", named=named).kind == "private"
    assert web.paths() == ["/trap"]


@pytest.mark.usefixtures("_first_is_public")
def test_s12_the_place_that_was_checked_is_the_one_that_is_asked(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time gains nothing (DNS rebinding)."""
    looked_up: list[str] = []
    lookup = socket.getaddrinfo

    def rebinding(host: str, *rest: object, **more: object) -> object:
        if host != "rebinding.example":
            return lookup(host, *rest, **more)  # type: ignore[arg-type]
        looked_up.append(host)
        place = "127.0.0.1" if len(looked_up) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    page = fetch(f"http://rebinding.example:{web.port}/bridge", named=False)
    assert page.data == BRIDGE
    assert looked_up == ["rebinding.example"]
    assert web.asked[0][2]["Host"] == f"rebinding.example:{web.port}"


@pytest.mark.usefixtures("_first_is_public")
def test_the_next_place_of_a_host_is_asked_where_the_first_is_silent(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "is_public", lambda _: True)
    monkeypatch.setattr(connection, "places", lambda _: ["127.0.0.3", "127.0.0.1"])
    assert fetch(f"http://two.example:{web.port}/bridge", named=True).data == BRIDGE


def test_a_proxy_is_asked_and_looks_the_host_up_itself(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", web.address)
    assert fetch("http://far.example/bridge", named=False).data == BRIDGE
    assert web.asked[0][2]["Host"] == "far.example"


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "[::1]"])
def test_s12_a_proxy_is_not_asked_for_what_is_plainly_ones_own(
    web: WebServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", web.address)
    assert refused(f"http://{host}/bridge", named=False).kind == "private"
    assert web.asked == []
