"""What comes to its end while the page is being drawn is on the page all the same, and no error."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag import Answer, Assistant, IngestReport, respond
from ui import chat_page

from .pages import Start, ask, open_app, shared_now, state_of, texts

KELM = "The lighthouse of Kelm is 38 metres tall. Its keeper was Otto Brand.\n"
TALL = "How tall is the lighthouse of Kelm?"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    (tmp_path / "kelm.md").write_text(KELM, encoding="utf-8")
    with Assistant.open(tmp_path / "kb", model="none") as assistant:
        assistant.ingest(tmp_path / "kelm.md")
    words = ["app.py", "--kb", str(tmp_path / "kb"), "--model", "none"]
    monkeypatch.setattr(sys, "argv", [*words, "--shelf", str(tmp_path / "shelf")])
    yield open_app
    st.cache_resource.clear()


@pytest.fixture
def halfway(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something done in the middle of every run, once it was looked at what is under way."""

    def has_done(deed: Callable[[], None]) -> None:
        monkeypatch.setattr(chat_page, "show_refused", lambda _: deed())

    return has_done


def test_an_answer_that_ends_meanwhile(
    start: Start,
    halfway: Callable[[Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, enough = start(), threading.Event()
    state, answering, whole = state_of(page), shared_now().answering, respond.Responder._whole

    def held(*given: object) -> Answer:
        assert enough.wait(30)
        return whole(*given)  # type: ignore[arg-type]

    def end() -> None:
        running = answering.of(user=state.user, session=state.session)
        if running is not None:
            enough.set()
            assert running.wait(30)

    monkeypatch.setattr(respond.Responder, "_whole", held)
    halfway(end)
    ask(page, TALL)
    assert enough.is_set()
    assert shown(page) == TALL


def test_a_reading_with_a_question_beside_it_that_ends_meanwhile(
    start: Start,
    halfway: Callable[[Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, enough = start(), threading.Event()
    jobs, add_files = shared_now().jobs, Assistant.add_files

    def held(assistant: Assistant, files: list[tuple[str, bytes]], **more: object) -> IngestReport:
        assert enough.wait(30)
        return add_files(assistant, files, **more)

    def end() -> None:
        for job in jobs.list("ingest"):
            enough.set()
            assert job.wait(30)

    monkeypatch.setattr(Assistant, "add_files", held)
    halfway(end)
    page.chat_input(key="question").upload("mill.txt", b"The mill of Orm grinds oats.")
    ask(page, TALL)
    assert enough.is_set()
    assert shown(page) == TALL


def shown(page: AppTest) -> str:
    """The question of a page that shows its answer, and can be asked the next one."""
    assert not page.error
    assert not page.chat_input(key="question").disabled
    asked, answered = (message.text[0].value for message in page.chat_message[:2])
    assert "38 metres" in answered, texts(page)
    return str(asked)
