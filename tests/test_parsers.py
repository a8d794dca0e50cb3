"""Text, Markdown, CSV and HTML in; what a reader sees, with headings where they stand, out."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingest.clean import clean
from ingest.document import Page, ParsedDocument
from ingest.errors import ParseError
from ingest.parsers import parse
from ingest.parsers.registry import PARSERS, parser_for

CHINESE = "这座城市位于长江下游，人口约八百万，是全省的政治、经济和文化中心。"


def page_of(data: str | bytes, name: str) -> Page:
    document = parse(data.encode() if isinstance(data, str) else data, name)
    [page] = document.pages
    assert page.number == 1
    assert clean(page.text).text == page.text
    for heading in page.headings:
        line = page.text[heading.start :].split("\n", 1)[0]
        assert heading.title.split()[0] in line
    return page


def outline(page: Page) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in page.headings]


def reason(data: bytes, name: str) -> str:
    with pytest.raises(ParseError) as caught:
        parse(data, name)
    assert name in str(caught.value)
    return caught.value.reason


def test_every_registered_media_type_has_a_parser() -> None:
    for media_type in PARSERS:
        assert callable(parser_for(media_type))


def test_an_unknown_media_type_lists_the_known_ones() -> None:
    with pytest.raises(ParseError, match="text/markdown"):
        parser_for("audio/midi")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html", "noextension"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig", "utf-8"])
def test_i01_chinese_survives_every_format_and_encoding(name: str, encoding: str) -> None:
    document = parse(CHINESE.encode(encoding), name)
    assert document.pages[0].text == CHINESE
    assert bool(document.notes) == (encoding not in ("utf-8", "utf-8-sig"))


def test_i01_the_encoding_used_is_reported() -> None:
    document = parse(CHINESE.encode("gb18030"), "a.txt")
    assert document.notes == ("decoded as gb18030",)


@pytest.mark.parametrize("charset", ["gb2312", "big5", "utf-8", "nonsense"])
def test_i01_html_is_read_whatever_its_meta_says(charset: str) -> None:
    html = f'<html><head><meta charset="{charset}"><title>城市</title></head><p>{CHINESE}'
    document = parse(html.encode("gb18030"), "a.html")
    assert (document.title, document.pages[0].text) == ("城市", CHINESE)


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_i12_a_file_of_nothing_is_empty(data: bytes, name: str) -> None:
    assert reason(data, name) in ("empty", "binary")


@pytest.mark.parametrize("text", ["a", "。", "...", "😀", "👩‍💻"])
def test_i12_one_character_is_one_page(text: str) -> None:
    assert page_of(text, "a.txt").text == text


def test_s04_invisible_characters_are_removed_and_reported() -> None:
    document = parse("pay\u200bment \u202etxt.exe".encode(), "a.txt")
    assert document.pages[0].text == "payment txt.exe"
    assert document.notes == ("2 invisible characters removed",)


MARKDOWN = """---
title: "The Manual"
tags: !!python/object/apply:os.system ["touch CANARY"]
---
# Install #
Intro with `code`.

```python
# not a heading
```

Setup
=====
Steps follow.

Linux
-----
- one
- two
---
### **Bold** [link](http://x) ###
<!-- ignore
# hidden
--> visible
    # indented code
#NoSpace
"""


def test_markdown_headings_stand_at_their_offsets_outside_of_code() -> None:
    page = page_of(MARKDOWN, "a.md")
    assert outline(page) == [(1, "Install"), (1, "Setup"), (2, "Linux"), (3, "Bold link")]
    assert page.heading_path(page.text.index("two")) == ("Setup", "Linux")
    assert page.heading_path(page.text.index("visible")) == ("Setup", "Linux", "Bold link")
    assert "# not a heading" in page.text
    assert "hidden" not in page.text


def test_i15_front_matter_gives_a_title_and_builds_no_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = parse(MARKDOWN.encode(), "a.md")
    assert document.title == "The Manual"
    assert "touch" not in document.pages[0].text
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize(
    "text",
    [
        "> " * 10_000 + "deep",
        "`" * 1_000_000,
        "```\n" * 100_000 + "x",
        "[" * 200_000 + "x",
        "# " + "[a](" * 100_000,
        "<!--" * 100_000 + "-->x",
        "|a|b|\n|-|-|\n" + "|1|2|\n" * 100_000,
        "".join("  " * n + "- x\n" for n in range(1_000)),
        "title\n" + "-" * 500_000,
    ],
    ids=["quotes", "backticks", "fences", "brackets", "links", "comments", "table", "list", "rule"],
)
def test_i15_hostile_markdown_takes_seconds_at_most(text: str) -> None:
    start = time.monotonic()
    try:
        parse(text.encode(), "a.md")
    except ParseError as error:
        assert error.reason == "empty"
    assert time.monotonic() - start < 5


HTML = """<!DOCTYPE html><html><head><title>Annual &amp; report</title>
<style>p{color:red}</style><script>var a = "</p>script text";</script></head>
<body><nav>Home | About</nav><!-- comment text -->
<h1>Sales</h1><p>First paragraph,
with <b>bold</b> &eacute;&nbsp;text<br>second line
<p>Next one without end tag
<h2>Figures <small>2024</small></h2>
<table><tr><th>Year<th>Sum</tr><tr><td>2023<td><p>10</p><tr><td>2024</td><td>12</td></tr></table>
<ul><li>apple<li>pear<ul><li>green</ul></ul>
<p hidden>ghost one<p>after ghost
<div style="display: none">ghost two <b>deep</b></div>
<span style="font-size:0px">ghost three</span>
<template>ghost four</template><div aria-hidden="true">ghost five</div>
<pre>line 1
  line 2</pre>
