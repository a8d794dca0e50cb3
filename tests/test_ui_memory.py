"""The memory page over a real conversation log: looked at, edited, carried, forgotten."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from memory import Notes, make_memory
from rag import Assistant, found_in, memory_kinds
from rag.conversations import log_path, open_log
from ui.options import read_options
from ui.shared import open_shared
from ui.texts import phrase

from .pages import one_page, press, run, state_of, texts

ME, OTHER = "M" * 22, "N" * 22
HOSTILE = "![x](http://evil.example) [y](javascript:z) :red[w] <b>v</b> $u$ www.evil.example"
DANGEROUS = ("](", "<b>", ":red[", "://", "www.", "$u$", "![")
Page = Callable[..., AppTest]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A knowledge base without documents; its log is filled anew for each test."""
    folder = tmp_path_factory.mktemp("memory") / "kb"
    Assistant.open(folder, model="none").close()
    yield folder
    st.cache_resource.clear()


@pytest.fixture
def kb(base: Path) -> Path:
    with Assistant.open(base, model="none", user=f"page {ME}") as assistant:
        for secret in (ME, OTHER):
            assistant.memory.forget_user(f"page {secret}")
        assistant.ask("Remember that we ship on Fridays.", session="Monday").answer  # noqa: B018
        record = assistant.memory.record
        record("How long is the bridge?", "411 metres.", user=f"page {ME}", session="Monday")
        record(HOSTILE, HOSTILE, user=f"page {ME}", session="Tuesday")
        record("What is my secret?", "Otter.", user=f"page {OTHER}", session="theirs")
    return base


@pytest.fixture
def open_page(kb: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(kb), "--model", "none"])

    def at(part: str, secret: str = ME) -> AppTest:
        page = one_page("memory_page")
        page.query_params["me"] = secret
        page.session_state["memory_part"] = part
        return run(page)

    return at


def sessions(kb: Path, secret: str = ME) -> set[str]:
    with open_log(log_path(kb)) as log:
        return {info.session for info in log.sessions(user=f"page {secret}")}


def notes(kb: Path) -> list[str]:
    with open_log(log_path(kb)) as log:
        return [note.text for note in Notes(log).list(user=f"page {ME}")]


def note_key(page: AppTest, what: str) -> str:
    found = [str(b.key) for b in page.button if str(b.key).startswith(f"memory_note_{what}_")]
    return found[0]


def test_notes_stand_with_their_conversation(open_page: Page) -> None:
    page = open_page("notes")
    assert texts(page) == ["we ship on Fridays"]
    assert any("Remember that we ship" in caption.value for caption in page.caption)


def test_a_note_is_said_in_other_words(open_page: Page, kb: Path) -> None:
    page = open_page("notes")
    page.text_area[0].set_value("We ship on Mondays.")
    press(page, note_key(page, "save"))
    assert notes(kb) == ["We ship on Mondays."]
    assert texts(page) == ["We ship on Mondays."]


def test_an_empty_note_is_refused_with_the_reason(open_page: Page, kb: Path) -> None:
    page = open_page("notes")
    page.text_area[0].set_value("   ")
    press(page, note_key(page, "save"))
    assert notes(kb) == ["we ship on Fridays"]
    assert any("cannot be pinned" in text for text in texts(page))


def test_a_note_is_deleted(open_page: Page, kb: Path) -> None:
    page = open_page("notes")
    press(page, note_key(page, "delete"))
    assert notes(kb) == []
    assert phrase("en", "memory_notes_none") in [m.value for m in page.markdown]


def test_a_search_finds_turns_of_all_conversations_and_names_the_words(open_page: Page) -> None:
    page = open_page("conversations")
    page.text_input(key="memory_find").set_value("bridges").run()
    assert texts(page) == ["How long is the bridge?"]
    assert any("bridge" in m.value and "badge" in m.value for m in page.markdown)


def test_a_conversation_that_is_pressed_is_open_in_the_chat(open_page: Page) -> None:
    page = press(open_page("conversations"), "memory_open_Monday")
    assert state_of(page).session == "Monday"


def test_a_conversation_is_forgotten_and_the_others_stay(open_page: Page, kb: Path) -> None:
    page = press(open_page("conversations"), "memory_open_Monday")
    press(page, "memory_forget_Monday")
    assert sessions(kb) == {"Tuesday"}
    assert notes(kb) == []
    assert state_of(page).session != "Monday", "an open conversation that is gone is left"


def test_a_turn_is_forgotten_alone(open_page: Page, kb: Path) -> None:
    page = press(open_page("conversations"), "memory_inside_Monday")
    assert "411 metres." in texts(page)
    turn = next(str(b.key) for b in page.button if str(b.key).startswith("memory_forget_turn_"))
    press(page, turn)
    assert "411 metres." not in texts(page)
    assert "How long is the bridge?" in texts(page)


