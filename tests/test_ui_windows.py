"""One visitor in several windows, a stranger's export, forgetting beside an answer: nothing lost,
nothing leaked, nothing back.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag import Assistant, QuestionError
from rag.conversations import open_log
from ui.texts import phrase

from .pages import Start, ask, choose, open_app, shared_now, state_of

BRIDGE = "The bridge over the Arl was opened in May 1932 by Mary Ash.\n\nIt is 411 metres long.\n"
LENGTH = "How long is the bridge over the Arl?"
OPENED = "Who opened the bridge over the Arl?"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    base = tmp_path / "kb"
    (tmp_path / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    with Assistant.open(base, model="none") as assistant:
        assistant.ingest(tmp_path / "bridge.md")
    shelf = str(tmp_path / "shelf")
    arguments = ["app.py", "--kb", str(base), "--model", "none", "--shelf", shelf]
    monkeypatch.setattr(sys, "argv", arguments)
    yield open_app
    st.cache_resource.clear()


def turns(page: AppTest) -> list[str]:
    state = state_of(page)
    log = shared_now().desk.log
    return [turn.text for turn in log.history(user=state.user, session=state.session)]


def second_window(start: Start, page: AppTest) -> AppTest:
    return start(me=state_of(page).secret, chat=state_of(page).session)


def test_answering_anew_in_a_window_left_behind_forgets_nothing(start: Start) -> None:
    first = ask(start(), LENGTH)
    behind = second_window(start, first)
    ask(first, OPENED)
    before = turns(first)
    behind.button(key="regenerate").click().run()
    assert not behind.exception
    assert turns(first) == before
    assert any(phrase("en", "chat_gone_on") in text.value for text in behind.text)


def test_an_edit_begun_in_a_window_left_behind_replaces_no_later_question(start: Start) -> None:
    first = ask(start(), LENGTH)
    behind = second_window(start, first)
    behind.button(key="edit").click().run()
    ask(first, OPENED)
    before = turns(first)
    behind.run()
    assert not behind.text_area, "the question being edited is not the last one any more"
    assert turns(first) == before


def test_s12_a_strangers_export_does_not_choose_the_model_that_gets_the_passages(
    start: Start,
) -> None:
    page = ask(start(), LENGTH)
    state, log = state_of(page), shared_now().desk.log
    server = "openai:x@http://127.0.0.1:9/v1"
    log.set_options(
        {"model": server, "memory": "no kind", "strategy": "no way"}, user="a", session="s"
    )
    shared_now().desk.memory.record(OPENED, "Mary Ash.", user="a", session="s")
    exported = shared_now().desk.memory.export_jsonl(user="a")
    assert server in exported
    shared_now().desk.memory.import_jsonl(exported, user=state.user)
    page.run()
    page.button(key="session s").click().run()
    assert not page.exception
    assert (state.choices.model, state.choices.memory, state.choices.strategy) == (
        "none",
        "recall",
        "auto",
    )


def test_what_was_forgotten_elsewhere_is_no_longer_among_the_details(
    start: Start, tmp_path: Path
) -> None:
    page = ask(start(), LENGTH)
    state = state_of(page)
    turn = shared_now().desk.log.history(user=state.user, session=state.session)[-1]
    assert shared_now().answering.details(turn.id, user=state.user) is not None
    with open_log(tmp_path / "kb" / "conversations.sqlite") as other:
        (gone,) = (
            t for t in other.history(user=state.user, session=state.session) if t.number == 1
        )
        other.forget_turn(gone.id, user=state.user)
    assert shared_now().answering.details(turn.id, user=state.user) is None


def test_an_answer_that_builds_on_what_is_forgotten_meanwhile_is_not_recorded(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = start()
    state, desk = state_of(page), shared_now().desk
    ask(page, "Remember that my locker code is 4711-XYZZY.")
    assistant = desk.assistant(shared_now().home, user=state.user, model="none", memory="recall")
    reached, go_on = threading.Event(), threading.Event()
    reply = assistant.ask("What is my locker code?", session="other")
    errors: list[Exception] = []

    from rag import respond

    monkeypatch.setattr(
        respond,
        "write_memory",
        _held_back(respond.write_memory, reached, go_on),  # type: ignore[attr-defined]
    )

    def run() -> None:
        try:
            errors.append(ValueError(reply.answer.text))
        except QuestionError as error:
            errors.append(error)

    asker = threading.Thread(target=run, name="asker")
    asker.start()
    assert reached.wait(30)
    desk.memory.forget_session(state.session, user=state.user)
    go_on.set()
    asker.join(30)
    assert isinstance(errors[0], QuestionError), errors
    everything = desk.memory.export_jsonl(user=state.user)
    assert "XYZZY" not in everything


def _held_back(
    write: Callable[..., Iterator[object]], reached: threading.Event, go_on: threading.Event
) -> Callable[..., Iterator[object]]:
    def held(*given: object, **named: object) -> Iterator[object]:
        pieces = list(write(*given, **named))
        reached.set()
        go_on.wait(30)
        yield from pieces

    return held


def test_a_damaged_knowledge_base_leaves_the_conversation_usable(start: Start) -> None:
    page = ask(start(), LENGTH)
    other = shared_now().shelf.create("Broken")
    choose(page, "kb", other.id)
    shared_now().desk.release(other.path)
    (other.path / "catalog.sqlite").write_bytes(b"no database")
    page.run()
    assert not page.exception
    assert phrase("en", "kb_damaged") in [warning.value for warning in page.warning]
    assert "411" in ask(page, LENGTH).chat_message[3].text[0].value


def test_the_secret_leaves_the_address(start: Start) -> None:
    page = start(me="a" * 22)
    assert state_of(page).secret == "a" * 22
    assert "me" not in page.query_params


def test_a_press_that_fails_is_told_and_the_page_lives(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memory import LogBusyError

    page = ask(start(), LENGTH)

    def busy(*_: object, **__: object) -> None:
        raise LogBusyError("Another program reads the log; close it.")

    monkeypatch.setattr(type(shared_now().desk.feedback), "give", busy)
    page.feedback[0].set_value(1).run()
    assert not page.exception
    assert phrase("en", "failed") in [error.value for error in page.error]
    page.run()
    assert not page.error
