"""The name of a document becomes a link, and is shortened, only where it is an honest address."""

from __future__ import annotations

import pytest

from ui.links import link_to, name_of, reported_name, short_name

NO_LINKS = (
    "javascript:alert(1)//http://evil.example",
    "data:text/html,<script>alert(1)</script>",
    "ftp://evil.example/x",
    "http://good.example@evil.example/",
    "http://good.example:x@evil.example/",
    "http://good.example\\@evil.example/",
    "http://good.example\\.evil.example/",
    "http://evil.example/ x",
    "http://evil.example/\u202egnp.exe",
    "http://evil.example:port/",
    "http://[evil/",
    "http:///evil.example",
    "guide.pdf",
    "",
)


@pytest.mark.parametrize("name", NO_LINKS)
def test_s03_what_only_looks_like_an_address_is_no_link(name: str) -> None:
    assert link_to(name) == ""
    assert short_name(name) == name


def test_s03_a_citation_of_a_strangers_conversation_names_no_address() -> None:
    assert link_to(name_of("https://evil.example/x", "A title")) == ""


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("https://en.wikipedia.org/wiki/Glow_(bridge)", "en.wikipedia.org › Glow (bridge)"),
        ("https://zh.wikipedia.org/wiki/%E6%A1%A5", "zh.wikipedia.org › 桥"),
        ("HTTPS://www.A.org/b/c/?q=1", "a.org › c"),
        ("http://wiki.home:8080", "wiki.home:8080"),
        ("http://wiki.home:8080/#top", "wiki.home:8080"),
        (f"https://a.org/{'x' * 60}", f"a.org › {'x' * 39}…"),
        ("https://a.org/b%00c%E2%80%AEd", "a.org › b\0c\u202ed"),
        ("guide_v2.pdf", "guide_v2.pdf"),
    ],
)
def test_an_address_is_shown_short(address: str, short: str) -> None:
    assert short_name(address) == short


def test_a_report_calls_an_address_as_it_is_and_a_file_by_its_name() -> None:
    assert reported_name("https://a.org/b/c.html") == "https://a.org/b/c.html"
    assert reported_name("/srv/docs/c.html") == "c.html"


@pytest.mark.parametrize("gone", ["0123456789abcdef" * 2, "0123456789abcdef" * 2 + ".html"])
def test_a_document_that_was_taken_out_is_called_by_its_title(gone: str) -> None:
    assert name_of(f"/kb/uploads/{gone}", "The Glow bridge") == "The Glow bridge"
    assert name_of(f"/kb/uploads/{gone}", "") == gone
    assert name_of("/srv/docs/bridge.md", "The Glow bridge") == "bridge.md"
