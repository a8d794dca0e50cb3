"""The sample documents are what docs/sample_docs.md says, and hold the answers we quote."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "sample_docs"
SHEET = ROOT / "docs" / "sample_docs.md"
DEMO = ROOT / "docs" / "demo_questions.txt"
QUESTIONS = Path(__file__).with_name("data") / "sample_questions.jsonl"

# name: language, pages; a format without pages has one
DOCUMENTS = {
    "amundsen-south-pole.md": ("en", 1),
    "backup-guide.pdf": ("en", 7),
    "cold-injuries-first-aid.md": ("en", 1),
    "llm-basics-zh.pdf": ("zh", 5),
    "local-deployment-zh.txt": ("zh", 1),
    "memory-zh.docx": ("zh", 1),
    "polar-food-and-transport.pdf": ("en", 9),
    "prompting-zh.md": ("zh", 1),
    "rag-zh.html": ("zh", 1),
    "scott-terra-nova.html": ("en", 1),
}
PDFS = sorted(name for name in DOCUMENTS if name.endswith(".pdf"))
GB18030 = "local-deployment-zh.txt"
NOT_SHOWN = {"script", "style", "nav"}


class _Shown(HTMLParser):
    """Collects the text between tags, apart from script, style and navigation."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in NOT_SHOWN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in NOT_SHOWN

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def _pdf(path: Path) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(path).pages]


def _docx(path: Path) -> list[str]:
    from docx import Document

    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return ["\n".join([paragraph.text for paragraph in document.paragraphs] + cells)]


def _html(path: Path) -> list[str]:
    parser = _Shown()
    parser.feed(path.read_text(encoding="utf-8"))
    return ["".join(parser.text)]


READERS: dict[str, Callable[[Path], list[str]]] = {
    ".pdf": _pdf,
    ".docx": _docx,
    ".html": _html,
    ".md": lambda path: [path.read_text(encoding="utf-8")],
    ".txt": lambda path: [path.read_bytes().decode("gb18030")],
}


@cache
def pages(name: str) -> tuple[str, ...]:
    """The text of every page, page 1 first."""
    return tuple(READERS[Path(name).suffix](FOLDER / name))


def squeeze(text: str) -> str:
    """Without white space: a line break inside a Chinese sentence stands for nothing."""
    return "".join(text.split())


def questions() -> list[dict[str, Any]]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def places() -> list[tuple[str, int, str]]:
    """Every (document, page, quote) that an answerable question relies on."""
    found = []
    for question in questions():
        if question["answerable"]:
            for place in [question, *question.get("also", [])]:
                found.append((place["document"], place["page"], place["quote"]))
    return found


def test_the_folder_holds_exactly_the_ten_documents() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(DOCUMENTS)
    formats = Counter(Path(name).suffix for name in DOCUMENTS)
    assert formats == {".md": 3, ".html": 2, ".docx": 1, ".pdf": 3, ".txt": 1}


def test_no_file_is_above_600_kilobytes_and_all_together_stay_below_2_megabytes() -> None:
    sizes = [(FOLDER / name).stat().st_size for name in DOCUMENTS]
    assert max(sizes) <= 600_000
    assert sum(sizes) < 2_000_000


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_written_in_the_language_its_row_states(name: str) -> None:
    text = squeeze("".join(pages(name)))
    han = len(re.findall(r"[\u4e00-\u9fff]", text))
    if DOCUMENTS[name][0] == "zh":
        assert han > 0.6 * len(text)
    else:
        assert han == 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_long_enough_to_be_worth_searching(name: str) -> None:
    text = "\n".join(pages(name))
    if DOCUMENTS[name][0] == "zh":
        assert len(re.findall(r"[\u4e00-\u9fff]", text)) >= 1_500
    else:
        assert len(text.split()) >= 1_200


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_ends_with_its_licence(name: str) -> None:
    tail = pages(name)[-1][-1_000:]
    assert "CC BY 4.0" in tail
    assert "Recollect contributors" in tail


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_holds_a_replacement_or_private_use_character(name: str) -> None:
    assert not re.search(r"[\ufffd\ue000-\uf8ff\x00]", "".join(pages(name)))


