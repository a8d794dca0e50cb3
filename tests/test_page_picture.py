"""A page of a PDF is drawn as it is, with the quoted words marked and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image, ImageChops
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from ingest import PagePicture, SettingError, page_picture
from ingest.parsers import parse
from ingest.pictures.boxes import line_boxes
from ingest.pictures.locate import locate

SAMPLES = Path(__file__).parents[1] / "sample_docs"
MARKER = (255, 236, 92)
WHITE = (255, 255, 255)
Box = tuple[int, int, int, int]


def text_pdf(lines: Sequence[tuple[float, float, str]], size: int = 12) -> bytes:
    """One A4 page with words at millimetres from its upper left corner, in this order."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=size)
    for left, top, words in lines:
        document.text(left, top, words)
    return bytes(document.output())


def unicode_pdf(lines: Sequence[str]) -> bytes:
    """Lines in any language, in a font without shapes that maps every code to itself."""
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> "
        b"endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange endcmap end"
    )
    shown = b" T*\n".join(b"<%s> Tj" % line.encode("utf-16-be").hex().encode() for line in lines)
    content = b"BT /F 20 Tf 30 TL 40 760 Td\n%s\nET" % shown
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[6 0 R]/Count 1>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]"
        b"/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/CIDSystemInfo<</Registry(A)/Ordering(I)"
        b"/Supplement 0>>/DW 1000>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 7 0 R"
        b"/Resources<</Font<</F 3 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % item for item in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def changed(data: bytes, **options: object) -> bytes:
    """The same PDF with its first page rotated or cropped."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    page = writer.pages[0]
    if "rotate" in options:
        page.rotate(options["rotate"])  # type: ignore[arg-type]
    if "crop" in options:
        page.cropbox = RectangleObject(options["crop"])  # type: ignore[arg-type]
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def image_of(picture: PagePicture) -> Image.Image:
    image = Image.open(BytesIO(picture.png))
    assert image.mode == "RGB"
    assert image.size == (picture.width, picture.height)
    return image


def places(data: bytes, words: str, page: int = 1, width: int = 1000) -> list[list[Box]]:
    """Where pdfium's own search finds the words: for each time its characters' boxes in pixels."""
    found: list[list[Box]] = []
    with pypdfium2.PdfDocument(data) as document:
        sheet = document[page - 1]
        layer = sheet.get_textpage()
        bitmap = sheet.render(scale=(width - 0.01) / sheet.get_width())
        to_bitmap = bitmap.get_posconv(sheet).to_bitmap
        searcher = layer.search(words, match_case=True)
        while hit := searcher.get_next():
            boxes = []
            for at in range(hit[0], sum(hit)):
                left, bottom, right, top = layer.get_charbox(at)
                (x1, y1), (x2, y2) = to_bitmap(left, bottom), to_bitmap(right, top)
                boxes.append((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
            found.append([box for box in boxes if box[0] < box[2] and box[1] < box[3]])
    return found


def inside(box: Box, boxes: Sequence[Box]) -> bool:
    """Whether the middle of the one lies in any of the others."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x < right and top <= y < bottom for left, top, right, bottom in boxes)


def check_marked(
    data: bytes, text: str, quote: str, *pieces: tuple[str, int], page: int = 1
) -> PagePicture:
    """Mark `quote` and see: these words of the page, each the n-th time it stands there, are
    coloured on paper that was white, every box holds some of them, and all else is as it was."""
    start = text.index(quote)
    picture = page_picture(data, page, text, [(start, start + len(quote))])
    assert picture.found == (True,)
    (boxes,) = picture.boxes
    wanted = [box for words, time_ in pieces for box in places(data, words, page)[time_]]
    assert [box for box in wanted if not inside(box, boxes)] == []
    assert all(any(inside(letter, [box]) for letter in wanted) for box in boxes)
    marked, plain = image_of(picture), image_of(page_picture(data, page, text, []))
    for box in boxes:
        before, after = plain.crop(box), marked.crop(box)
        assert ImageChops.multiply(before, Image.new("RGB", before.size, MARKER)) == after
        assert after.getpixel((0, 0)) == MARKER or before.getpixel((0, 0)) != WHITE
        marked.paste(0, box)
        plain.paste(0, box)
    assert marked == plain
    return picture


PROSE = [
    (20, 30, "Nobody had seen the island before the storm of"),
    (20, 37, "that winter; the captain wrote of it in his log-"),
    (20, 44, "book, and the harbour master kept a second copy."),
]
PROSE_TEXT = (
    "Nobody had seen the island before the storm of that winter; the captain wrote of it in his "
    "logbook, and the harbour master kept a second copy."
)


