"""A visitor's walk through conversations, in a real browser, with the real embedder and model."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

from .browser import SAMPLES, Served, Window, serve_page

pytestmark = pytest.mark.browser

GUIDE, HANDBOOK = SAMPLES / "backup-guide.pdf", SAMPLES / "llm-basics-zh.pdf"
WHO = "Who made the 3-2-1 rule popular?"
MARKER = (255, 236, 92)
Box = tuple[int, int, int, int]
Open = Callable[..., Window]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve_page(tmp_path_factory.mktemp("chat"), model="smollm2-135m") as page:
        yield page


def begin(window: Window) -> Window:
    """Open the page; the first visitor of all brings the documents."""
    window.open()
    if not re.search(r"[1-9]", window.key("welcome").inner_text()):
        window.drop(GUIDE, HANDBOOK)
        window.key("welcome").filter(has_text=re.compile("[1-9]")).wait_for()
        window.page.locator('[data-testid="stProgress"]').wait_for(state="detached")
        window.idle()
    return window


def said(window: Window) -> list[str]:
    """The words of the conversation, without buttons and times."""
    return window.messages.locator('[data-testid="stText"]').all_inner_texts()


def picture(window: Window) -> Image.Image:
    """The picture in the open dialog, in its own pixels."""
    shown = window.key("source-picture", "img")
    shown.wait_for()
    data = window.page.evaluate(
        """async url => {
            const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
            return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
        }""",
        shown.get_attribute("src"),
    )
    return Image.open(BytesIO(base64.b64decode(data))).convert("RGB")


def marked(image: Image.Image) -> Box:
    """What encloses all pixels that have the very colour of the marker."""
    far = ImageChops.difference(image, Image.new("RGB", image.size, MARKER)).convert("L")
    box = far.point(lambda distance: 255 * (distance == 0)).getbbox()
    assert box is not None, "nothing is marked"
    return box


def words_box(pdf: Path, page: int, words: str, image: Image.Image) -> Box:
    """Where PDFium finds the words on the page, in pixels of the picture."""
    with pypdfium2.PdfDocument(pdf) as document:
        drawn = document[page - 1]
        text = drawn.get_textpage()
        found = text.search(words).get_next()
        assert found is not None, words
        boxes = [text.get_charbox(at) for at in range(found[0], found[0] + found[1])]
        width, height = drawn.get_size()
        text.close()
        drawn.close()
    across, down = image.width / width, image.height / height
    return (
        round(min(box[0] for box in boxes) * across),
        round((height - max(box[3] for box in boxes)) * down),
        round(max(box[2] for box in boxes) * across),
        round((height - min(box[1] for box in boxes)) * down),
    )


def check_mark(window: Window, pdf: Path, page: int, words: str) -> None:
    """The words are inside the mark, which is a few lines of the page and lies in the picture."""
    image = picture(window)
    left, top, right, bottom = marked(image)
    inner = words_box(pdf, page, words, image)
    assert left <= inner[0] + 3 and top <= inner[1] + 3, (inner, (left, top, right, bottom))
    assert right >= inner[2] - 3 and bottom >= inner[3] - 3, (inner, (left, top, right, bottom))
    assert (right - left) * (bottom - top) < image.width * image.height / 6
    shown = window.key("source-picture", "img").bounding_box()
    assert shown is not None
    assert shown["width"] / shown["height"] == pytest.approx(image.width / image.height, rel=0.02)
    dialog = window.page.get_by_role("dialog").bounding_box()
    assert dialog is not None
    assert dialog["x"] <= shown["x"]
    assert shown["x"] + shown["width"] <= dialog["x"] + dialog["width"]


def test_a_dropped_pdf_is_read_and_its_page_is_shown_with_the_quoted_words_marked(
    window: Open,
) -> None:
    visitor = begin(window())
    visitor.ask("What does the 3-2-1 backup rule say?")
    answer = visitor.ask("Who made it popular?")  # "it" is in the question before
    assert "Peter Krogh" in answer
    assert "[1]" in answer
    source = visitor.messages.last.locator('[class*="st-key-sources-"] button').first
    assert "backup-guide.pdf · p. 2" in source.inner_text()
    source.click()
    check_mark(visitor, GUIDE, 2, "popular by the photographer Peter Krogh")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("dialog").wait_for(state="detached")


def test_the_kind_of_memory_is_switched_in_a_conversation_and_it_goes_on(window: Open) -> None:
    visitor = begin(window())
    visitor.ask(WHO)
    visitor.press("choices")
    visitor.key("choose-memory").get_by_role("combobox").click()
    visitor.page.get_by_role("option", name=re.compile("^window")).click()
    told = visitor.page.get_by_text("Memory is now “window”")
    told.wait_for()
    assert "the same 2 turns" in told.inner_text()
    assert visitor.key("choose-model").is_visible(), "another choice can be made"
    visitor.page.keyboard.press("Escape")
    visitor.idle()  # while it is drawn anew, the bubble before stands there twice
    assert "twelve monthly" in visitor.ask("How many monthly copies are kept?")
    assert visitor.messages.count() == 4
    assert told.count() == 0


def test_after_a_reload_the_conversation_is_in_the_sidebar_and_opens_as_it_was(
    window: Open,
) -> None:
    visitor = begin(window())
    visitor.ask(WHO)
    before = said(visitor)
    assert "Peter Krogh" in before[1]
    visitor.press("new")
    visitor.key("welcome").wait_for()
    visitor.open()
    assert visitor.titles == [WHO]
    assert visitor.messages.count() == 0
    visitor.key("row-", "button").first.click()
    visitor.key("actions-").wait_for()
    visitor.idle()
    assert said(visitor) == before
    visitor.page.reload()
    visitor.key("actions-").wait_for()
    visitor.idle()
    assert said(visitor) == before


def test_what_the_model_saw_shows_passages_with_signals_and_the_exact_prompt(
    window: Open,
) -> None:
    visitor = begin(window())
    visitor.ask(WHO)
    visitor.page.get_by_text("What the model saw").click()
    table = visitor.page.locator('[data-testid="stDataFrame"] table')
    table.wait_for(state="attached")
    words = table.text_content() or ""
    for word in ("Score", "backup-guide.pdf", "bm25", "cosine"):
        assert word in words
    prompt = visitor.page.locator('[data-testid="stCode"]').last.inner_text()
    assert WHO in prompt
    assert "Peter Krogh" in prompt


def test_the_last_answer_is_made_anew_and_the_last_question_edited(window: Open) -> None:
    visitor = begin(window())
    visitor.ask(WHO)
    number = visitor.key("actions-").get_attribute("class")
    visitor.press("regenerate")
    visitor.page.wait_for_function(
        "old => { const now = document.querySelectorAll('[class*=st-key-actions-]');"
        " return now.length === 1 && now[0].className !== old; }",
        arg=number,
    )
    visitor.idle()
    assert visitor.messages.count() == 2
    assert "Peter Krogh" in visitor.messages.last.inner_text()
    visitor.press("edit")
    visitor.key("edited-", "textarea").fill("How many monthly copies are kept?")
    visitor.page.keyboard.press("Control+Enter")
    visitor.press("edit-send")
    visitor.page.get_by_text("twelve monthly").first.wait_for()
    visitor.key("edit-send").wait_for(state="detached")
    visitor.idle()
    assert visitor.messages.count() == 2
    assert "monthly copies are kept?" in visitor.messages.first.inner_text()


def test_an_answer_is_rated_with_a_note_that_is_there_after_a_reload(window: Open) -> None:
    visitor = begin(window())
    visitor.ask(WHO)
    visitor.page.get_by_role("radio", name="Thumbs down").click()
    visitor.press("note-of-")
    visitor.key("note-", "textarea").fill("He only wrote of it.")
    visitor.page.get_by_role("button", name="Keep the note").click()
    visitor.page.get_by_text("rate_review").first.wait_for()
    visitor.page.reload()
    visitor.press("note-of-")
    note = visitor.key("note-", "textarea")
    note.wait_for()
    assert note.input_value() == "He only wrote of it."


def test_a_deleted_conversation_is_gone_for_good(window: Open) -> None:
    visitor = begin(window())
    visitor.ask(WHO)
    visitor.press("options")
    visitor.page.get_by_text("Delete for good?").click()
    visitor.press("delete")
    visitor.key("welcome").wait_for()
    visitor.open()
    assert visitor.titles == []


def test_in_chinese_the_page_the_answer_and_the_marked_page_are_chinese(window: Open) -> None:
    visitor = begin(window(locale="zh-CN"))
    assert visitor.key("new", "button").inner_text().endswith("新对话")
    answer = visitor.ask("什么是KV缓存？")
    assert "这就是KV缓存" in answer
    source = visitor.key("sources-", "button").first
    assert "llm-basics-zh.pdf · 第 4 页" in source.inner_text()
    source.click()
    check_mark(visitor, HANDBOOK, 4, "这就是KV缓存")
    assert visitor.titles == ["什么是KV缓存？"]