def test_everything_goes_only_when_it_is_confirmed_and_nobody_elses(
    open_page: Page, kb: Path
) -> None:
    page = open_page("manage")
    assert page.button(key="memory_forget_all").disabled
    page.checkbox(key="memory_forget_all_sure").check().run()
    press(page, "memory_forget_all")
    assert sessions(kb) == set()
    assert sessions(kb, OTHER) == {"theirs"}


def test_s06_a_visitor_sees_nothing_of_another(open_page: Page) -> None:
    page = open_page("conversations", OTHER)
    assert [str(b.key) for b in page.button if "memory_open_" in str(b.key)] == [
        "memory_open_theirs"
    ]
    page.text_input(key="memory_find").set_value("bridge ship").run()
    assert texts(page) == []
    assert not open_page("notes", OTHER).text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_was_exported_is_taken_in_by_another_visitor_once(
    open_page: Page, kb: Path, encoding: str
) -> None:
    with open_log(log_path(kb)) as log:
        text = make_memory("window", log).export_jsonl(user=f"page {ME}")
    page = open_page("manage", OTHER)
    file = ("conversations.jsonl", text.encode(encoding), "application/x-ndjson")
    page.file_uploader(key="memory_import").set_value([file])
    press(page, "memory_import_start")
    assert sessions(kb, OTHER) == {"Monday", "Tuesday", "theirs"}


@pytest.mark.parametrize("data", [b"{}", b"\xff\xfe"])
def test_a_file_that_is_no_export_changes_nothing(open_page: Page, kb: Path, data: bytes) -> None:
    page = open_page("manage")
    page.file_uploader(key="memory_import").set_value([("x.jsonl", data, "text/plain")])
    press(page, "memory_import_start")
    assert [e.value for e in page.error] == [phrase("en", "memory_import_failed")]
    assert sessions(kb) == {"Monday", "Tuesday"}


def test_every_kind_tells_what_it_would_put_into_the_prompt(open_page: Page) -> None:
    page = open_page("prompt")
    page.text_input(key="memory_prompt_question").set_value("And the bridge?")
    page.selectbox(key="memory_prompt_session").set_value("Monday")
    page.number_input(key="memory_prompt_budget").set_value(64)
    press(page, "memory_prompt_show")
    kinds = page.button_group(key="memory_prompt_kind")
    assert kinds.options == memory_kinds()
    kinds.set_value("buffer").run()
    assert "411 metres." in texts(page)
    assert any("tokens" in caption.value and "score" in caption.value for caption in page.caption)
    assert phrase("en", "memory_prompt_estimated") in [c.value for c in page.caption]


def test_what_was_shown_of_a_prompt_goes_when_something_is_forgotten(
    open_page: Page, kb: Path
) -> None:
    page = open_page("prompt")
    page.text_input(key="memory_prompt_question").set_value("And the bridge?")
    press(page, "memory_prompt_show")
    assert texts(page)
    with open_log(log_path(kb)) as log:
        log.forget_session("Monday", user=f"page {ME}")
    page.run()
    assert texts(page) == []


def test_drawing_the_page_loads_no_model(open_page: Page, kb: Path) -> None:
    for part in ("notes", "conversations", "prompt", "manage"):
        open_page(part)
    shared = open_shared(read_options(["--kb", str(kb), "--model", "none"]))
    assert shared.desk.running("smollm2-135m") is None


@pytest.mark.parametrize("part", ["conversations", "prompt"])
def test_s03_what_was_said_is_never_markdown(open_page: Page, part: str) -> None:
    page = open_page(part)
    if part == "prompt":
        page.text_input(key="memory_prompt_question").set_value("evil.example")
        page.selectbox(key="memory_prompt_session").set_value("Tuesday")
        press(page, "memory_prompt_show")
        page.button_group(key="memory_prompt_kind").set_value("buffer").run()
    else:
        page.text_input(key="memory_find").set_value("evil.example").run()
    assert HOSTILE in texts(page)
    parsed = [e.value for kind in (page.markdown, page.caption) for e in kind]
    parsed += [button.label for button in page.button]
    parsed += [str(o) for box in page.selectbox for o in box.options]
    for text in parsed:
        assert not any(sign in text for sign in DANGEROUS), text


def test_the_page_speaks_chinese(open_page: Page) -> None:
    page = open_page("conversations")
    state_of(page).language = "zh"
    page.run()
    assert page.header[0].value == phrase("zh", "memory_title")


@pytest.mark.parametrize(
    ("text", "query", "words"),
    [
        ("The Bridges are long.", "bridge longer", ("Bridges",)),
        ("记住：预算是三万。", "预算多少", ("预算",)),
        ("Nothing of it.", "bridge", ()),
    ],
)
def test_the_words_found_are_those_of_the_text(
    text: str, query: str, words: tuple[str, ...]
) -> None:
    assert found_in(text, query).words == words


def test_an_excerpt_is_cut_around_the_first_word_found() -> None:
    found = found_in("x " * 500 + "bridge" + " y" * 500, "bridge", width=60)
    assert "bridge" in found.excerpt
    assert len(found.excerpt) <= 62
    assert json.dumps(found.excerpt, ensure_ascii=False).startswith('"…')
