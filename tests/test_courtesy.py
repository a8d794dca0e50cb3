"""Greetings, thanks and questions about the talk itself: no search, and nothing disturbed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import Turn
from rag import Answer, Assistant
from rag.aside import without_asides
from rag.courtesy import courtesy
from rag.errors import QuestionError
from rag.language import words
from rag.talk import Talk, read_talk

DOCUMENTS = {
    "bridge": "The bridge over the Arl is 411 metres long. It was built by Mary Ash in 1932.",
    "tea": "绿茶应当密封后放在冰箱里保存。开封后的绿茶最好在三个月内喝完。",
    "hi": "Hi 2003 is a sensor. Hello is a greeting. 好的样机已完成。",
}
LENGTH, BUILDER = "How long is the bridge over the Arl?", "Who built the bridge over the Arl?"
STORED, WHEN = "绿茶应当怎样保存？", "开封后的绿茶多久内喝完？"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    documents = tmp_path_factory.mktemp("documents")
    for name, text in DOCUMENTS.items():
        (documents / f"{name}.txt").write_text(text, encoding="utf-8")
    kb = tmp_path_factory.mktemp("kb")
    with Assistant.open(kb, model="none", embedder=HashingEmbedder()) as assistant:
        assistant.ingest(documents)
    return kb


@pytest.fixture
def assistant(folder: Path, tmp_path: Path) -> Iterator[Assistant]:
    """The documents with a conversation log of its own."""
    log = tmp_path / "log.sqlite"
    with Assistant.open(folder, model="none", embedder=HashingEmbedder(), log=log) as opened:
        yield opened


def ask(assistant: Assistant, question: str, session: str = "s") -> Answer:
    return assistant.ask(question, session=session).answer


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hi", "greeting"),
        ("Hello!", "greeting"),
        ("Hi there 👋🏽", "greeting"),
        ("Good morning.", "greeting"),
        ("Thanks", "thanks"),
        ("Thank you very much!!", "thanks"),
        ("ok, thanks", "thanks"),
        ("Thanks, bye.", "goodbye"),
        ("ok", "fine"),
        ("Who are you?", "who"),
        ("Hello, what can you do?", "who"),
        ("What’s your name?", "who"),
        ("在吗？", "greeting"),
        ("你好", "greeting"),
        ("早上好！", "greeting"),
        ("谢谢", "thanks"),
        ("好的，谢谢！", "thanks"),
        ("再见", "goodbye"),
        ("好的", "fine"),
        ("你是谁？", "who"),
        ("你好，你能做什么？", "who"),
        ("Hi, how tall is the tower?", None),
        ("你好，预算是多少？", None),
        ("Thanks. And the bridge?", None),
        ("Hi-2003", None),
        ("hihi", None),
        ("谢谢卡多少钱", None),
        ("好的样机", None),
        ("Who are your suppliers?", None),
        ("?", None),
        ("", None),
        ("hi " * 100, None),
    ],
)
def test_a_courtesy_is_told_from_a_message_that_says_more(message: str, kind: str | None) -> None:
    assert courtesy(message) == kind


@pytest.mark.parametrize(
    ("message", "language", "kind"),
    [
        ("Hi", "en", "greeting"),
        ("Thanks", "en", "thanks"),
        ("Who are you?", "en", "who"),
        ("好的", "zh", "fine"),
        ("在吗？", "zh", "greeting"),
        ("你能做什么？", "zh", "who"),
    ],
)
def test_a_courtesy_is_returned_in_its_language_without_a_search(
    assistant: Assistant, message: str, language: str, kind: str
) -> None:
    answer = ask(assistant, message)
    assert answer.text == words(language, kind)  # type: ignore[arg-type]
    assert (answer.strategy, answer.language) == ("courtesy", language)
    assert (answer.citations, answer.passages, answer.searched) == ((), (), ())
    assert [turn.text for turn in assistant.history("s")] == [message, answer.text]
    assert answer.turn == assistant.history("s")[-1].id


@pytest.mark.parametrize("hello", ["Hi, ", "Good morning! "])
def test_a_courtesy_before_a_question_leaves_it_a_question(
    assistant: Assistant, hello: str
) -> None:
    assert ask(assistant, f"{hello}{LENGTH}").citations
    assert ask(assistant, f"你好，{STORED}").citations


@pytest.mark.parametrize(
    ("question", "aside", "follow_up"),
    [
        (LENGTH, "Thanks!", "Who built it?"),
        (LENGTH, "Repeat that.", "Who built it?"),
        (LENGTH, "What did I ask first?", "Who built it?"),
        (STORED, "谢谢", "它多久内喝完？"),
        (STORED, "再说一遍", "它多久内喝完？"),
    ],
)
def test_a_follow_up_hangs_on_the_question_before_the_aside(
    assistant: Assistant, question: str, aside: str, follow_up: str
) -> None:
    for session in ("with", "without"):
        ask(assistant, question, session)
    ask(assistant, aside, "with")
    searched = ask(assistant, follow_up, "with").searched
    assert searched == ask(assistant, follow_up, "without").searched
    assert len(searched) > 1


def test_a_note_beside_the_documents_leaves_the_exchange_a_subject_of_follow_ups() -> None:
    def turn(number: int, text: str, *passages: dict[str, object]) -> Turn:
        role = "user" if number % 2 else "assistant"
        return Turn(number, "u", "s", number, datetime.now(UTC), role, text, passages)

    said, cited = {"said": {"session": "s", "number": 1}, "quote": "x"}, {"chunk_id": 3}
    turns = [turn(1, BUILDER), turn(2, "Ash.", said, cited), turn(3, LENGTH), turn(4, "9.", said)]
    kept = without_asides([*turns, turn(5, "Thanks"), turn(6, "Gladly.")])
    assert [one.passages for one in kept] == [(), (cited,), (), (said,)]


@pytest.mark.parametrize(
    ("question", "talk"),
    [
        ("What did I ask first?", Talk("question", 0)),
        ("What was my first question?", Talk("question", 0)),
        ("What was my last question?", Talk("question")),
        ("What did I just ask you?", Talk("question")),
        ("What was my second question?", Talk("question", 1)),
        ("What did I just say?", Talk("words")),
        ("What did you just say?", Talk("answer")),
        ("Repeat that.", Talk("answer")),
        ("Say that again", Talk("answer")),
        ("Could you repeat that, please?", Talk("answer")),
        ("What have I asked so far?", Talk("questions")),
        ("What did we talk about?", Talk("all")),
        ("Summarise our conversation.", Talk("all")),
        ("我第一个问题是什么？", Talk("question", 0)),
        ("我问的第二个问题是什么", Talk("question", 1)),
        ("我刚才问了什么？", Talk("question")),
        ("我上一个问题是什么？", Talk("question")),
        ("我刚才说了什么？", Talk("words")),
        ("你刚才说了什么？", Talk("answer")),
        ("再说一遍", Talk("answer")),
        ("请再说一次好吗？", Talk("answer")),
        ("我问过哪些问题？", Talk("questions")),
        ("我们聊了什么？", Talk("all")),
        ("总结一下我们的对话", Talk("all")),
        ("What did I ask about the budget?", None),
        ("What did we talk about yesterday?", None),
        ("What was the first question?", None),
        ("Repeat the test after a year?", None),
        ("What was the first bridge?", None),
        ("第一个问题是什么？", None),
        ("我们聊了什么预算？", None),
        ("再说一遍预算", None),
    ],
)
def test_a_question_about_the_talk_as_such_is_told_from_one_about_something(
    question: str, talk: Talk | None
) -> None:
    assert read_talk(question) == talk


@pytest.mark.parametrize(
    ("said", "question", "quote"),
    [
        ([LENGTH, BUILDER], "What did I ask first?", LENGTH),
        (["Hi", LENGTH, BUILDER], "What was my first question?", LENGTH),
        ([LENGTH, BUILDER, "Thanks"], "What was my last question?", BUILDER),
        ([LENGTH, "What did I ask first?", "ok"], "What did I just ask you?", LENGTH),
        ([LENGTH, BUILDER], "What was my second question?", BUILDER),
        (["My name is Ann.", LENGTH], "What did I ask first?", LENGTH),
        ([LENGTH, "My name is Ann."], "What did I just say?", "My name is Ann."),
        ([STORED, WHEN], "我第一个问题是什么？", STORED),
        (["你好", STORED, WHEN, "谢谢"], "我刚才问了什么？", WHEN),
        ([STORED, WHEN, "我第一个问题是什么？"], "我上一个问题是什么？", WHEN),
    ],
)
def test_questions_are_told_in_the_order_of_the_conversation_without_those_about_it(
    assistant: Assistant, said: list[str], question: str, quote: str
) -> None:
    ask(assistant, "Is tea green?", "another")
    for message in said:
        ask(assistant, message)
    answer = ask(assistant, question)
    assert answer.strategy == "memory"
    assert [one.quote for one in answer.said] == [quote]
    assert f"“{quote}”" in answer.text
    assert answer.passages == ()


@pytest.mark.parametrize(
    ("questions", "again"),
    [((LENGTH,), "Repeat that."), ((STORED,), "再说一遍"), ((LENGTH, "Thanks"), "Say that again")],
)
def test_the_last_answer_is_given_again_with_its_citations(
    assistant: Assistant, questions: tuple[str, ...], again: str
) -> None:
    first, *_ = [ask(assistant, question) for question in questions]
    repeated = ask(assistant, again)
    assert repeated.text == first.text
    assert repeated.citations == first.citations != ()
    assert [one.turn for one in repeated.said] == [first.turn]
    assert ask(assistant, again).citations == first.citations, "again and again"


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("What did I ask first?", "nothing_asked"),
        ("Repeat that.", "nothing_said"),
        ("What did we talk about?", "nothing_said"),
        ("我刚才问了什么？", "nothing_asked"),
        ("再说一遍", "nothing_said"),
    ],
)
def test_a_new_conversation_has_nothing_to_tell_and_says_so(
    assistant: Assistant, question: str, key: str
) -> None:
    ask(assistant, LENGTH, "another")
    answer = ask(assistant, question)
    assert answer.text == words(answer.language, key)
    assert not answer.refused


def test_a_question_that_was_never_asked_is_not_made_up(assistant: Assistant) -> None:
    ask(assistant, LENGTH)
    assert ask(assistant, "What was my third question?").text == words("en", "so_many", count=1)


@pytest.mark.parametrize(
    ("said", "question", "key", "listed"),
    [
        ([LENGTH, "Thanks", "My name is Ann."], "What did we talk about?", "said_here", [0, 2]),
        ([LENGTH, "My name is Ann.", BUILDER], "What have I asked?", "asked_here", [0, 2]),
        ([STORED, "好的", WHEN, "再说一遍"], "我们聊了什么？", "said_here", [0, 2]),
    ],
)
def test_the_talk_is_listed_in_the_users_words(
    assistant: Assistant, said: list[str], question: str, key: str, listed: list[int]
) -> None:
    for message in said:
        ask(assistant, message)
    answer = ask(assistant, question)
    lines = [words(answer.language, key), *(f"“{said[at]}”" for at in listed)]  # type: ignore[arg-type]
    assert answer.text.splitlines() == lines


def test_a_long_talk_is_listed_from_its_end_and_long_turns_are_cut(assistant: Assistant) -> None:
    for at in range(12):
        assistant.memory.record(f"item {at} " + "x" * 400, "Fine.", user="me", session="s")
    _, dots, *lines = ask(assistant, "What did we talk about?").text.splitlines()
    assert dots == "…"
    assert [line[:8] for line in lines] == [f"“item {at} "[:8] for at in range(2, 12)]
    assert all(line.endswith("x…”") and len(line) == 303 for line in lines)


def test_an_answer_given_again_loses_the_words_that_are_forgotten(
    assistant: Assistant, tmp_path: Path
) -> None:
    ask(assistant, "Remember that the qzxwvnonce opens on Fridays")
    ask(assistant, "When does our qzxwvnonce open?")
    ask(assistant, "Repeat that.")
    ask(assistant, "What did I ask first?")
    for turn in assistant.history("s")[:3]:
        assistant.memory.forget_turn(turn.id, user="me")
    assert not [turn.text for turn in assistant.history("s") if "qzxwvnonce" in turn.text]
    files = [path for path in tmp_path.iterdir() if b"qzxwvnonce" in path.read_bytes()]
    assert files == []


def test_an_answer_of_several_lines_given_again_goes_with_the_first(assistant: Assistant) -> None:
    first = ask(assistant, LENGTH)
    assert "\n" in first.text
    ask(assistant, "Repeat that.")
    assistant.memory.forget_turn(first.turn, user="me")
    assert assistant.history("s")[-1].text == "[…]"


def test_what_is_forgotten_while_it_is_told_is_not_recorded_again(assistant: Assistant) -> None:
    first = ask(assistant, LENGTH)
    reply = assistant.ask("Repeat that.", session="s")
    pieces = iter(reply)
    assert next(pieces) == first.text
    assistant.memory.forget_turn(first.turn, user="me")
    with pytest.raises(QuestionError, match="was forgotten while"):
        next(pieces)
    assert len(assistant.history("s")) == 1


def test_what_is_asked_in_place_of_a_turn_knows_nothing_of_it(assistant: Assistant) -> None:
    for question in (LENGTH, BUILDER):
        ask(assistant, question)
    number = assistant.history("s")[2].number
    asked = assistant.ask("What was my last question?", session="s", replaces=number).answer
    assert [one.quote for one in asked.said] == [LENGTH]
