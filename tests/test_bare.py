"""Questions of nothing but a question word are searched for with what was asked before them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from rag import Assistant
from rag.search import PastExchange
from rag.search.bare import is_bare, lacks_reason, say_whole
from rag.search.followup import BARE, is_follow_up, wordings

DOCUMENTS = {
    "kite.md": "# The Kite\n\nThe Kite was shown for the first time by Ana Ruiz in Porto on 5 May "
    "2023, because the fair had moved there. It costs 940 euros.\n",
    "company.md": "# 年报\n\n2023年公司营业收入是三千万元。公司于2015年在西宁成立，创始人是李明。"
    "\n\n密码最少十二位。问：为什么第一次提问特别慢？因为要载入模型。\n",
    "glossary.md": "# Words\n\nWhen in doubt, ask when and where. 什么时候都可以问，谁都可以问。\n",
    "report.md": "# Report\n\nGroup revenue in 2024 was 86.4 million euros. Staff turnover in 2024 "
    "was 4 per cent.\n\nError E21 means that the humidity sensor is loose.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("bare")
    (folder / "docs").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "docs" / name).write_text(text, "utf-8")
    with Assistant.open(folder / "kb", model="none") as opened:
        opened.ingest(folder / "docs")
        yield opened


BARE_ENGLISH = (
    "When?|And when was that?|By whom?|Where exactly?|Why?|How come?|How much?|But how long?"
)
BARE_CHINESE = (
    "什么时候？|那什么时候呢？|谁？|是谁？|被谁？|多少钱|在哪里？|为什么？|哪一年|谁建的？"
)
WHOLE_ENGLISH = "When was it built?|How many people live there?|Why is the sky blue?|Who is who?|"
WHOLE_CHINESE = "什么是量化？|谁设计了鸟巢？|为什么天是蓝的？|多少人参加了？"


@pytest.mark.parametrize("question", [*BARE_ENGLISH.split("|"), *BARE_CHINESE.split("|")])
def test_what_only_asks_is_bare_and_hangs_on_what_was_said(question: str) -> None:
    assert is_bare(question)
    assert is_follow_up(question)


@pytest.mark.parametrize("question", [*WHOLE_ENGLISH.split("|"), *WHOLE_CHINESE.split("|")])
def test_what_has_a_word_to_look_for_is_not_bare(question: str) -> None:
    assert not is_bare(question)


def test_it_is_said_whole_by_the_last_question_that_stands_by_itself() -> None:
    asked = ["Who crossed the Arl?", "And what did it cost?", "When?"]
    assert say_whole("Where?", asked, is_follow_up) == "Where? crossed Arl"
    assert say_whole("Where?", ["And what did it cost?"], is_follow_up) == "Where? cost"
    assert say_whole("Where?", ["When?"], is_follow_up) == "Where?"
    assert say_whole("谁？", ["鸟巢是什么时候建成的？"], is_follow_up) == "谁？ 鸟巢 建成"


def test_the_whole_question_leads_the_search() -> None:
    past = [PastExchange("Who crossed the Arl?", "Mary Ash crossed it in 1932.", (7,))]
    asked = wordings("When?", past)
    assert asked.question == "When? crossed Arl"
    assert asked.texts[0] == "When?"
    assert asked.weights[:2] == (BARE, 1.0)
    assert asked.context == ("Who crossed the Arl?",)
    assert asked.shown == {7}
    assert wordings("When?", []).question == "When?"
    assert wordings("When was the dam built?", past).whole == ""


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (["Who showed the Kite for the first time?", "When?"], "5 May 2023"),
        (["Who showed the Kite for the first time?", "Where?"], "Porto"),
        (["When was the Kite shown for the first time?", "By whom?"], "Ana Ruiz"),
        (["When was the Kite shown for the first time?", "Why?"], "because the fair"),
        (["Who showed the Kite for the first time?", "Where?", "When?", "Where?"], "Porto"),
        (["When was the Kite shown?", "Where?", "When was it 86.4 million?"], "2024"),
        (["公司是谁创立的？", "什么时候？"], "2015年"),
        (["公司是什么时候成立的？", "谁？"], "李明"),
        (["公司是谁创立的？", "在哪里？"], "西宁"),
    ],
)
def test_a_bare_follow_up_finds_its_answer(
    assistant: Assistant, talk: list[str], words: str
) -> None:
    answers = [assistant.ask(question, session="|".join(talk)).answer for question in talk]
    assert not answers[-1].refused
    assert words in answers[-1].text


@pytest.mark.parametrize(
    "talk",
    [
        ["When?"],
        ["公司营业收入是多少？", "为什么？"],
        ["What does error E21 mean?", "When?"],
    ],
)
def test_a_bare_question_finds_nothing_where_nothing_of_the_kind_is_told(
    assistant: Assistant, talk: list[str]
) -> None:
    answers = [assistant.ask(question, session="|".join(talk)).answer for question in talk]
    assert answers[-1].refused


def test_why_wants_a_reason_and_other_questions_do_not() -> None:
    assert lacks_reason("为什么？", ["收入是三千万元。"])
    assert not lacks_reason("Why?", ["It rained.", "They left because it rained."])
    assert not lacks_reason("When?", ["It rained."])
    assert not lacks_reason("Why is the sky blue?", ["It rained."])


@pytest.mark.parametrize(
    "question",
    [
        "What was group revenue in 2030?",
        "Staff turnover in 2021?",
        "What does error E99 mean?",
        "2019年公司营业收入是多少？",
    ],
)
def test_another_year_or_code_is_no_answer(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question, session=question).answer.refused


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What was group revenue in 2024?", "86.4"),
        ("What does error E21 mean?", "humidity sensor"),
        ("2023年公司营业收入是多少？", "三千万元"),
        ("What's the group revenue in 2024?", "86.4"),
        ("麻烦帮我查一下密码最少多少位，谢谢", "十二位"),
        ("我想知道密码最少要多少位", "十二位"),
    ],
)
def test_the_asked_year_or_code_is_an_answer_however_it_is_asked(
    assistant: Assistant, question: str, words: str
) -> None:
    assert words in assistant.ask(question, session=question).answer.text


def test_deciding_takes_linear_time() -> None:
    started = time.process_time()
    for long in ("when " * 20_000, "那" * 50_000, "what is " * 10_000):
        is_bare(long)
    assert time.process_time() - started < 2
