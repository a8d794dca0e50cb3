"""S02, S03: whatever a text from outside holds, only elements that show plain text get it as it is.

Every message that the pages send to the browser is looked at, those of a stream too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from google.protobuf.message import Message
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

import ui
from rag import Stage
from ui.inert import inert_label
from ui.texts import TEXTS, phrase

from .hostile import PAYLOADS, SECRET, SESSION, WHOLE, fill
from .pages import one_page, run

BANNED = (
    *("<", "](", "![", "pwned(", "://evil", "www.evil", "@evil", "javascript:", "data:text"),
    *(":red[", ":smile:", "$\\", "\\include", "{{7", "\u202e", "\x1b", "\x00", "\u200b"),
)
IN_HTML = ("evil", "pwned", "Zorb", "javascript:", "://")
"""Words from outside, and addresses, in HTML that the page itself writes."""
SHOWN_AS_THEY_ARE = {"text", "code", "arrow_data_frame"}
"""Elements that parse nothing."""
FIELDS_AS_THEY_ARE = {"default", "value"}
"""What stands in a field for typing."""
Page = Callable[..., AppTest]


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield fill(tmp_path_factory.mktemp("hostile"))
    st.cache_resource.clear()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Every change that the page tells the browser, in order."""
    deltas: list[Message] = []
    queue = ForwardMsgQueue.enqueue

    def enqueue(self: ForwardMsgQueue, message: Any) -> None:
        if message.WhichOneof("type") == "delta":
            deltas.append(message.delta)
        queue(self, message)

    monkeypatch.setattr(ForwardMsgQueue, "enqueue", enqueue)
    return deltas


@pytest.fixture
def show(kb: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Draws one page for the visitor who owns all that is hostile."""
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(kb), "--model", "none"])

    def open_page(name: str, **state: object) -> AppTest:
        if name == "chat_page":
            page = AppTest.from_file(str(Path(ui.__file__).with_name("app.py")))
        else:
            page = one_page(name)
        page.default_timeout = 120
        page.query_params.update(me=SECRET, chat=SESSION)
        for key, value in state.items():
            page.session_state[key] = value
        return run(page)

    return open_page


def parsed(deltas: list[Message]) -> Iterator[tuple[str, str]]:
    """All strings that the browser may parse, each with the name of what it belongs to."""
    for delta in deltas:
        if delta.HasField("new_element"):
            kind = delta.new_element.WhichOneof("type")
            if kind is not None and kind not in SHOWN_AS_THEY_ARE:
                yield from _strings(kind, getattr(delta.new_element, kind))
        else:
            yield from _strings("block", delta.add_block)


def _strings(name: str, message: Message) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        if field.name in FIELDS_AS_THEY_ARE:
            continue
        for one in value if field.is_repeated else [value]:
            if isinstance(one, str):
                yield f"{name}.{field.name}", one
            elif isinstance(one, Message):
                yield from _strings(f"{name}.{field.name}", one)


def check(deltas: list[Message], least: int) -> None:
    """There is enough to look at, and nothing dangerous in it."""
    found = set(parsed(deltas))
    assert len(found) >= least, found
    for name, text in found:
        banned = IN_HTML if name.startswith("html.") else BANNED
        assert not [bad for bad in banned if bad in text], (name, text)


def test_s03_a_conversation_with_every_payload_is_plain_text(
    show: Page, sent: list[Message]
) -> None:
    page = show("chat_page", older=True, choices=True)
    assert WHOLE in [element.value.replace("\r", "") for element in page.text]
    check(sent, 2 * len(PAYLOADS))
    sent.clear()
    page.text_input(key="find").set_value("evil example pwned").run()
    assert not page.exception
    assert sum(".example" in element.value for element in page.text) > 5
    check(sent, 10)


def test_s02_s03_an_answer_from_hostile_documents_is_plain_text(
    show: Page, sent: list[Message]
) -> None:
    page = show("chat_page", choices=True)
    for question in (f"What is the moon of Zorb? {WHOLE}", "Is the moon of Zorb copper?"):
        page.chat_input(key="question").set_value(question).run()
        assert not page.exception
        assert question in [element.value for element in page.text]
    for source in [b for b in page.button if str(b.key).startswith("source-")][-3:]:
        page.button(key=source.key).click().run()
        assert not page.exception
    check(sent, 40)


@pytest.mark.parametrize("part", ["notes", "conversations", "prompt", "carry"])
def test_s03_the_memory_page_shows_notes_and_titles_as_plain_text(
    show: Page, sent: list[Message], part: str
) -> None:
    show("memory_page", memory_part=part, memory_more_shown=True)
    check(sent, 8)


def test_s03_the_library_page_shows_names_titles_and_passages_as_plain_text(
    show: Page, sent: list[Message]
) -> None:
    page = show("library_page")
    page.session_state["library_tabs_en"] = phrase("en", "library_lab")
    page.run()
    page.text_input(key="library_question").set_value(f"moon of Zorb copper {PAYLOADS[5]}")
    page.slider(key="library_passages_a").set_value(20)
    page.button(key="library_search").click().run()
    assert not page.exception
    assert sum("pwned(" in element.value for element in page.text) > 5
    check(sent, 40)


class _Spelled:
    """An answer under way of which one character more is there at every look."""

    def __init__(self, text: str) -> None:
        self._text, self.at = text, 0
        self.stage = Stage("write", searched=(WHOLE,), rate=1.0)

    @property
    def text(self) -> str:
        return self._text[: self.at]

    def wait(self, seconds: float) -> bool:
        self.at += 1
        return self.at > len(self._text)

    def stop(self) -> None:
        """Nothing runs."""


def test_s02_a_stream_cut_at_every_position_is_plain_text(
    monkeypatch: pytest.MonkeyPatch, sent: list[Message]
) -> None:
    shorter = "\n".join(text[:90] for text in PAYLOADS)
    running = SimpleNamespace(one=_Spelled(shorter))
    monkeypatch.setitem(sys.modules, "spelled", running)  # type: ignore[arg-type]
    page = AppTest.from_function(_watched, default_timeout=120).run()
    assert not page.exception
    shown = [delta.new_element.text.body for delta in sent if delta.HasField("new_element")]  # type: ignore[attr-defined]
    assert len([text for text in shown if text and shorter.startswith(text)]) == len(shorter)
    check(sent, 2)


def _watched() -> None:
    import sys

    from ui.components.running import _watch

    _watch("en", sys.modules["spelled"].one)


def test_s03_every_payload_as_a_label_and_in_every_phrase_loses_what_markdown_acts_on() -> None:
    for text in PAYLOADS:
        label = inert_label(text)
        assert not [bad for bad in BANNED if bad in label], label
        assert len(label) <= 80
        assert "\n" not in label
        told = phrase("zh", "source_place", name=text, page=1)
        assert not [bad for bad in BANNED if bad in told], told
    assert len(TEXTS) > 100
