"""Answers quoted from notes and turns: when, whose, with which proof, and when not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import ConversationLog, Notes, make_memory
from rag import Answer, Assistant
from rag.language import words

DOCUMENTS = {
    "bridge": "The bridge over the Arl is 411 metres long. It was opened in May 1932.",
    "ship": "The ship of the expedition left Oslo on 3 June 1910. The crew of the ship was small.",
    "tea": "绿茶应当密封后放在冰箱里保存。开封后的绿茶最好在三个月内喝完。",
}
DAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


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
    with Assistant.open(
        folder,
        model="none",
        embedder=HashingEmbedder(),
        memory="recall",
        log=tmp_path / "log.sqlite",
    ) as opened:
        yield opened


def ask(assistant: Assistant, question: str, session: str = "s") -> Answer:
    return assistant.ask(question, session=session).answer


def said(assistant: Assistant, text: str, answer: str = "Fine.", session: str = "s") -> None:
    """An exchange of 20 November, heard for notes as the assistant does."""
    exchange = assistant.memory.record(text, answer, user=assistant.user, session=session, time=DAY)
    assert assistant.notes is not None
    assistant.notes.hear(exchange.turns[0])


@pytest.mark.parametrize(
    ("stated", "question", "text"),
    [
        ("My name is Li Wei.", "What is my name?", "You said on 2026-11-20: “My name is Li Wei”"),
        ("记住：我们周五发货", "我们什么时候发货？", "您在 2026-11-20 说过：“我们周五发货”"),
        ("我叫李伟", "我叫什么名字？", "您在 2026-11-20 说过：“我叫李伟”"),
        ("Remember that we ship on Fridays", "When do we ship?", "we ship on Fridays"),
        ("I live in Oslo", "Where do I live?", "I live in Oslo"),
        ("note: the vault code is 4711", "What is the vault code?", "the vault code is 4711"),
        ("我叫李伟", "What is my name?", "You said on 2026-11-20: “我叫李伟”"),
    ],
)
def test_a_pinned_note_answers_in_any_session_without_a_model(
    assistant: Assistant, stated: str, question: str, text: str
) -> None:
    said(assistant, stated)
    answer = ask(assistant, question, "another")
    assert answer.strategy == "memory"
    assert text in answer.text
    assert answer.citations == ()
    assert answer.said[0].note is not None


def test_the_answer_shows_turn_session_and_time_as_data(assistant: Assistant) -> None:
    said(assistant, "My name is Li Wei.")
    (turn, _) = assistant.history("s")
    (found,) = ask(assistant, "What is my name?").as_dict()["said"]  # type: ignore[misc]
    note = assistant.notes.list(user="me")[0].id  # type: ignore[union-attr]
    assert found == {
        "turn": turn.id,
        "session": "s",
        "number": 1,
        "role": "user",
        "time": "2026-11-20T12:00:00+00:00",
        "quote": "My name is Li Wei",
        "note": note,
        "edited": False,
    }


@pytest.mark.parametrize(
    ("stated", "question"),
    [
        ("Hello. Our Bergen office opens on 3 May.", "When does the Bergen office open?"),
        ("Our Bergen office has 14 desks.", "How many desks does our Bergen office have?"),
        ("My dog is called Rex.", "What is the name of my dog?"),
        ("我们的仓库在五月三日搬家。", "我们的仓库什么时候搬家？"),
        ("顺便说一下，卑尔根办公室五月三日开门。", "卑尔根办公室什么时候开门？"),
    ],
)
def test_what_the_documents_do_not_say_is_answered_by_what_the_user_said(
    assistant: Assistant, stated: str, question: str
) -> None:
    said(assistant, stated)
    answer = ask(assistant, question)
    assert answer.strategy == "memory"
    assert answer.said[0].quote in stated
    assert answer.said[0].note is None
    assert ask(assistant.for_user("other"), question).refused


def test_the_latest_of_several_statements_is_quoted(assistant: Assistant) -> None:
    said(assistant, "Our Bergen office opens on 3 May.")
    said(assistant, "Our Bergen office opens on 9 June.")
    assert "9 June" in ask(assistant, "When does our Bergen office open?").text


def test_an_edited_note_is_not_said_to_be_the_users_words(assistant: Assistant) -> None:
    said(assistant, "My name is Li Wei.")
    assert assistant.notes is not None
    assistant.notes.edit(assistant.notes.list(user="me")[0].id, "Her name is Li Wei", user="me")
    answer = ask(assistant, "What is my name?")
    assert answer.text == "Your note of 2026-11-20 says: “Her name is Li Wei”"


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What did I say about the Bergen office?", "Our Bergen office opens on 3 May."),
        ("我说过预算是多少吗？", "我们的预算是三万元。"),
        ("What did you tell me about the harbour?", "The harbour was dredged in 1978."),
    ],
)
def test_what_was_said_is_quoted_with_who_said_it(
    assistant: Assistant, question: str, quote: str
) -> None:
    said(assistant, "Our Bergen office opens on 3 May.")
    said(assistant, "我们的预算是三万元。")
    said(assistant, "And the harbour?", "The harbour was dredged in 1978. [1]")
    answer = ask(assistant, question)
    assert [one.quote for one in answer.said] == [quote]
    role = "assistant" if "you" in question else "user"
    shown = words(answer.language, f"said_by_{role}", date="2026-11-20", quote=quote)
    assert answer.text == shown


CHATTER = (
    "Hello, I think the bridge over the Arl is wonderful.",
    "The bridge was painted, and the painter of the bridge was tall.",
    "I wonder how much the bridge over the Arl cost in kroner.",
    "No, I mean the cost of the bridge in kroner.",
    "Tell me the cost of the bridge over the Arl in kroner.",
    "How much did the bridge over the Arl cost in kroner?",
    "Many people live in Brazil, I think.",
    "We flew to Brazil for 14 days.",
    "Our cat sleeps every morning.",
    "My name is Li Wei. I prefer tea.",
    "绿茶很好喝，我昨天喝了绿茶。",
    "巴西的绿茶多少钱一斤？",
)
UNANSWERABLE = (
    "How much did the bridge over the Arl cost in kroner?",
    "Who painted the bridge over the Arl?",
    "How many people live in Brazil?",
    "How many rivers does Brazil have in the north?",
    "When is our cat vaccinated?",
    "What is the population of Brazil?",
    "What is my wife's name?",
    "How old am I?",
    "巴西的绿茶多少钱一斤？",
    "绿茶是谁发现的？",
)


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_chatter_about_the_same_things_answers_no_question(
    assistant: Assistant, question: str
) -> None:
    alone = ask(assistant, question, "alone")
    for text in CHATTER:
        said(assistant, text)
    beside = ask(assistant, question)
    assert beside.said == ()
    assert beside.strategy == alone.strategy


@pytest.mark.parametrize(
    "question", ["How long is the bridge over the Arl?", "When was the bridge opened?"]
)
def test_what_the_documents_answer_is_answered_by_the_documents(
    assistant: Assistant, question: str
) -> None:
    said(assistant, "The bridge over the Arl is 9 metres long and was opened in 2020.")
    answer = ask(assistant, question)
    assert answer.said == ()
    assert answer.citations[0].source.endswith("bridge.txt")


def test_what_the_assistant_said_is_no_answer_unless_it_is_asked_for(assistant: Assistant) -> None:
    said(assistant, "Hm.", "The Bergen office opens on 3 May.")
    assert ask(assistant, "When does the Bergen office open?").refused


def test_window_has_forgotten_what_recall_still_finds(assistant: Assistant) -> None:
    said(assistant, "Our Bergen office opens on 3 May.", session="day one")
    for i in range(8):
        said(assistant, f"Let me think about item {i}.", session="day two")
    question = "When does our Bergen office open?"
    assert isinstance(assistant.memory.log, ConversationLog)  # type: ignore[attr-defined]
    log = assistant.memory.log  # type: ignore[attr-defined]
    recalling, assistant.memory = assistant.memory, make_memory("window", log)
    assert ask(assistant, question, "day two").refused
    assistant.memory = recalling
    (found,) = ask(assistant, question, "day three").said
    assert (found.session, found.quote) == ("day one", "Our Bergen office opens on 3 May.")


def test_s06_no_note_or_turn_of_another_user_is_ever_quoted(assistant: Assistant) -> None:
    said(assistant, "My name is Li Wei.")
    said(assistant, "Our Bergen office opens on 3 May.")
    other = assistant.for_user("ME")
    for question in (
        "What is my name?",
        "When does our Bergen office open?",
        "What did I say?",
        "我叫什么？",
    ):
        answer = ask(other, question)
        own = {turn.id for turn in other.history("s")}
        assert {one.turn for one in answer.said} <= own
        assert "Li Wei" not in answer.text
        assert "3 May" not in answer.text


def test_an_answer_from_memory_loses_its_words_with_the_turn(
    assistant: Assistant, tmp_path: Path
) -> None:
    said(assistant, "Remember that the qzxwvnonce opens on Fridays", "I'll remember.")
    assert "qzxwvnonce" in ask(assistant, "When does our qzxwvnonce open?", "later").text
    assistant.memory.forget_turn(assistant.history("s")[0].id, user="me")
    assert assistant.history("later")[1].text.endswith("“[…]”")
    asked = assistant.history("later")[0]
    assistant.memory.forget_turn(asked.id, user="me")
    files = [path for path in tmp_path.iterdir() if b"qzxwvnonce" in path.read_bytes()]
    assert files == []


def test_an_answer_from_memory_is_no_subject_of_a_follow_up(assistant: Assistant) -> None:
    said(assistant, "My name is Li Wei.")
    ask(assistant, "What is my name?")
    assert ask(assistant, "How long is it?").searched == ("How long is it?",)


@pytest.mark.parametrize(
    ("stated", "question", "line"),
    [
        (
            "Remember that the bridge over the Arl is 409 metres long",
            "How long is the bridge over the Arl?",
            "Your note of 2026-11-20 says: “the bridge over the Arl is 409 metres long”",
        ),
        (
            "Remember: the crew is nine men",
            "What is the crew?",
            "Your note of 2026-11-20 says: “the crew is nine men”",
        ),
        (
            "记住：绿茶在柜子里保存",
            "绿茶在哪里保存？",
            "您 2026-11-20 的笔记写着：“绿茶在柜子里保存”",
        ),
        (
            "记住：开封后的绿茶两个月内喝完",
            "开封后的绿茶几个月内喝完？",
            "您 2026-11-20 的笔记写着：“开封后的绿茶两个月内喝完”",
        ),
    ],
)
def test_a_note_on_the_very_question_is_shown_behind_what_the_documents_say(
    assistant: Assistant, stated: str, question: str, line: str
) -> None:
    alone = ask(assistant, question, "alone")
    said(assistant, stated)
    reply = assistant.ask(question, session="later")
    text = "".join(reply)
    answer = reply.answer
    assert alone.citations == answer.citations != ()
    assert answer.text == text == f"{alone.text}\n{line}"
    assert answer.strategy == alone.strategy == "quote"
    assert [one.note is not None for one in answer.said] == [True]
    assert assistant.notes is not None
    assistant.memory.forget_turn(assistant.history("s")[0].id, user="me")
    assert assistant.history("later")[1].text.endswith("“[…]”")


@pytest.mark.parametrize(
    ("stated", "question"),
    [
        ("I prefer bridges over the Arl", "How long is the bridge over the Arl?"),
        ("Remember that the bridge is long", "How long is the bridge over the Arl?"),
        ("Remember that the bridge over the Arl is long", "How long is the bridge over the Arl?"),
        ("Remember that crew lists are late", "What is the crew?"),
        ("I prefer the ship of the expedition", "What was the ship of the expedition?"),
        ("我喜欢绿茶的保存方法", "绿茶在哪里保存？"),
        ("记住：绿茶涨价了", "绿茶应当怎样保存？"),
    ],
)
def test_a_note_on_something_near_is_not_shown_beside_the_documents(
    assistant: Assistant, stated: str, question: str
) -> None:
    said(assistant, stated)
    answer = ask(assistant, question, "later")
    assert answer.said == ()
    assert answer.citations


@pytest.mark.parametrize(
    ("message", "texts", "question", "quote"),
    [
        (
            "My name is Nora and I work in Denver.",
            ["My name is Nora", "I work in Denver"],
            "Where do I work?",
            "I work in Denver",
        ),
        ("我叫李明，在西宁工作。", ["我叫李明", "在西宁工作"], "我在哪里工作？", "在西宁工作"),
    ],
)
def test_what_is_only_stated_is_confirmed_whole_and_nothing_else(
    assistant: Assistant, message: str, texts: list[str], question: str, quote: str
) -> None:
    answer = ask(assistant, message)
    between = "；" if answer.language == "zh" else "; "
    assert answer.text == words(answer.language, "remember", notes=between.join(texts))
    assert (answer.strategy, answer.passages) == ("note", ())
    assert [one.quote for one in ask(assistant, question, "later").said] == [quote]


@pytest.mark.parametrize(
    ("message", "strategy"),
    [
        ("My name is Nora and I have two kids.", "note"),
        ("My name is Nora, nice to meet you!", "note"),
        ("我叫李明，是工程师。", "note"),
        ("My name is Nora. How long is the bridge over the Arl?", "quote"),
        ("我叫李明。绿茶应当怎样保存？", "quote"),
        ("My name is Nora. What did I ask first?", "memory"),
    ],
)
def test_beside_a_statement_only_what_asks_is_answered(
    assistant: Assistant, message: str, strategy: str
) -> None:
    answer = ask(assistant, message)
    assert answer.strategy == strategy
    assert answer.text.startswith(words(answer.language, "remember", notes="")[:5])


@pytest.mark.parametrize(
    ("stated", "question"),
    [
        ("Our Bergen office opens on 3 May.", "What did I ask about the Bergen office?"),
        ("我们的预算是三万元。", "我问过预算是多少吗？"),
    ],
)
def test_a_question_about_the_talk_is_no_answer_to_itself(
    assistant: Assistant, stated: str, question: str
) -> None:
    said(assistant, stated)
    ask(assistant, question)
    assert [one.quote for one in ask(assistant, question).said] == [stated]


def test_courtesies_are_not_what_somebody_said(assistant: Assistant) -> None:
    said(assistant, "Our Bergen office opens on 3 May.")
    ask(assistant, "Thanks!")
    assert "3 May" in ask(assistant, "What did I say?").text


def test_no_turn_is_recalled_for_a_question_that_the_documents_answer(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recall(*args: object, **kwargs: object) -> None:
        raise AssertionError("the memory was asked")

    monkeypatch.setattr(assistant.memory, "recall", recall)
    assert ask(assistant, "How long is the bridge over the Arl?").citations
    assert ask(assistant, "How long is our bridge over the Arl?").citations
    with pytest.raises(AssertionError, match="was asked"):
        ask(assistant, "What is the population of Brazil?")


@pytest.mark.parametrize(("length", "end"), [(299, "m”"), (300, "m”"), (301, "m…”")])
def test_a_long_turn_is_quoted_in_part_and_one_that_just_fits_whole(
    assistant: Assistant, length: int, end: str
) -> None:
    begun = "Our Bergen office opens on 3 May, and from then on we h"
    said(assistant, begun + "m" * (length - len(begun)))
    answer = ask(assistant, "What did I say about the Bergen office?")
    (found,) = answer.said
    assert len(found.quote) == min(length, 300)
    assert found.quote in answer.text
    assert answer.text.endswith(end)


def test_notes_alone_need_no_memory_of_turns(folder: Path, tmp_path: Path) -> None:
    with Assistant.open(
        folder, model="none", embedder=HashingEmbedder(), log=tmp_path / "l.db"
    ) as made:
        made.notes = None
        ask(made, "My name is Li Wei.")
        assert "Li Wei" in ask(made, "What is my name?").text, "the turn is quoted"
        assert isinstance(made.memory.log, ConversationLog)  # type: ignore[attr-defined]
        assert Notes(made.memory.log).list(user="me") == []  # type: ignore[attr-defined]
