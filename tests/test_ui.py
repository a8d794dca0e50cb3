"""The page itself, run by Streamlit's own test runner over a real knowledge base."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ui
from rag import Assistant
from ui.inert import inert_label
from ui.texts import TEXTS, phrase

UI = Path(ui.__file__).parent
BRIDGE = """# The Arl bridge

## History

The bridge over the Arl was opened in May 1932 by the engineer Mary Ash.

## Measures

The bridge is 411 metres long and carries two railway tracks.
"""
PAYLOADS = (
    "![x](http://evil.example/?q=1) <img src=x onerror=alert(1)> [click](javascript:alert(1)) "
    "http://evil.example www.evil.example me@evil.example :material/home: $x^2$ :red[x] "
    "<script>alert(1)</script>"
)
HOSTILE = f"# Zorb {PAYLOADS}\n\nThe moon of Zorb is made of copper {PAYLOADS}.\n"
DANGEROUS = ("://", "www.", "@", "](", "<", "![", ":red[", ":material", "$x", "javascript:")

Start = Callable[[], AppTest]


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder, base = tmp_path_factory.mktemp("page"), tmp_path_factory.mktemp("base") / "kb"
    (folder / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    (folder / "zorb ![x](http:evil.example).md").write_text(HOSTILE, encoding="utf-8")
    with Assistant.open(base, model="none") as assistant:
        assert assistant.ingest(folder).count("added") == 2
    yield base
    st.cache_resource.clear()


@pytest.fixture
def start(kb: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """A browser that opens the page."""
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(kb), "--model", "none"])

    def page() -> AppTest:
        opened = AppTest.from_file(str(UI / "app.py"), default_timeout=60).run()
        assert not opened.exception
        return opened

    return page


def ask(page: AppTest, question: str) -> AppTest:
    page.chat_input(key="question").set_value(question).run()
    assert not page.exception
    return page


def texts(page: AppTest) -> list[str]:
    return [element.value for element in page.text]


def chats(page: AppTest) -> list[str]:
    return [b.label for b in page.button if str(b.key).startswith("session ")]


def test_an_answer_appears_with_numbered_sources_and_their_quotes(start: Start) -> None:
    page = ask(start(), "How long is the bridge over the Arl?")
    shown = texts(page)
    assert shown[0] == "How long is the bridge over the Arl?"
    assert "411 metres" in shown[1]
    assert "[1]" in shown[1]
    assert page.expander[0].label.startswith("Sources: ")
    inside = [element.value for element in page.expander[0].text]
    assert "The Arl bridge › Measures" in inside
    assert any(quote.startswith("The bridge is 411 metres long") for quote in inside)
    assert "bridge.md" in page.expander[0].markdown[0].value
    assert "page 1" in page.expander[0].markdown[0].value
    assert not page.warning


def test_a_refusal_looks_different_and_shows_what_is_nearest(start: Start) -> None:
    page = ask(start(), "What is the population of Brazil?")
    assert [w.value for w in page.warning] == [phrase("en", "refused")]
    assert "The documents do not say." in texts(page)
    assert all(not e.label.startswith("Sources") for e in page.expander)


def test_a_follow_up_belongs_to_the_conversation_on_the_page(start: Start) -> None:
    page = ask(start(), "Who opened the bridge over the Arl?")
    ask(page, "How long is it?")
    assert len(page.chat_message) == 4
    assert "411" in page.chat_message[3].text[0].value


def test_a_conversation_can_be_left_and_opened_again(start: Start) -> None:
    page = ask(start(), "How long is the bridge over the Arl?")
    before = texts(page)
    page.button(key="new").click().run()
    assert texts(page) == []
    assert chats(page) == ["How long is the bridge over the Arl?"]
    page.button(key=_session(page, 0)).click().run()
    assert texts(page) == before
    assert len(page.expander) == 1


def _visitor(page: AppTest) -> str:
    value = page.query_params["me"]
    return value if isinstance(value, str) else value[0]


def _session(page: AppTest, at: int) -> str:
    return [str(b.key) for b in page.button if str(b.key).startswith("session ")][at]


def test_s06_two_browsers_do_not_see_each_others_conversations(start: Start) -> None:
    one, other = start(), start()
    ask(one, "How long is the bridge over the Arl?")
    other.run()
    assert texts(other) == []
    assert chats(other) == []
    ask(other, "Who was it?")
    assert chats(other) == ["Who was it?"]
    one.run()
    assert chats(one) == ["How long is the bridge over the Arl?"]
    assert _visitor(one) != _visitor(other)


def test_a_reload_of_the_same_address_finds_the_conversations_again(start: Start) -> None:
    first = ask(start(), "How long is the bridge over the Arl?")
    again = AppTest.from_file(str(UI / "app.py"), default_timeout=60)
    again.query_params["me"] = _visitor(first)
    again.run()
    assert chats(again) == ["How long is the bridge over the Arl?"]


@pytest.mark.parametrize("forged", ["me", "../x", "a" * 200, "' OR 1=1 --"])
def test_s06_an_address_with_another_name_begins_anew(start: Start, forged: str) -> None:
    start()
    page = AppTest.from_file(str(UI / "app.py"), default_timeout=60)
    page.query_params["me"] = forged
    page.run()
    assert chats(page) == []
    assert _visitor(page) != forged


def test_the_page_speaks_chinese_when_told(start: Start) -> None:
    page = start()
    page.selectbox(key="language").set_value("zh").run()
    assert page.chat_input(key="question").placeholder == phrase("zh", "ask")
    assert page.button(key="new").label == phrase("zh", "new_chat")
    ask(page, "What is the population of Brazil?")
    assert page.warning[0].value == phrase("zh", "refused")


def test_s02_s03_nothing_from_outside_reaches_an_element_that_parses_markdown(
    start: Start,
) -> None:
    page = ask(start(), f"What is the moon of Zorb made of? {PAYLOADS}")
    page.file_uploader(key="files").set_value(("<img src=x>![x](http:evil).bin", b"\0\1\2", ""))
    page.button[0].click().run()
    page.button(key=_session(page, 0)).click().run()
    page.radio(key="view").set_value("library").run()
    page.radio(key="view").set_value("chat").run()
    assert any("evil.example" in text for text in texts(page)), "as text it is shown"
    parsed = [
        *(
            element.value
            for kind in ("markdown", "caption", "title", "warning", "error", "info")
            for element in page.get(kind)
        ),
        *(button.label for button in page.button),
        *(expander.label for expander in page.expander),
    ]
    assert len(parsed) > 8
    for text in parsed:
        assert not [bad for bad in DANGEROUS if bad in text], text


def test_an_upload_is_read_once_and_answers_at_once(start: Start) -> None:
    page = start()
    page.file_uploader(key="files").set_value(
        ("../../moon of Quill.txt", b"The moon of Quill is made of green cheese.", "text/plain")
    )
    page.button[0].click().run()
    assert not page.exception
    assert any(text.endswith("moon of Quill.txt: added") for text in texts(page)), texts(page)
    page.run()
    assert not any("added" in text for text in texts(page))
    ask(page, "What is the moon of Quill made of?")
    assert "green cheese" in page.chat_message[1].text[0].value


def test_a_file_that_cannot_be_read_says_why_under_its_own_name(start: Start) -> None:
    page = start()
    page.file_uploader(key="files").set_value(("blank.txt", b"   \n", "text/plain"))
    page.button[0].click().run()
    assert "blank.txt: not read" in texts(page)
    assert any("blank.txt" in text and "no text" in text for text in texts(page)), texts(page)
    assert not any("uploads" in text for text in texts(page))


def test_the_library_lists_every_document(start: Start) -> None:
    page = start()
    page.radio(key="view").set_value("library").run()
    assert "bridge.md" in texts(page)
    assert page.subheader[0].value.startswith("Documents: ")


def test_a_question_that_is_too_long_is_an_error_on_the_page_and_the_page_lives(
    start: Start,
) -> None:
    page = ask(start(), "x" * 20_001)
    assert [e.value for e in page.error] == [phrase("en", "failed")]
    assert any("20001" in text for text in texts(page))
    assert "411" in texts(ask(page, "How long is the bridge over the Arl?"))[1]


def test_without_the_language_model_the_page_quotes_and_says_so(
    kb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(kb), "--model", "absent"])
    page = AppTest.from_file(str(UI / "app.py"), default_timeout=60).run()
    assert [w.value for w in page.warning] == [phrase("en", "no_model")]
    assert "411" in texts(ask(page, "How long is the bridge over the Arl?"))[2]


def test_a_folder_that_cannot_be_used_is_told_and_not_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(tmp_path / "file")])
    page = AppTest.from_file(str(UI / "app.py"), default_timeout=60).run()
    assert not page.exception
    assert [e.value for e in page.error] == [phrase("en", "not_opened")]


def test_every_phrase_exists_in_both_languages() -> None:
    assert set(TEXTS["en"]) == set(TEXTS["zh"])


def test_s03_no_page_may_ask_for_html_and_the_page_knows_only_rag_and_streamlit() -> None:
    for path in UI.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        assert "unsafe_allow_html" not in path.read_text("utf-8"), path
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(str(node.module))
            for name in names:
                top = name.split(".")[0]
                assert top in {"rag", "ui", "streamlit"} or top in sys.stdlib_module_names, name
        assert path.stem not in sys.stdlib_module_names
        assert path.stem not in {"rag", "ui", "memory", "ingest", "streamlit"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How long is it?", "How long is it?"),
        ("a\nb\t c", "a b c"),
        ("[x](http://e.x)", "［x］（http：／／e.x）"),
        ("www.evil.example", "www．evil.example"),
        ("1. first", "1． first"),
        ("<b>*x*</b> `c` $m$ :s: #h", "＜b＞＊x＊＜／b＞ ｀c｀ ＄m＄ ：s： ＃h"),
        ("\u202eabc\u200b\0", "abc"),
        ("什么是KV缓存？", "什么是KV缓存？"),
        ("x" * 100, "x" * 79 + "…"),
        (" \u200b ", ""),
    ],
)
def test_s03_a_label_is_words_and_nothing_else(text: str, expected: str) -> None:
    assert inert_label(text) == expected
