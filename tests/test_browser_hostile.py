"""S02, S03, S08: hostile texts in a real browser: nothing runs, nothing is fetched, all is words.

The window of each test watches for that, even for what stood there for a moment only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, cycle, pairwise, takewhile
from pathlib import Path

import pytest

from .browser import Served, Window, serve_page
from .hostile import NAMES, PAYLOADS, SECRET, SESSION, fill
from .scripted_server import ScriptedServer, serve_script

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
VISIBLE = [text for text in PAYLOADS if text.isascii() and text.isprintable() and "  " not in text]
"""What a browser gives back as it was, to be looked for."""


@pytest.fixture(scope="module")
def writer() -> Iterator[ScriptedServer]:
    with serve_script() as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, writer: ScriptedServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile")
    kb = fill(folder)
    with serve_page(folder, model=writer.model, kb=kb) as page:
        yield page
    assert not [path for path in folder.parent.rglob("*") if "passwd" in path.name]


@pytest.fixture
def owner(window: Open, served: Served) -> Window:
    """The visitor whose conversations are all hostile."""
    cookie = {"name": "recollect_me", "value": SECRET, "url": served.url}
    return window(cookies=[cookie])


def check_shown(window: Window, *texts: str) -> None:
    """The words can be read on the page, and no element was ever made of them."""
    words = window.page.evaluate("document.body.textContent")
    for text in texts:
        assert text in words, text
    assert window.page.evaluate("window.created") == []
    bad = "iframe, object, embed, base, form[action], math, video, [onerror], [onload], [srcdoc]"
    assert window.page.locator(bad).count() == 0
    assert window.page.locator("a[href*=evil], img[src*=evil], .katex").count() == 0
    assert "Recollect" in window.page.title()


def test_s03_stored_conversations_titles_and_searches_are_words(owner: Window) -> None:
    owner.open(f"/?chat={SESSION}")
    owner.messages.nth(1).wait_for()
    check_shown(owner, *VISIBLE)
    owner.press("more")
    owner.key("row-").nth(len(PAYLOADS)).wait_for()
    check_shown(owner)
    for words in ("evil example", PAYLOADS[5]):
        owner.key("find", "input").fill(words)
        owner.key("find", "input").press("Enter")
        owner.page.get_by_text("Found in").or_(owner.page.get_by_text("No conversation")).wait_for()
        owner.idle()
        check_shown(owner)


def test_s02_the_models_own_stream_is_words_wherever_it_is_cut(
    owner: Window, writer: ScriptedServer
) -> None:
    answer = "The lighthouse of Quill was built by Mary Ash. " + "\n\n".join(
        text[:120] for text in PAYLOADS
    )
    answer += " lone \ud83d half"
    # In pieces of all sizes, the smallest a character; no more than an answer has tokens.
    ends = list(takewhile(lambda end: end < len(answer), accumulate(cycle((1, 2, 3, 34, 5, 45)))))
    cuts = pairwise([0, *ends, len(answer)])
    writer.pieces, writer.pause = [answer[start:end] for start, end in cuts], 0.015
    owner.open()
    said = owner.ask("Who built the lighthouse of Quill?")
    assert writer.asked, "the model was not asked"
    assert "<script>pwned(1)</script>" in said
    check_shown(
        owner, *[text for text in VISIBLE if text.startswith(("<", "[")) and len(text) < 90]
    )
    owner.page.get_by_text("What the model saw").last.click()
    owner.page.locator('[data-testid="stDataFrame"]').wait_for()
    owner.idle()
    check_shown(owner)
    for source in owner.key("sources-", "button").all()[:2]:
        source.click()
        owner.page.get_by_role("dialog").wait_for()
        owner.idle()
        check_shown(owner)
        owner.page.keyboard.press("Escape")
        owner.page.get_by_role("dialog").wait_for(state="detached")


def test_s03_s08_uploads_with_hostile_names_are_read_under_these_names(
    owner: Window, served: Served, tmp_path: Path
) -> None:
    files = [
        {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": f"Quill {at}".encode()}
        for at, name in enumerate(NAMES)
    ]
    owner.open()
    owner.drop(*files)
    plain = [name for name in NAMES if name in VISIBLE and not set(name) & set('"\\')]
    owner.page.get_by_text(f"{plain[-1]}.txt").first.wait_for()
    owner.page.locator('[data-testid="stProgress"]').wait_for(state="detached")
    owner.idle()
    check_shown(owner, *[f"{name}.txt" for name in plain])
    names = {path.name for path in (served.kb / "uploads").iterdir()}
    assert all(name.replace(".name", "")[:32].isalnum() for name in names)


def test_s03_notes_library_and_laboratory_are_words(owner: Window) -> None:
    owner.open("/memory")
    owner.key("memory_note_").nth(30).wait_for(state="attached")
    check_shown(owner, "<script>pwned(1)</script>", "[x](javascript:pwned(19))")
    owner.page.get_by_role("link", name="Library").click()
    owner.page.locator('[data-testid="stTabs"] [data-testid="stDataFrame"]').wait_for()
    owner.idle()
    check_shown(owner)
    owner.page.get_by_role("tab", name="Laboratory").click()
    owner.key("library_question", "input").fill("The moon of Zorb is copper <b onclick=pwned(0)>")
    owner.press("library_search")
    owner.key("library-hit-a-3").wait_for()
    owner.idle()
    check_shown(owner)


def test_s03_a_title_and_a_rating_typed_by_hand_are_words(owner: Window) -> None:
    text = "</style><img src=x onerror=pwned(99)> [x](javascript:pwned(98)) :red[x]"
    owner.open(f"/?chat={SESSION}")
    owner.messages.nth(1).wait_for()
    owner.press("options")
    owner.key("title-", "input").fill(text)
    owner.page.get_by_role("button", name="Rename").click()
    owner.page.locator('[class*="st-key-row-"] p', has_text="onerror").first.wait_for()
    owner.idle()
    check_shown(owner)
    owner.page.get_by_role("radio", name="Thumbs up").last.click()
    owner.key("note-of-").last.wait_for()
    owner.idle()
    check_shown(owner)
