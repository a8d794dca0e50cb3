"""DOCX files made by hand, honest and hostile, become text or a reason."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from ingest.document import ParsedDocument
from ingest.errors import ParseError
from ingest.parsers import parse

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
STYLES = f"""<w:styles xmlns:w="{W}">
<w:style w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="2"><w:name w:val="标题 2"/></w:style>
<w:style w:styleId="Own"><w:name w:val="Own style"/><w:basedOn w:val="2"/></w:style>
<w:style w:styleId="Lvl"><w:name w:val="x"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:styleId="A"><w:name w:val="a"/><w:basedOn w:val="B"/></w:style>
<w:style w:styleId="B"><w:name w:val="b"/><w:basedOn w:val="A"/></w:style>
<w:style w:styleId="a3"><w:name w:val="Title"/></w:style>
<w:style w:styleId="a4"><w:name w:val="标题"/></w:style>
<w:style w:styleId="Cover"><w:name w:val="Cover"/><w:basedOn w:val="a3"/></w:style>
<w:style w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="a3"/></w:style>
</w:styles>"""
CORE = """<cp:coreProperties xmlns:cp="x" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Annual &amp; report</dc:title></cp:coreProperties>"""


def p(text: str, style: str = "", run: str = "", more: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    run_properties = f"<w:rPr>{run}</w:rPr>" if run else ""
    return f"<w:p>{properties}{more}<w:r>{run_properties}<w:t>{text}</w:t></w:r></w:p>"


def main_part(body: str, prolog: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<w:document xmlns:w="{W}" xmlns:mc="{MC}">'
        f"<w:body>{body}</w:body></w:document>"
    )


def docx(body: str, prolog: str = "", **parts: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", main_part(body, prolog))
        archive.writestr("word/styles.xml", STYLES)
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return buffer.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(ParseError) as caught:
        parse(data, "a.docx")
    assert "a.docx" in str(caught.value)
    return caught.value.reason


def text_of(document: ParsedDocument) -> str:
    [page] = document.pages
    return page.text


def test_paragraphs_headings_lists_and_tables_become_text() -> None:
    item = '<w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr>'
    cell = "<w:tc>{}</w:tc>"
    row = "<w:tr>" + cell.format(p("a")) + cell.format(p("b") + p("c")) + "</w:tr>"
    body = (
        p("Sales", "Heading1")
        + p("First &amp; best")
        + p("数字", "2")
        + p("one", more=item)
        + p("two", more=item)
        + "<w:tbl>" + row + row + "</w:tbl>"
        + p("Deep", "Own")
        + p("Deeper", "Lvl")
        + p("tail", "A")
    )  # fmt: skip
    document = parse(docx(body, docProps__core=CORE), "a.docx")
    [page] = document.pages
    assert document.title == "Annual & report"
    assert page.text.split("\n\n") == [
        "Sales", "First & best", "数字", "- one\n- two", "a | b c\na | b c",
        "Deep", "Deeper", "tail",
    ]  # fmt: skip
    assert [(h.level, h.title) for h in page.headings] == [
        (1, "Sales"), (2, "数字"), (2, "Deep"), (3, "Deeper"),
    ]  # fmt: skip
    assert all(page.text[h.start :].startswith(h.title) for h in page.headings)
    assert page.heading_path(page.text.index("tail")) == ("Sales", "Deep", "Deeper")


@pytest.mark.parametrize("style", ["a3", "a4", "Cover", "Title"])
def test_a_paragraph_in_the_style_of_a_title_is_the_title(style: str) -> None:
    body = p("Availability", "1") + p("Service  Level", style) + p("Other", style)
    document = parse(docx(body), "a.docx")
    assert document.title == "Service Level"
    assert [heading.title for heading in document.pages[0].headings] == ["Availability"]
    assert "Service Level\n\nOther" in document.pages[0].text


def test_the_title_that_the_author_gave_the_file_goes_before_that_of_a_style() -> None:
    data = docx(p("Service Level", "Title"), docProps__core=CORE)
    assert parse(data, "a.docx").title == "Annual & report"
    blank = CORE.replace("Annual &amp; report", " ")
    assert parse(docx(p("Service Level", "Title"), docProps__core=blank), "a.docx").title == (
        "Service Level"
    )


def test_breaks_footnotes_and_text_boxes_are_kept_and_fallbacks_are_not_read_twice() -> None:
    box = f"<w:txbxContent>{p('in a box')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>"
        f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    )
    notes = f'<w:footnotes xmlns:w="{W}"><w:footnote>{p("the note")}</w:footnote></w:footnotes>'
    text = text_of(parse(docx(body, word__footnotes=notes), "a.docx"))
    assert text == "in a box\n\na b\nc\n\nthe note"


def test_s04_hidden_and_tiny_text_is_dropped_and_counted() -> None:
    body = p("seen") + p("ghost", run="<w:vanish/>") + p("dust", run='<w:sz w:val="2"/>')
    body += p("plain", run='<w:vanish w:val="0"/><w:sz w:val="24"/>')
    document = parse(docx(body), "a.docx")
    assert text_of(document) == "seen\n\nplain"
    assert document.notes == ("9 characters of hidden text left out",)


def test_i05_a_document_of_white_space_is_empty() -> None:
    assert refused(docx(p(" ") + p("\t"))) == "empty"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">]>',
    ],
)
def test_i09_a_document_type_is_refused_before_any_entity(doctype: str) -> None:
    assert refused(docx(p("&x;"), prolog=doctype)) == "damaged"


def test_i08_a_part_that_inflates_without_end_is_refused_early() -> None:
    bomb = docx(p(" " * 60_000_000))
    assert len(bomb) < 100_000
    tracemalloc.start()
    start = time.monotonic()
    assert refused(bomb) == "too_expensive"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - start < 5
    assert peak < 50 << 20


def test_i08_a_forged_size_does_not_hide_a_bomb() -> None:
    data = bytearray(docx(p(" " * 30_000_000)))
    true_size = len(main_part(p(" " * 30_000_000)).encode())
    at = data.index(struct.pack("<I", true_size))
    while at >= 0:
        data[at : at + 4] = struct.pack("<I", 1000)
        at = data.find(struct.pack("<I", true_size))
    assert refused(bytes(data)) in ("damaged", "too_expensive")


def test_i08_too_many_entries_are_refused() -> None:
    buffer = BytesIO(docx(p("x")))
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"x/{number}", "")
    assert refused(buffer.getvalue()) == "too_expensive"


def test_i08_a_bomb_beside_the_text_is_never_inflated() -> None:
    data = docx(p("the text"), word__media=" " * 20_000_000)
    start = time.monotonic()
    assert text_of(parse(data, "a.docx")) == "the text"
    assert time.monotonic() - start < 2


def test_i11_names_that_lead_out_are_ignored_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    buffer = BytesIO(docx(p("text")))
    with zipfile.ZipFile(buffer, "a") as archive:
        for name in ("../x", "C:\\x", "/absolute/x"):
            archive.writestr(name, "slipped")
    document = parse(buffer.getvalue(), "a.docx")
    assert text_of(document) == "text"
    assert document.notes == ("entries whose names lead out of the file ignored",)
    assert [path.name for path in tmp_path.rglob("*")] == ["work"]


def test_a_truncated_or_mutated_docx_is_text_or_a_reason() -> None:
    whole = docx("".join(p(f"paragraph {n}") for n in range(200)))
    for cut in range(0, len(whole), max(1, len(whole) // 20)):
        assert refused(whole[:cut]) in ("damaged", "empty", "unsupported")
    for at in range(0, len(whole), max(1, len(whole) // 100)):
        mutated = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        try:
            parse(mutated, "a.docx")
        except ParseError as error:
            assert error.reason in ("damaged", "encrypted", "unsupported")


def test_deep_nesting_and_many_list_items_take_seconds() -> None:
    start = time.monotonic()
    deep = "<w:x>" * 50_000 + p("bottom") + "</w:x>" * 50_000
    item = "<w:pPr><w:numPr/></w:pPr>"
    document = parse(docx(deep + p("i", more=item) * 20_000), "a.docx")
    assert text_of(document).startswith("bottom\n\n- i\n- i")
    assert time.monotonic() - start < 5
