"""Several visitors at once, and answers under way: nobody sees another's, nobody loses his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rag import Assistant
from rag.conversations import log_path, open_log

from .browser import Served, Window, serve_page
from .scripted_server import ScriptedServer, serve_script

pytestmark = pytest.mark.browser

NOTE = "The bridge over the Arl was opened in May 1932 by Mary Ash. It is 411 metres long.\n"
ASH, LENGTH = "Who opened the bridge over the Arl?", "How long is the bridge over the Arl?"
WORDS = ("The bridge ", "over the Arl ", "was opened ", "by Mary Ash.")
Open = Callable[..., Window]


@pytest.fixture(scope="module")
def writer() -> Iterator[ScriptedServer]:
    with serve_script() as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, writer: ScriptedServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("users")
    (folder / "bridge.md").write_text(NOTE)
    with Assistant.open(folder / "base", model="none") as assistant:
        assistant.ingest(folder / "bridge.md")
    with serve_page(folder, model=writer.model, kb=folder / "base") as page:
        yield page


@pytest.fixture(autouse=True)
def script(writer: ScriptedServer) -> Iterator[ScriptedServer]:
    """The model says a sentence, and holds its end back where a test wants that."""
    writer.pieces, writer.pause = WORDS, 0.0
    yield writer
    writer.may_end.set()


def everything(window: Window) -> str:
    """All words and all HTML of the page."""
    words: str = window.page.evaluate("document.body.innerText + document.body.innerHTML")
    return words


def recorded(window: Window) -> list[int]:
    """Turns of each conversation of the visitor, as they stand in the file."""
    cookies: dict[str, str] = {c["name"]: c["value"] for c in window.context.cookies()}
    with open_log(log_path(window.served.kb)) as log:
        return [info.turns for info in log.sessions(user=f"page {cookies['recollect_me']}")]


def begin_answer(window: Window, script: ScriptedServer, question: str) -> None:
    """Ask, and wait until all words but the last can be seen."""
    script.may_end.clear()
    window.type_question(question)
    window.messages.last.get_by_text("was opened").wait_for()


def test_s06_two_visitors_never_see_each_others_conversations_files_or_answers(
    window: Open, script: ScriptedServer
) -> None:
    one, other = window().open(), window().open()
    one.ask(ASH)
    one.drop(
        {"name": "zinnia.txt", "mimeType": "text/plain", "buffer": b"A zinnia is a red flower."}
    )
    one.page.get_by_text("zinnia.txt").first.wait_for()
    begin_answer(one, script, LENGTH)
    other.open()
    assert other.titles == []
    assert other.messages.count() == 0
    for secret in (ASH, "zinnia", "was opened"):
        assert secret not in everything(other)
    other.open(one.page.url.removeprefix(other.served.url))  # the address alone opens nothing
    assert other.messages.count() == 0
    assert ASH not in everything(other)
    other.key("find", "input").fill("Ash")
    other.key("find", "input").press("Enter")
    other.page.get_by_text("No conversation holds these words.").wait_for()
    other.open("/memory")
    assert ASH not in everything(other)
    script.may_end.set()
    one.key("actions-").nth(1).wait_for()
    one.key("find", "input").fill("Ash")
    one.key("find", "input").press("Enter")
    one.key("hit-", "button").first.wait_for()


def test_s06_whoever_holds_the_cookie_finds_the_conversations(window: Open) -> None:
    one = window().open()
    one.ask(ASH)
    cookies: list[Any] = one.context.cookies()
    assert "recollect_me" in {cookie["name"] for cookie in cookies}
    again = window(cookies=cookies).open()
    assert again.titles == [ASH]
    again.press("row-")
    again.key("actions-").wait_for()
    assert "Mary Ash" in again.messages.last.inner_text()
    assert window().open().titles == []


def test_an_answer_grows_on_the_page_while_the_model_writes(
    window: Open, script: ScriptedServer
) -> None:
    one = window().open()
    begin_answer(one, script, ASH)
    said = one.messages.last.inner_text()
    assert "The bridge over the Arl was opened" in said
    assert "Mary Ash" not in said
    assert one.page.locator('[data-testid="stChatInput"] textarea').is_disabled()
    script.may_end.set()
    one.key("actions-").wait_for()
    assert "was opened by Mary Ash." in one.messages.last.inner_text()


def test_a_reload_in_the_middle_finds_the_answer_again_and_it_is_recorded_once(
    window: Open, script: ScriptedServer
) -> None:
    one = window().open()
    begin_answer(one, script, ASH)
    asked = len(script.asked)
    one.page.reload()
    if not one.page.url.count("chat="):
        one.press("row-", at_once=True)
    one.messages.last.get_by_text("was opened").wait_for()
    script.may_end.set()
    one.key("actions-").wait_for()
    one.open("/" + one.page.url.rpartition("/")[2])
    assert one.messages.count() == 2
    assert recorded(one) == [2]
    assert len(script.asked) == asked


def test_a_stopped_answer_ends_the_model_and_is_not_in_the_conversation(
    window: Open, script: ScriptedServer
) -> None:
    one = window().open()
    one.ask(LENGTH)
    begin_answer(one, script, ASH)
    hung_up = script.hung_up
    one.press("stop", at_once=True)
    one.page.get_by_text("Stopped. This is not part of the conversation.").wait_for()
    one.idle()
    assert one.messages.count() == 4
    assert "was opened" in one.messages.last.inner_text()
    assert script.hung_up == hung_up + 1
    assert recorded(one) == [2]
    one.page.reload()
    one.key("ask-again").wait_for()
    assert "Stopped." in one.messages.last.inner_text()
    script.may_end.set()
    one.press("ask-again")
    one.key("actions-").nth(1).wait_for()
    one.idle()
    assert one.messages.count() == 4
    assert recorded(one) == [4]
