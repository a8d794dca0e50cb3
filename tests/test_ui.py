"""The chat page, run by Streamlit's own test runner over a real knowledge base."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ui
from rag import Assistant, KnowledgeBase, Shelf
from ui.inert import inert_label
from ui.texts import TEXTS, phrase

from .pages import Start, ask, choose, open_app, press, shared_now, state_of, texts

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
LENGTH = "How long is the bridge over the Arl?"
BRAZIL = "What is the population of Brazil?"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, base = tmp_path_factory.mktemp("page"), tmp_path_factory.mktemp("base") / "kb"
    (folder / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    (folder / "zorb ![x](http:evil.example).md").write_text(HOSTILE, encoding="utf-8")
    with Assistant.open(base, model="none") as assistant:
        assert assistant.ingest(folder).count("added") == 2
    return base


@pytest.fixture
def start(documents: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    """A browser that opens the page; every test has a server of its own over the same documents."""
    arguments = ["app.py", "--kb", str(documents), "--model", "none", "--shelf", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    yield open_app
    st.cache_resource.clear()


def chats(page: AppTest) -> list[str]:
    return [b.label for b in page.button if str(b.key).startswith("session ")]


def press_first(page: AppTest, prefix: str) -> AppTest:
    return press(page, next(str(b.key) for b in page.button if str(b.key).startswith(prefix)))


def test_an_answer_appears_with_numbered_sources_that_open_their_page(start: Start) -> None:
    page = ask(start(), LENGTH)
    shown = texts(page)
    assert shown[0] == LENGTH
    assert "411 metres" in shown[1]
    assert "[1]" in shown[1]
    assert not page.warning
    press_first(page, "source-")
    opened = texts(page)
    assert "The Arl bridge › Measures" in opened
    assert any(quote.startswith("The bridge is 411 metres long") for quote in opened)
    assert any("bridge.md" in caption.value for caption in page.caption)


def test_a_refusal_looks_different_and_shows_what_is_nearest(start: Start) -> None:
    page = ask(start(), BRAZIL)
    assert [w.value for w in page.warning] == [phrase("en", "refused")]
    assert "The documents do not say." in texts(page)
    assert not [b for b in page.button if str(b.key).startswith("source-")]
    nearest = [e for e in page.expander if e.label == phrase("en", "nearest")]
    assert nearest
    assert nearest[0].text


def test_a_follow_up_belongs_to_the_conversation_on_the_page(start: Start) -> None:
    page = ask(start(), "Who opened the bridge over the Arl?")
    ask(page, "How long is it?")
    assert len(page.chat_message) == 4
    assert "411" in page.chat_message[3].text[0].value


def test_a_conversation_can_be_left_and_opened_again(start: Start) -> None:
    page = ask(start(), LENGTH)
    before = texts(page)
    page.button(key="new").click().run()
    assert LENGTH not in texts(page)
    assert chats(page) == [LENGTH]
    press_first(page, "session ")
    assert texts(page) == before


def test_s06_two_browsers_do_not_see_each_others_conversations(start: Start) -> None:
    one, other = start(), start()
    ask(one, LENGTH)
    other.run()
    assert LENGTH not in texts(other)
    assert chats(other) == []
    ask(other, "Who was it?")
    assert chats(other) == ["Who was it?"]
    one.run()
    assert chats(one) == [LENGTH]
    assert state_of(one).secret != state_of(other).secret


def test_s06_a_search_finds_only_the_visitors_own_turns(start: Start) -> None:
    one, other = ask(start(), LENGTH), ask(start(), BRAZIL)
    for page, found in ((one, True), (other, False)):
        page.text_input(key="find").set_value("bridge").run()
        hits = [b for b in page.button if str(b.key).startswith("hit ")]
        assert bool(hits) is found
    press_first(one, "hit ")
    assert state_of(one).session


def test_an_address_with_the_secret_finds_the_conversations_in_another_browser(
    start: Start,
) -> None:
    first = ask(start(), LENGTH)
    assert chats(start(me=state_of(first).secret)) == [LENGTH]


def test_a_reload_comes_back_to_the_open_conversation(start: Start) -> None:
    first = ask(start(), LENGTH)
    again = start(me=state_of(first).secret, chat=state_of(first).session)
    assert texts(again)[:2] == texts(first)[:2]
    assert "chat" not in start().query_params


def test_s06_the_address_of_a_conversation_alone_shows_nothing_of_it(start: Start) -> None:
    first = ask(start(), LENGTH)
    stranger = start(chat=state_of(first).session)
    assert LENGTH not in texts(stranger)
    assert chats(stranger) == []


@pytest.mark.parametrize("forged", ["me", "../x", "a" * 200, "' OR 1=1 --"])
def test_s06_an_address_with_another_name_begins_anew(start: Start, forged: str) -> None:
    page = start(me=forged, chat=forged)
    assert chats(page) == []
    assert state_of(page).secret != forged


def test_the_page_speaks_chinese_when_told(start: Start) -> None:
    page = start()
    page.segmented_control(key="language").set_value("zh").run()
    assert not page.exception
    assert page.chat_input(key="question").placeholder == phrase("zh", "ask")
    assert page.button(key="new").label == phrase("zh", "new_chat")
    ask(page, BRAZIL)
    assert page.warning[0].value == phrase("zh", "refused")


def test_a_conversation_is_renamed_and_deleted_for_good(start: Start) -> None:
    page = ask(start(), LENGTH)
    page.text_input(key=f"title-{state_of(page).session}").set_value("Bridges")
    press_first(page, "FormSubmitter:rename")
    assert chats(page) == ["Bridges"]
    assert page.button(key="delete").disabled
    page.checkbox[0].check().run()
    page.button(key="delete").click().run()
    assert chats(page) == []
    assert LENGTH not in texts(page)
    log = shared_now().desk.log
    assert log.sessions(user=state_of(page).user) == []


def test_answering_anew_takes_the_place_of_the_last_answer(start: Start) -> None:
    page = ask(ask(start(), "Who opened the bridge over the Arl?"), "How long is it?")
    before = shared_now().desk.log.history(user=state_of(page).user, session=state_of(page).session)
    page.button(key="regenerate").click().run()
    assert not page.exception
    after = shared_now().desk.log.history(user=state_of(page).user, session=state_of(page).session)
    assert [turn.text for turn in after] == [turn.text for turn in before]
    assert after[:2] == before[:2]
    assert {turn.id for turn in after[2:]}.isdisjoint({turn.id for turn in before})


def test_an_edited_question_takes_the_place_of_the_last_one(start: Start) -> None:
    page = ask(start(), BRAZIL)
    page.button(key="edit").click().run()
    page.text_area[0].set_value(LENGTH).run()
    page.button(key="edit-send").click().run()
    assert not page.exception
    assert texts(page)[0] == LENGTH
    assert "411" in texts(page)[1]
    assert len(page.chat_message) == 2
    assert chats(page) == [LENGTH]


def test_what_was_meant_is_asked_in_place_of_the_misspelt_question(start: Start) -> None:
    page = ask(start(), "How long is the briidge?")
    assert page.button(key="meant").label.endswith("How long is the bridge?")
    page.button(key="meant").click().run()
    assert not page.exception
    assert texts(page)[0] == "How long is the bridge?"
    assert "411" in texts(page)[1]
    assert len(page.chat_message) == 2
    assert chats(page) == ["How long is the bridge?"]


def test_what_was_meant_is_no_button_once_the_conversation_has_gone_on(start: Start) -> None:
    page = ask(ask(start(), "How long is the briidge?"), LENGTH)
    assert not [button for button in page.button if button.key == "meant"]


def test_a_long_conversation_shows_its_end_and_more_when_asked(start: Start) -> None:
    page = start()
    state, memory = state_of(page), shared_now().desk.memory
    for number in range(45):
        memory.record(f"Question {number}?", "Yes.", user=state.user, session=state.session)
    page.run()
    assert not page.exception
    assert "Question 44?" in texts(page)
    assert "Question 24?" not in texts(page)
    page.button(key="earlier").click().run()
    assert "Question 24?" in texts(page)
    assert "Question 4?" not in texts(page)


def test_an_edit_can_be_left(start: Start) -> None:
    page = ask(start(), LENGTH)
    page.button(key="edit").click().run()
    page.text_area[0].set_value(BRAZIL).run()
    page.button(key="edit-cancel").click().run()
    assert texts(page)[0] == LENGTH


def test_thumbs_and_their_note_are_kept_with_the_turn(start: Start) -> None:
    page = ask(start(), LENGTH)
    page.feedback[0].set_value(0).run()
    assert not page.exception
    feedback = shared_now().desk.feedback
    (given,) = feedback.list(user=state_of(page).user)
    assert given.rating == "down"
    page.text_area(key=f"note-{given.turn_id}").set_value("too short")
    press_first(page, f"FormSubmitter:note-form-{given.turn_id}")
    (given,) = feedback.list(user=state_of(page).user)
    assert (given.rating, given.note) == ("down", "too short")
    exported = shared_now().desk.memory.export_markdown(user=state_of(page).user)
    assert "too short" in exported


def test_switching_the_kind_of_memory_says_so_and_keeps_the_conversation(start: Start) -> None:
    page = ask(start(), "Who opened the bridge over the Arl?")
    choose(page, "memory", "window")
    told = phrase("en", "chat_switched_memory", kind="window", turns=2)
    assert [info.value for info in page.info] == [told]
    ask(page, "How long is it?")
    assert not page.info
    assert "411" in page.chat_message[3].text[0].value
    page.button(key="new").click().run()
    choose(page, "memory", "buffer")
    press_first(page, "session ")
    assert state_of(page).choices.memory == "window"
    assert page.selectbox(key="choose-memory").value == "window"


def test_the_shelf_is_looked_through_only_where_the_switch_is_open(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    look = Shelf.list

    def listed(shelf: Shelf) -> tuple[KnowledgeBase, ...]:
        found.extend(kb.name for kb in look(shelf))
        return look(shelf)

    monkeypatch.setattr(Shelf, "list", listed)
    page = ask(start(), LENGTH)
    assert found == []
    shared_now().shelf.create("Moons")
    choose(page, "memory", "window")
    assert "Moons" in found, "made a moment ago"


def test_another_knowledge_base_is_asked_when_it_is_chosen(start: Start) -> None:
    page = start()
    other = shared_now().shelf.create("Moons")
    choose(page, "kb", other.id)
    ask(page, LENGTH)
    assert [w.value for w in page.warning] == [phrase("en", "refused")]
    shared_now().desk.release(other.path)
    shared_now().shelf.delete(other.id)
    page.run()
    assert not page.exception
    assert state_of(page).choices.kb == ""
    assert "411" in texts(ask(page, LENGTH))[3]


def test_what_the_model_saw_is_shown_and_gone_when_something_is_forgotten(start: Start) -> None:
    page = ask(start(), LENGTH)
    turn = shared_now().desk.log.history(user=state_of(page).user, session=state_of(page).session)[
        -1
    ]
    page.session_state[f"seen-{turn.id}"] = True
    page.run()
    assert not page.exception
    (table,) = page.dataframe
    assert {"bm25", "cosine"} <= set(table.value.columns)
    assert any(LENGTH in text for text in texts(page) if text.startswith("·"))
    shared_now().answering.forget(user=state_of(page).user)
    page.run()
    assert not page.dataframe
    assert phrase("en", "seen_gone") in [caption.value for caption in page.caption]


def test_s02_s03_nothing_from_outside_reaches_an_element_that_parses_markdown(
    start: Start,
) -> None:
    page = ask(start(), f"What is the moon of Zorb made of? {PAYLOADS}")
    press_first(page, "source-")
    page.text_input(key="find").set_value(PAYLOADS).run()
    page.text_input(key="find").set_value("").run()
    page.text_input(key=f"title-{state_of(page).session}").set_value(PAYLOADS)
    press_first(page, "FormSubmitter:rename")
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
        own = text.replace(":material/library_books:", "").replace(":material/history_edu:", "")
        own = own.replace(":material/neurology:", "")
        assert not [bad for bad in DANGEROUS if bad in own], text


def test_a_question_that_is_too_long_is_an_error_on_the_page_and_the_page_lives(
    start: Start,
) -> None:
    page = ask(start(), "x" * 20_001)
    assert [e.value for e in page.error] == [phrase("en", "chat_failed")]
    assert any("20001" in text for text in texts(page))
    assert "411" in texts(ask(page, LENGTH))[1]


def test_without_the_language_model_the_page_quotes_and_says_so(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [*sys.argv[:4], "absent", *sys.argv[5:]])
    page = start()
    assert [w.value for w in page.warning] == [phrase("en", "no_model")]
    assert "411" in texts(ask(page, LENGTH))[2]


def test_a_folder_that_cannot_be_used_is_told_and_not_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(tmp_path / "file")])
    page = AppTest.from_file(str(UI / "app.py"), default_timeout=60).run()
    assert not page.exception
    assert [e.value for e in page.error] == [phrase("en", "not_opened")]


def test_the_first_sight_loads_neither_a_model_nor_an_embedder(
    documents: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest.embedders.numpy_bert import NumpyBert

    def loaded(*_: object) -> None:
        raise AssertionError("the weights of the embedder were read")

    monkeypatch.setattr(NumpyBert, "__init__", loaded)
    arguments = [*sys.argv[:4], "smollm2-135m", *sys.argv[5:]]
    monkeypatch.setattr(sys, "argv", arguments)
    page = start()
    assert not page.warning
    model = shared_now().desk._models["smollm2-135m"]
    assert model.worker.pid is None  # type: ignore[attr-defined]


def test_every_phrase_exists_in_both_languages_with_the_same_gaps() -> None:
    def gaps(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for key, (english, chinese) in TEXTS.items():
        assert english, key
        assert chinese, key
        months = {"month", "month_name"}  # a number there, a word here
        assert gaps(english) - months == gaps(chinese) - months, key


def test_what_is_filled_into_a_phrase_is_inert() -> None:
    shown = phrase("en", "source_place", name=PAYLOADS, page=3)
    assert not [bad for bad in DANGEROUS if bad in shown], shown
    assert shown.endswith("page 3")


def test_s03_no_page_may_ask_for_html_and_the_page_knows_only_rag_and_streamlit() -> None:
    for path in UI.rglob("*.py"):
        source = path.read_text("utf-8")
        tree = ast.parse(source)
        assert "unsafe_allow_html" not in source, path
        assert "unsafe_allow_javascript" not in source or path.name == "visitor.py", path
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(str(node.module))
            for name in names:
                top = name.split(".")[0]
                assert top in {"rag", "ui", "streamlit"} or top in sys.stdlib_module_names, name
    for path in UI.iterdir():
        assert path.stem not in sys.stdlib_module_names
        assert path.stem not in {"rag", "memory", "ingest", "streamlit"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How long is it?", "How long is it?"),
        ("a\nb\t c", "a b c"),
        ("[x](http://e.x)", "［x］（http：／／e.x）"),
        ("www.evil.example", "www．evil.example"),
        ("1. first", "1． first"),
        ("<b>*x*</b> `c` $m$ :s: #h", "＜b＞＊x＊＜／b＞ ｀c｀ ＄m＄ ：s： ＃h"),
        ("backup-guide_v2.pdf", "backup-guide_v2.pdf"),
        ("- a_ _b -c --- __d__", "－ a＿ ＿b －c －－－ ＿＿d＿＿"),
        ("\u202eabc\u200b\0", "abc"),
        ("什么是KV缓存？", "什么是KV缓存？"),
        ("x" * 100, "x" * 79 + "…"),
        (" \u200b ", ""),
    ],
)
def test_s03_a_label_is_words_and_nothing_else(text: str, expected: str) -> None:
    assert inert_label(text) == expected