def test_a_quote_over_joined_lines_and_a_hyphen_is_marked_line_by_line() -> None:
    data = text_pdf(PROSE)
    picture = check_marked(
        data,
        PROSE_TEXT,
        "the captain wrote of it in his logbook, and",
        ("the captain wrote of it in his log", 0),
        ("book, and", 0),
    )
    first, second = picture.boxes[0]
    assert first[1] < first[3] <= second[1] < second[3]
    assert first[0] > second[0]


def test_the_text_that_the_parser_stores_is_found_again_sentence_by_sentence() -> None:
    for name in ("backup-guide.pdf", "llm-basics-zh.pdf"):
        data = (SAMPLES / name).read_bytes()
        for page in parse(data, name).pages[:3]:
            ends = [at + 1 for at, letter in enumerate(page.text) if letter in ".。\n"]
            spans = [span for span in zip([0, *ends], ends, strict=False) if span[1] - span[0] > 2]
            assert all(page_picture(data, page.number, page.text, spans, width=300).found)


def test_a_chinese_quote_is_marked_where_its_characters_stand() -> None:
    data = (SAMPLES / "llm-basics-zh.pdf").read_bytes()
    text = parse(data, "a.pdf").pages[1].text
    check_marked(
        data,
        text,
        "同样一段中文，在不同模型里占用的词元数可以相差两倍以上。计算提示词的长度时",
        ("同样一段中文，在不同模型里占用的词元数可以相差两倍以上。计算提", 0),
        ("示词的长度时", 0),
        page=2,
    )


def test_ligatures_widths_radicals_and_quotation_marks_need_not_be_spelt_alike() -> None:
    lines = ["The oﬃce ﬁle says “no”.", "人⼯智能（ＡＩ）是学科"]
    text = 'The office file says "no".\n人工智能(AI)是学科'
    characters = list("\r\n".join(lines))
    spans = [
        (text.index(words), text.index(words) + len(words)) for words in ("office", "工智能(AI)")
    ]
    found = locate(text, spans, characters)
    assert ["".join(characters[r.start : r.stop]) for (r,) in found] == ["oﬃce", "⼯智能（ＡＩ）"]
    picture = page_picture(unicode_pdf(lines), 1, text, spans)
    assert picture.found == (True, True)
    ((office,), (ai,)) = picture.boxes
    assert office[3] <= ai[1]


def test_a_quote_over_two_columns_is_marked_in_both() -> None:
    left = [
        (15, 40 + 7 * n, f"left line {word} of it")
        for n, word in enumerate(("one", "two", "three"))
    ]
    right = [(110, 40 + 7 * n, f"right line {word} of it") for n, word in enumerate(("one", "two"))]
    text = " ".join(words for *_, words in [*left, *right])
    quote = "line three of it right line one of"
    picture = check_marked(
        text_pdf([*left, *right]), text, quote, ("line three of it", 0), ("right line one of", 0)
    )
    below, above = picture.boxes[0]
    assert below[2] < above[0]
    assert below[1] > above[3]


def test_a_quote_of_one_column_leaves_the_other_alone_where_the_file_mixes_their_lines() -> None:
    rows = [
        (15, 40, "the otter lives in the river"),
        (110, 40, "a heron stands on one leg"),
        (15, 47, "and eats fish all day long"),
        (110, 47, "and looks for the same fish"),
    ]
    text = " ".join(words for left, _, words in sorted(rows, key=lambda row: row[0]))
    picture = check_marked(
        text_pdf(rows),
        text,
        "the otter lives in the river and eats fish all day long",
        ("the otter lives in the river", 0),
        ("and eats fish all day long", 0),
    )
    assert max(box[2] for box in picture.boxes[0]) < 500


REPEATED = [
    (20, 30, "Otters eat fish. In spring they swim upstream."),
    (20, 40, "Otters eat fish. In autumn they come back."),
    (20, 50, "Otters eat fish. In winter they sleep."),
]


@pytest.mark.parametrize("time_", [0, 1, 2])
def test_a_repeated_sentence_is_marked_where_it_was_quoted(time_: int) -> None:
    data = text_pdf(REPEATED)
    text = " ".join(words for *_, words in REPEATED)
    start = [at for at in range(len(text)) if text.startswith("Otters eat fish.", at)][time_]
    picture = page_picture(data, 1, text, [(start, start + len("Otters eat fish."))])
    (box,) = picture.boxes[0]
    hits = places(data, "Otters eat fish.")
    assert [all(inside(letter, [box]) for letter in hit) for hit in hits] == [
        number == time_ for number in range(3)
    ]


