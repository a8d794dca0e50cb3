"""PDF files, honest and hostile, become pages with their real numbers or a reason."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from io import BytesIO

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from ingest.clean import clean
from ingest.document import ParsedDocument
from ingest.errors import ParseError
from ingest.parsers import ParseLimits, ParserProcess, parse
from ingest.parsers.reflow import reflowed, without_running_lines

CMAP = (
    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> "
    b"endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap end"
)


def assembled(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A file with a correct cross-reference table; objects are numbered from 1."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d %s>>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF" % start)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def pdf(pages: Sequence[Sequence[str]], info: bytes = b"") -> bytes:
    """Pages of lines in any language, in a font that maps every code to itself."""
    first = 7
    kids = b" ".join(b"%d 0 R" % (first + 2 * index) for index in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]"
        b"/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/CIDSystemInfo<</Registry(A)/Ordering(I)"
        b"/Supplement 0>>/DW 500>>",
        stream(CMAP),
        b"<<%s>>" % info,
    ]
    for index, lines in enumerate(pages):
        shown = b" T*\n".join(
            b"<%s> Tj" % line.encode("utf-16-be").hex().encode() for line in lines
        )
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>>>>>" % (first + 2 * index + 1),
            stream(b"BT /F 10 Tf 12 TL 40 760 Td\n%s\nET" % shown),
        ]
    return assembled(objects, b"/Root 1 0 R /Info 6 0 R")


def written(pages: int = 3, **encryption: str) -> bytes:
    document = FPDF()
    document.set_title("The Report")
    document.set_font("helvetica", size=12)
    for number in range(1, pages + 1):
        document.add_page()
        document.start_section(f"Chapter {'ABC'[number - 1]}", level=0)
        document.cell(text=f"Chapter {'ABC'[number - 1]}", new_x="LMARGIN", new_y="NEXT")
        document.multi_cell(0, text=f"Body of page {number}: " + "plain words follow here. " * 20)
    data = bytes(document.output())
    if not encryption:
        return data
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    writer.encrypt(algorithm="RC4-128", **encryption)
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(ParseError) as caught:
        parse(data, "a.pdf")
    assert "a.pdf" in str(caught.value)
    return caught.value.reason


def texts(document: ParsedDocument) -> dict[int, str]:
    assert all(clean(page.text).text == page.text for page in document.pages)
    return {page.number: page.text for page in document.pages}


def test_pages_keep_their_numbers_title_and_outline() -> None:
    document = parse(written(), "a.pdf")
    assert document.title == "The Report"
    assert [page.number for page in document.pages] == [1, 2, 3]
    second = document.pages[1]
    assert "Body of page 2: plain words follow here. plain" in second.text.replace("\n", " ")
    assert second.heading_path(second.text.index("Body")) == ("Chapter B",)
    assert [h.title for h in second.headings] == ["Chapter A", "Chapter B"]
    assert all(h.start == 0 for h in second.headings[:1])


def test_chinese_and_english_lines_are_joined_each_in_its_way() -> None:
    lines = [
        "人工智能是计算机科学的一个分支，研究怎样让机器完",
        "成通常需要人的智慧才能完成的工作。",
    ]
    english = ["The committee met on Tuesday to dis-", "cuss the well-", "known plan of the city."]
    document = parse(pdf([lines, english]), "a.pdf")
    assert texts(document) == {
        1: "".join(lines),
        2: "The committee met on Tuesday to discuss the wellknown plan of the city.",
    }


def test_a_blank_page_keeps_the_numbers_of_the_others_and_is_noted() -> None:
    document = parse(pdf([["one"], [], ["three"]]), "a.pdf")
    assert texts(document) == {1: "one", 3: "three"}
    assert document.notes == ("no text on page 2",)


@pytest.mark.parametrize(
    ("info", "title"),
    [
        (b"/Title(Annual report)", "Annual report"),
        (b"/Title(Microsoft Word - Plan)", "Plan"),
        (b"/Title(untitled)", ""),
        (b"/Title(final_v3.docx)", ""),
        (b"/Title(2024-01-01)", ""),
        (b"/Title 12", ""),
        (b"", ""),
    ],
)
def test_a_title_is_taken_when_it_is_one(info: bytes, title: str) -> None:
    assert parse(pdf([["text"]], info), "a.pdf").title == title


def test_running_heads_and_page_numbers_are_taken_away() -> None:
    body = [f"line {word} of the body that differs" for word in ("alpha", "beta", "gamma", "delta")]
    pages = [["ACME Report 2024", *(f"{line} {n}" for line in body), f"- {n} -"] for n in range(8)]
    kept = without_running_lines(pages)
    assert kept == [page[1:-1] for page in pages]


def test_a_body_line_that_repeats_below_another_is_not_taken_away() -> None:
    words = ("alpha", "beta", "gamma", "delta", "epsilon")
    pages = [[f"Heading {w}", "We agree.", *(f"{v} {w}" for v in words), "End.", w] for w in words]
    assert without_running_lines(pages) == pages


def test_short_pages_that_look_alike_are_not_taken_away() -> None:
    pages = [[f"Item {n} costs {n} euro"] for n in range(1, 9)]
    assert without_running_lines(pages) == pages


def test_paragraphs_bullets_and_short_lines_are_kept_apart() -> None:
    lines = [
        "Heading",
        "A first line that is as wide as the page can be and it",
        "goes on here and ends.",
        "A second paragraph that is as wide as the page can be,",
        "also ends.",
        "• one item",
        "1. another item",
    ]
    assert reflowed(lines).split("\n") == [
        "Heading",
        f"{lines[1]} {lines[2]}",
        f"{lines[3]} {lines[4]}",
        "• one item",
        "1. another item",
    ]


def test_i03_a_user_password_is_asked_for() -> None:
    data = written(user_password="secret", owner_password="owner")
    assert refused(data) == "encrypted"


def test_i03_a_pdf_with_an_owner_password_only_opens() -> None:
    document = parse(written(user_password="", owner_password="owner"), "a.pdf")
    assert len(document.pages) == 3


def test_i03_encryption_that_cannot_be_opened_is_called_that() -> None:
    entry = b"/Filter/Standard/V 5/R 6/Length 256/P -4/O<%s>/U<%s>/OE<%s>/UE<%s>/Perms<%s>" % (
        b"00" * 48, b"00" * 48, b"00" * 32, b"00" * 32, b"00" * 16,
    )  # fmt: skip
    entry += b"/CF<</StdCF<</CFM/AESV3/AuthEvent/DocOpen/Length 32>>>>/StmF/StdCF/StrF/StdCF"
    data = assembled(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", b"<<%s>>" % entry],
        b"/Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]",
    )
    assert refused(data) == "encrypted"


def test_i04_a_truncated_pdf_is_text_or_a_reason() -> None:
    whole = written()
    for cut in range(1, len(whole), len(whole) // 20):
        try:
            document = parse(whole[:cut], "a.pdf")
        except ParseError as error:
            seen = error.reason
            assert seen in ("damaged", "empty", "scanned")
        else:
            assert document.pages


def test_i04_two_hundred_mutations_never_stop_the_parent() -> None:
    whole = written(2)
    chance = random.Random(4)
    outcomes = set()
    with ParserProcess(ParseLimits(cpu_seconds=5, wall_seconds=10)) as child:
        for _ in range(200):
            mutated = bytearray(whole)
            for _ in range(chance.choice((1, 5, 30))):
                mutated[chance.randrange(len(mutated))] = chance.randrange(256)
            try:
                outcomes.add(child.parse(bytes(mutated), "a.pdf").media_type)
            except ParseError as error:
                outcomes.add(error.reason)
    assert outcomes <= {"application/pdf", "damaged", "empty", "encrypted", "too_expensive"}
    assert "application/pdf" in outcomes


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        written()[40:].replace(b"%PDF", b"%XXX"),
        assembled([b"<</Type/Catalog>>"]),
        assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]),
    ],
    ids=["header", "end", "no header", "no pages", "0 pages"],
)
def test_i04_a_pdf_without_content_is_refused(data: bytes) -> None:
    assert refused(data) in ("damaged", "empty")


def test_i05_a_picture_is_scanned_and_a_blank_page_is_empty() -> None:
    picture = stream(b"\x80", b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8"
                              b"/ColorSpace/DeviceGray")  # fmt: skip
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>>>>>",
        stream(b"q 9 0 0 9 0 0 cm /I Do Q"),
        picture,
    ]
    assert refused(assembled(objects)) == "scanned"
    assert refused(pdf([[], []])) == "empty"


PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<>>>>"
TEXT = stream(b"BT ET")
CYCLES = {
    "page tree": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>",
    ],
    "parents": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1/Parent 3 0 R>>",
        b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>",
    ],
    "outline": [
        b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE, stream(b""), b"<</First 6 0 R/Last 6 0 R>>",
        b"<</Title(a)/Next 6 0 R/First 6 0 R/Parent 5 0 R>>",
    ],
    "form": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources 6 0 R>>",
        stream(b"/X Do"), stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/Resources 6 0 R"),
        b"<</XObject<</X 5 0 R>>>>",
    ],
    "reference": [b"<</Type/Catalog/Pages 2 0 R>>", b"2 0 R"],
    "contents": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE, b"[4 0 R 4 0 R]",
    ],
    "length": [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE, b"<</Length 4 0 R>>stream\nBT ET\nendstream",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", CYCLES)
def test_i07_a_cycle_ends_in_a_reason(kind: str) -> None:
    with ParserProcess(ParseLimits(cpu_seconds=4, wall_seconds=8)) as child:
        with pytest.raises(ParseError) as caught:
            child.parse(assembled(CYCLES[kind]), "a.pdf")
        assert caught.value.reason in ("damaged", "empty", "scanned", "too_expensive")


def test_i07_cross_references_in_a_circle_end() -> None:
    data = pdf([["words"]])
    start = data.rindex(b"startxref")
    table = int(data[start:].split()[1])
    looped = data.replace(b"trailer<<", b"trailer<</Prev %d " % table)
    with ParserProcess(ParseLimits(cpu_seconds=4, wall_seconds=8)) as child:
        try:
            document = child.parse(looped, "a.pdf")
        except ParseError as error:
            reason = error.reason
            assert reason in ("damaged", "too_expensive")
        else:
            assert document.pages[0].text == "words"


def test_i06_a_page_of_endless_operators_is_too_expensive_and_the_next_file_is_read() -> None:
    import zlib

    content = zlib.compress(b"BT /F 9 Tf (a) Tj ET q Q " * 1_500_000)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE.replace(b"<<>>", b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>"),
        stream(content, b"/Filter/FlateDecode"),
    ]
    start = time.monotonic()
    with ParserProcess(ParseLimits(cpu_seconds=1, wall_seconds=20)) as child:
        with pytest.raises(ParseError) as caught:
            child.parse(assembled(objects), "bomb.pdf")
        assert caught.value.reason == "too_expensive"
        assert child.parse(pdf([["words"]]), "good.pdf").pages[0].text == "words"
    assert time.monotonic() - start < 20


def test_s04_invisible_characters_in_a_pdf_are_removed_and_counted() -> None:
    document = parse(pdf([["pay\u200bment\u202e"]]), "a.pdf")
    assert texts(document) == {1: "payment"}
    assert document.notes == ("2 invisible characters removed",)


def test_invisible_characters_at_the_ends_of_lines_do_not_part_what_belongs_together() -> None:
    lines = ["\0校\0准\0过\0程\0约\0需\0十\0分", "\0钟\0，\0期\0间\0不\0得\0遮\0挡\0光\0路\0。"]
    document = parse(pdf([lines]), "a.pdf")
    assert texts(document) == {1: "校准过程约需十分钟，期间不得遮挡光路。"}
    assert document.notes == ("19 invisible characters removed",)


def test_a_soft_hyphen_at_the_end_of_a_line_still_joins_a_word() -> None:
    lines = ["The committee met on Tuesday to dis\u00ad\0", "cuss the plan of the city."]
    document = parse(pdf([lines]), "a.pdf")
    assert texts(document) == {1: "The committee met on Tuesday to discuss the plan of the city."}