@pytest.mark.parametrize("name", PDFS)
def test_a_pdf_has_its_stated_pages_each_with_text_header_and_number(name: str) -> None:
    total = DOCUMENTS[name][1]
    assert len(pages(name)) == total
    header = pages(name)[0].splitlines()[0]
    for number, text in enumerate(pages(name), start=1):
        assert len(text) > 300
        assert text.splitlines()[0] == header
        assert text.splitlines()[-1] in {f"Page {number} of {total}", f"第{number}页，共{total}页"}


@pytest.mark.parametrize("name", PDFS)
def test_every_page_of_a_pdf_ends_with_a_complete_sentence(name: str) -> None:
    for text in pages(name)[:-1]:
        assert text.splitlines()[-2][-1] in ".?!。？！"


def test_the_plain_text_is_gb18030_and_neither_utf8_nor_gbk() -> None:
    data = (FOLDER / GB18030).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    with pytest.raises(UnicodeDecodeError):
        data.decode("gbk")
    assert data.decode("gb18030").startswith("本地部署大语言模型与数据隐私")


def test_the_html_pages_carry_noise_that_a_reader_does_not_see() -> None:
    for name in ("scott-terra-nova.html", "rag-zh.html"):
        source = (FOLDER / name).read_text(encoding="utf-8")
        for tag in ("<nav", "<script", "<style", "<table", "<h2"):
            assert tag in source
        assert "addEventListener" in source
        assert "addEventListener" not in pages(name)[0]


def test_the_docx_has_headings_lists_and_a_table() -> None:
    from docx import Document

    document = Document(str(FOLDER / "memory-zh.docx"))
    styles = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style}
    assert {"Title", "Heading 1", "Heading 2", "List Bullet", "List Number"} <= styles
    assert len(document.tables) == 1


def test_there_are_20_questions_in_each_language_of_which_15_can_be_answered() -> None:
    counts = Counter((question["language"], question["answerable"]) for question in questions())
    assert counts == {("en", True): 15, ("en", False): 5, ("zh", True): 15, ("zh", False): 5}
    assert len({question["question"] for question in questions()}) == 40


def test_every_document_answers_at_least_two_questions() -> None:
    asked = Counter(document for document, _, _ in places())
    assert set(asked) == set(DOCUMENTS)
    assert min(asked.values()) >= 2


@pytest.mark.parametrize(("document", "page", "quote"), places())
def test_a_quote_stands_on_its_page_and_nowhere_else(document: str, page: int, quote: str) -> None:
    counts = [squeeze(text).count(squeeze(quote)) for text in pages(document)]
    assert counts[page - 1] == 1
    assert sum(counts) == 1


def test_the_days_between_the_two_arrivals_stand_in_no_document() -> None:
    """The question that needs two documents must not be answered by one of them."""
    for name in DOCUMENTS:
        assert not re.search(r"\b(34|thirty-four) days\b", "".join(pages(name)))
    assert "17 January" not in pages("amundsen-south-pole.md")[0]
    assert "14 December" not in pages("scott-terra-nova.html")[0]


def test_the_demo_is_one_chat_of_at_most_nine_questions_in_both_languages() -> None:
    lines = DEMO.read_text(encoding="utf-8").splitlines()
    assert 1 <= len(lines) <= 9
    assert all(line and line == line.strip() for line in lines)
    assert any(line.isascii() for line in lines)
    assert any(re.search(r"[\u4e00-\u9fff]", line) for line in lines)


def test_the_sheet_has_a_row_for_every_document_and_demo_question() -> None:
    sheet = SHEET.read_text(encoding="utf-8")
    for name, (language, count) in DOCUMENTS.items():
        row = rf"^\| `{re.escape(name)}` \| {language} \| [^|]+ \| {count} \|"
        assert re.search(row, sheet, re.MULTILINE)
    for line in DEMO.read_text(encoding="utf-8").splitlines():
        assert f"| {line} |" in sheet


def test_every_sentence_the_sheet_expects_stands_in_the_stated_document() -> None:
    rows = re.findall(
        r"^\| \d \| .+? \| `([^`]+)`, p\. (\d+) \| \"(.+?)\" \|$",
        SHEET.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(rows) == 8  # six answerable questions with one place, one with two
    for name, page, quote in rows:
        assert squeeze(quote) in squeeze(pages(name)[int(page) - 1])