<article><p>Signed <footer>the author</footer></article>
<footer>Copyright</footer>
</body></html>"""


def test_html_becomes_what_a_reader_sees() -> None:
    document = parse(HTML.encode(), "a.html")
    page = page_of(HTML, "a.html")
    assert document.title == "Annual & report"
    assert outline(page) == [(1, "Sales"), (2, "Figures 2024")]
    assert page.text.split("\n\n") == [
        "Sales",
        "First paragraph, with bold é text\nsecond line",
        "Next one without end tag",
        "Figures 2024",
        "Year | Sum\n2023 | 10\n2024 | 12",
        "- apple\n- pear\n- green",
        "after ghost",
        "line 1\nline 2",
        "Signed",
        "the author",
    ]


def test_s04_i14_hidden_html_text_is_dropped_and_counted() -> None:
    document = parse(HTML.encode(), "a.html")
    assert document.pages[0].text.count("ghost") == document.pages[0].text.count("after ghost") == 1
    assert any(note.endswith("characters of hidden text left out") for note in document.notes)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "visible",
        "<b><p>" * 50_000 + "visible",
        "<ul><li>" * 50_000 + "visible",
        "<table><tr><td>" * 30_000 + "visible",
        "</div>" * 100_000 + "visible",
        "<p>visible" + "<li>x" * 50_000,
        '<p title="' + "a" * 5_000_000 + '">visible',
        "<base href='http://127.0.0.1:9/'><meta http-equiv=refresh content='0;x'>visible",
    ],
    ids=["div", "p", "list", "table", "end", "li", "attribute", "base"],
)
def test_i14_hostile_html_is_read_in_seconds(html: str) -> None:
    start = time.monotonic()
    assert "visible" in parse(html.encode(), "a.html").pages[0].text
    assert time.monotonic() - start < 5


def test_i09_html_entities_of_its_own_are_not_resolved() -> None:
    canary = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><p>a&x;b'
    assert "root:" not in page_of(canary, "a.html").text


def test_i23_content_decides_and_the_mismatch_is_reported() -> None:
    document = parse(b"<!doctype html><h1>Hi</h1>", "a.pdf")
    assert document.media_type == "text/html"
    assert document.pages[0].text == "Hi"
    assert document.notes == ("named '.pdf' but is text/html; read as that",)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"MZ" + bytes(58) + b"\x80\0\0\0" + os.urandom(3000), "a.md", "unsupported"),
        (b"\x7fELF\x02\x01\x01" + bytes(500), "a.txt", "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "a.md", "unsupported"),
        (b"plain words", "a.pdf", "damaged"),
        (b"plain words", "a.docx", "damaged"),
        (b"PK\x03\x04broken", "a.docx", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "unsupported"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "a.docx",
            "encrypted",
        ),
    ],
)
def test_i23_what_cannot_be_what_it_says_is_refused(data: bytes, name: str, expected: str) -> None:
    assert reason(data, name) == expected


def test_i02_binary_under_a_text_name_is_refused() -> None:
    assert reason(bytes(100_000), "a.txt") == "binary"


def test_i13_one_long_line_and_many_short_lines_are_read() -> None:
    start = time.monotonic()
    assert len(page_of("x" * 5_000_000, "a.txt").text) == 5_000_000
    assert page_of("ab\n" * 500_000, "a.txt").text.count("\n") == 499_999
    assert time.monotonic() - start < 10


def test_a_csv_keeps_its_lines() -> None:
    document: ParsedDocument = parse("name,city\n王,北京\n".encode(), "a.csv")
    assert document.media_type == "text/csv"
    assert document.pages[0].text == "name,city\n王,北京"
