"""The internet on the page: chosen for a conversation, told while it is asked, linked to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag import Assistant, Stage
from rag.cli import ui as command
from rag.web import connection
from ui.options import read_options
from ui.state import WIKIPEDIA, Choices, first_choices
from ui.texts import phrase

from .command import rag
from .pages import Start, ask, choose, open_app, press, run, shared_now, state_of, texts
from .web_server import Page, WebServer, web_server

GLOW = b"""<html><head><title>The Glow bridge</title></head><body><h1>The Glow bridge</h1>
<p>The Glow bridge was opened in 1934 by Maria Stein. It is 411 metres long.</p></body></html>"""
WHO, TALL = "Who opened the Glow bridge?", "How tall is the lighthouse of Kelm?"
KELM = "The lighthouse of Kelm is 38 metres tall. Its keeper was Otto Brand.\n"
HOSTILE = (
    "http://evil.example/a/![x](javascript:alert(1))<b>:red[x]$x$**b**www.evil.example",
    "https://evil.example:8080/:material/home:?q=[click](javascript:alert(1))#x",
)
DANGEROUS = ("://", "www.", "@", "](", "<", "![", ":red[", ":material/home", "$x", "**", "`")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A search server that finds one page, on a machine that counts as the internet."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(connection, "is_public", lambda _: True)
    with web_server(bridge=Page(GLOW)) as server:
        server.results = [f"{server.address}/bridge"]
        yield server


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """A browser that opens the page, which was started without a search server."""
    (tmp_path / "kelm.md").write_text(KELM, encoding="utf-8")
    with Assistant.open(tmp_path / "kb", model="none") as assistant:
        assistant.ingest(tmp_path / "kelm.md")
    words = ["app.py", "--kb", str(tmp_path / "kb"), "--model", "none"]
    monkeypatch.setattr(sys, "argv", [*words, "--shelf", str(tmp_path / "shelf")])
    yield open_app
    st.cache_resource.clear()


@pytest.fixture
def start_web(start: Start, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> Start:
    """The same, started with that search server."""
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--web", web.address])
    return start


def queries(web: WebServer) -> list[str]:
    return [query["q"][0] for path, query, _ in web.asked if path == "/search"]


def switch(page: AppTest) -> str:
    """The words on the closed switch of the conversation."""
    (found,) = [b.proto.popover.label for b in page.get("popover") if b.proto.popover.icon == ""]
    return str(found)


def press_first(page: AppTest, prefix: str) -> AppTest:
    return press(page, next(str(b.key) for b in page.button if str(b.key).startswith(prefix)))


def sources(page: AppTest) -> list[str]:
    return [b.label for b in page.button if str(b.key).startswith("source-")]


def kept(page: AppTest) -> str:
    """What is kept with the open conversation."""
    state = state_of(page)
    return shared_now().desk.log.options(user=state.user, session=state.session)["web"]


def links(page: AppTest) -> list[tuple[str, str]]:
    return [(found.proto.label, found.proto.url) for found in page.get("link_button")]  # type: ignore[attr-defined]


def test_nobody_is_asked_unless_it_was_chosen(start: Start, web: WebServer) -> None:
    page = ask(start(), WHO)
    assert [w.value for w in page.warning] == [phrase("en", "refused")]
    assert ":material/public:" not in switch(page)
    assert (web.asked, kept(page)) == ([], "")


def test_the_page_offers_wikipedia_and_what_it_was_started_with(
    start_web: Start, web: WebServer
) -> None:
    page = choose(start_web(), "memory", "window")
    field = page.selectbox(key="choose-web")
    assert (field.value, field.help) == (web.address, phrase("en", "web_help"))
    assert field.options[:2] == [phrase("en", "web_off"), "Wikipedia"]
    assert field.options[2].startswith("127.0.0.1")
    choose(page, "web", WIKIPEDIA)
    assert state_of(page).choices.web == WIKIPEDIA
    assert page.info[-1].value == phrase("en", "chat_switched_web", name="Wikipedia")
    assert switch(page).endswith(":material/public: Wikipedia")
    choose(page, "web", "")
    assert page.info[-1].value == phrase("en", "chat_switched_web_off")


def test_without_a_server_wikipedia_alone_is_offered(start: Start) -> None:
    field = choose(start(), "memory", "window").selectbox(key="choose-web")
    assert field.value == ""
    assert field.options == [phrase("en", "web_off"), "Wikipedia"]


def test_what_the_internet_answered_is_a_source_that_opens_in_the_browser(
    start_web: Start, web: WebServer
) -> None:
    page = ask(start_web(), WHO)
    assert "Maria Stein" in texts(page)[1]
    assert f"Read on the internet: {web.address}/bridge" in texts(page)
    host = f"127.0.0.1：{web.port}"
    assert sources(page)[0] == f"1 · {host} › bridge · p. 1"
    assert links(page) == []
    press_first(page, "source-")
    assert links(page) == [(f"Open {host} › bridge", f"{web.address}/bridge")]
    assert any("opened in 1934" in text for text in texts(page))
    assert links(press_first(ask(page, TALL), "source-")) != []


def test_a_file_of_this_machine_has_no_link(start: Start) -> None:
    page = press_first(ask(start(), TALL), "source-")
    assert sources(page)[0].startswith("1 · kelm.md")
    assert links(page) == []


def test_a_page_that_was_read_for_nothing_is_called_by_its_title(
    start_web: Start, web: WebServer
) -> None:
    page = ask(start_web(), "Who painted the bridge at Orm?")
    assert [w.value for w in page.warning] == [phrase("en", "refused")]
    near = [caption.value for caption in page.caption]
    assert "The Glow bridge, page 1" in near
    assert "kelm.md, page 1" in near
    state = state_of(page)
    turn = shared_now().desk.log.history(user=state.user, session=state.session)[-1]
    page.session_state[f"seen-{turn.id}"] = True
    (table,) = run(page).dataframe
    assert set(table.value["Document"]) == {"The Glow bridge", "kelm.md"}


def test_every_way_of_asking_asks_where_the_conversation_says(
    start_web: Start, web: WebServer
) -> None:
    web.results = []
    page = ask(start_web(), "Who painted Orm?")
    press(page, "regenerate")
    press(page, "edit").text_area[0].set_value("Who painted Urm?")
    press(run(page), "edit-send")
    page.chat_input(key="question").upload("mill.txt", b"The mill of Arl grinds oats.")
    ask(page, "Who painted Irm?")
    asked = ["Who painted Orm?", "Who painted Orm?", "Who painted Urm?"]
    assert [words.rpartition("? ")[2] for words in queries(web)] == [*asked, "Who painted Irm?"]
    choose(page, "web", "")
    press(page, "regenerate")
    page.chat_input(key="question").upload("well.txt", b"The well of Arl is deep.")
    ask(page, "Who painted Erm?")
    assert len(queries(web)) == 4


def test_a_conversation_comes_back_with_what_it_asked(start_web: Start, web: WebServer) -> None:
    page = choose(start_web(), "web", "")
    ask(page, TALL)
    assert kept(page) == ""
    choose(press(page, "new"), "web", web.address)
    ask(page, WHO)
    assert kept(page) == web.address
    for title, engine in ((TALL, ""), (WHO, web.address)):
        press(page, next(str(b.key) for b in page.button if b.label == title))
        assert state_of(page).choices.web == engine


@pytest.mark.parametrize(
    ("named", "restored"),
    [
        ("", ""),
        (WIKIPEDIA, "kept"),
        ("http://search.home:8888", "http://search.home:8888"),
        ("http://127.0.0.1:9", "kept"),
        ("http://search.home:8888/", "kept"),
        ("Wikipedia", "kept"),
    ],
)
def test_s12_a_strangers_conversation_does_not_choose_who_gets_the_questions(
    named: str, restored: str
) -> None:
    now = Choices("", "none", "recall", web="kept")
    assert now.restored({"web": named}, "http://search.home:8888").web == restored
    assert now.restored({}, "http://search.home:8888").web == "kept"
    assert Choices("", "none", "recall").restored({"web": "http://search.home:8888"}).web == ""


def test_s12_a_strangers_export_sends_no_question_to_his_server(
    start: Start, web: WebServer
) -> None:
    page = ask(start(), TALL)
    desk = shared_now().desk
    desk.log.set_options({"web": web.address}, user="a", session="s")
    desk.memory.record(TALL, "38 metres.", user="a", session="s")
    exported = desk.memory.export_jsonl(user="a")
    assert web.address in exported
    desk.memory.import_jsonl(exported, user=state_of(page).user)
    press(run(page), "session s")
    ask(page, WHO)
    assert (web.asked, state_of(page).choices.web) == ([], "")


class _Asking:
    """An answer for which the internet is asked at the first look, and that is over at the next."""

    text = ""
    stage = Stage("web", ("https://a.example/b", "https://c.example/![x](http://evil.example)"))

    def __init__(self) -> None:
        self._over = iter((False, True))

    def wait(self, seconds: float) -> bool:
        return next(self._over)

    def stop(self) -> None:
        """Nothing runs."""


def _watched() -> None:
    import sys

    from ui.components.running import _watch

    given: Any = sys.modules["asking"]
    _watch(given.language, given.one)


@pytest.mark.parametrize(
    ("language", "doing"), [("en", "Asking the internet …"), ("zh", "正在查询互联网……")]
)
def test_while_the_internet_is_asked_the_page_says_so_and_what(
    monkeypatch: pytest.MonkeyPatch, language: Any, doing: str
) -> None:
    given = SimpleNamespace(language=language, one=_Asking())
    monkeypatch.setitem(sys.modules, "asking", given)  # type: ignore[arg-type]
    page = run(AppTest.from_function(_watched, default_timeout=60))
    assert [caption.value for caption in page.caption] == [doing]
    label, *listed = texts(page)[0].splitlines()
    assert label == phrase(language, "stage_asked") != phrase(language, "stage_searched")
    assert listed == [f"· {address}" for address in _Asking.stage.searched]


@pytest.mark.parametrize("name", HOSTILE)
def test_s03_the_address_of_a_strangers_document_is_words_in_every_label(
    start: Start, tmp_path: Path, name: str
) -> None:
    with Assistant.open(tmp_path / "kb", model="none") as assistant:
        assistant.add_files([(name, b"The moon of Zorb is made of copper.")])
    page = press_first(ask(start(), "What is the moon of Zorb made of?"), "source-")
    ((label, url),) = links(page)
    assert url == name
    assert "evil.example" in label, "the host is named"
    captions = [caption.value for caption in page.caption]
    for words in [label, *sources(page), *captions]:
        assert not [bad for bad in DANGEROUS if bad in words], words


def test_the_command_checks_the_server_and_hands_it_to_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(command, "_served", lambda words: started.append(words) or 0)
    kb = ("--kb", tmp_path / "kb")
    assert rag("ui", *kb, "--web", "http://127.0.0.1:8888/search").returncode == 0
    assert rag("ui", *kb).returncode == 0
    found = [read_options(words[words.index("--") + 1 :]) for words in started]
    assert [options.web for options in found] == ["http://127.0.0.1:8888", ""]
    assert first_choices(found[0]).web == "http://127.0.0.1:8888"
    wrong = rag("ui", *kb, "--web", "altavista")
    assert wrong.returncode == 1
    assert "wikipedia" in wrong.stderr
    assert len(started) == 2