def test_the_words_around_a_quote_tell_more_than_how_far_down_it_stands() -> None:
    text = "In May the river rose. It fell soon. In June the river rose. It stayed so."
    characters = list("A long running head that our text has not. " * 5 + text)
    start = text.rindex("the river rose.")
    ((piece,),) = locate(text, [(start, start + 15)], characters)
    assert piece.start == "".join(characters).rindex("the river rose.")


def test_of_equal_surroundings_the_same_depth_decides() -> None:
    unit, times = "same words here. ", 60
    text = unit * times
    starts = list(range(0, len(text), len(unit)))
    found = [locate(text, [(at, at + 16)], list(text))[0][0].start for at in starts]
    assert found == starts


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_rotated_page_is_drawn_upright_and_marked_in_the_right_place(turn: int) -> None:
    data = changed(text_pdf(PROSE), rotate=turn)
    picture = page_picture(data, 1, PROSE_TEXT, [])
    assert (picture.width > picture.height) == (turn != 180)
    start = PROSE_TEXT.index("harbour")
    boxes = page_picture(data, 1, PROSE_TEXT, [(start, start + 7)]).boxes[0]
    assert all(inside(letter, boxes) for letter in places(data, "harbour")[0])
    quote = "the captain wrote of it in his logbook, and"
    check_marked(
        data, PROSE_TEXT, quote, ("the captain wrote of it in his log", 0), ("book, and", 0)
    )


def test_a_cropped_page_is_marked_in_the_right_place_and_what_is_cut_off_is_not_found() -> None:
    data = changed(text_pdf(PROSE), crop=(50, 730, 250, 780))
    picture = check_marked(data, PROSE_TEXT, "winter; the captain", ("winter; the captain", 0))
    assert picture.width == 1000
    assert picture.height == pytest.approx(250, abs=1)
    gone = PROSE_TEXT.index("harbour")
    assert page_picture(data, 1, PROSE_TEXT, [(gone, gone + 7)]).found == (False,)


def test_words_that_are_not_on_the_page_leave_it_as_it_is() -> None:
    data = text_pdf(PROSE)
    quote = "Something else entirely, about glaciers and their slow way down."
    picture = page_picture(
        data, 1, f"{PROSE_TEXT} {quote}", [(len(PROSE_TEXT) + 1, len(PROSE_TEXT) + 1 + len(quote))]
    )
    assert picture.found == (False,)
    assert picture.boxes == ((),)
    assert picture.png == page_picture(data, 1, PROSE_TEXT, []).png


def test_a_quote_with_a_few_other_characters_is_still_found() -> None:
    data = text_pdf(PROSE)
    text = PROSE_TEXT.replace("harbour", "harb\u2126ur").replace("second", "s3cond")
    check_marked(
        data, text, "the harb\u2126ur master kept a s3cond copy", ("the harb", 0), ("copy", 0)
    )


def test_white_words_on_black_are_marked_without_being_lost() -> None:
    document = FPDF()
    document.add_page()
    document.rect(0, 0, 210, 297, style="F")
    document.set_text_color(255, 255, 255)
    document.set_font("helvetica", size=14)
    document.text(20, 40, "white words on black")
    picture = page_picture(bytes(document.output()), 1, "white words on black", [(6, 11)])
    colours = {colour for _, colour in image_of(picture).crop(picture.boxes[0][0]).getcolors(9999)}
    assert {(110, 92, 0), WHITE} <= colours


def test_a_line_has_one_box_and_another_column_its_own() -> None:
    letters: list[Box] = [
        (0, 0, 10, 20),
        (14, 2, 20, 18),
        (20, 0, 20, 20),
        (90, 0, 99, 20),
        (0, 21, 9, 41),
    ]
    assert line_boxes(letters) == ((0, 0, 20, 20), (90, 0, 99, 20), (0, 21, 9, 41))
    upright = [(top, left, bottom, right) for left, top, right, bottom in letters[:2]]
    assert line_boxes(upright) == ((0, 0, 20, 20),)


def test_the_picture_is_as_wide_as_asked_and_knows_how_many_pages_there_are() -> None:
    data = (SAMPLES / "backup-guide.pdf").read_bytes()
    for width in (100, 640, 1001):
        picture = page_picture(data, 7, "x", [], width=width)
        assert (picture.width, picture.pages) == (width, 7)
        assert picture.height == pytest.approx(width * 595.28 / 419.53, abs=1)


@pytest.mark.parametrize(
    "wrong",
    [{"page": 0}, {"width": 99}, {"width": 4001}, {"spans": [(3, 3)]}, {"spans": [(0, 99)]}],
)
def test_arguments_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    arguments: dict[str, object] = {"page": 1, "text": "words", "spans": [], "width": 500, **wrong}
    with pytest.raises(SettingError):
        page_picture(b"", **arguments)  # type: ignore[arg-type]
