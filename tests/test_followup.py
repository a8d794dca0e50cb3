"""A follow-up is told from a question that stands alone, and brings its context along."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from memory import Turn
from rag.past import past_exchanges
from rag.search.followup import PastExchange, is_follow_up, wordings

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
LENGTH = PastExchange("How long is the bridge over the Arl?", "It is 411 metres long.", (4, 7))
TRACKS = PastExchange("How many tracks does it carry?", "It carries two railway tracks.", (9,))


@pytest.mark.parametrize(
    "question",
    [
        "Who built it?",
        "And who paid for the new deck of the bridge?",
        "What about the wooden ferries before that?",
        "Why?",
        "When did he reach the South Pole with his men?",
        "它可以用哪些办法减小？",
        "为什么？",
        "那么第二座桥呢？",
    ],
)
def test_words_that_point_back_make_a_follow_up(question: str) -> None:
    assert is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which engineer opened the railway bridge over the river Arl?",
        "Does the report say that the railway bridge was opened in May?",
        "Who runs the IT department?",
        "利他主义在进化生物学里怎么解释？",
        "数据库的排他锁有什么作用？",
        "维他命C有什么作用？",
        "极其稀有的鸟有哪些？",
        "BM25的参数k1和b通常取多少？",
        "《个人信息保护法》从哪一天起施行？",
    ],
)
def test_a_question_with_its_own_nouns_stands_alone(question: str) -> None:
    assert not is_follow_up(question)
    assert wordings(question, [LENGTH]).texts == (question,)


def test_nothing_said_before_means_no_context() -> None:
    assert wordings("Who built it?", []).texts == ("Who built it?",)


def test_a_follow_up_is_searched_with_every_question_of_its_thread() -> None:
    asked = wordings("Who built it?", [LENGTH, TRACKS])
    assert asked.follow_up
    assert asked.texts[0] == "Who built it?"
    assert asked.context == (LENGTH.question, TRACKS.question)
    assert f"{LENGTH.question} {TRACKS.question} Who built it?" in asked.texts
    assert f"{TRACKS.answer} Who built it?" in asked.texts
    assert asked.shown == {4, 7, 9}


def test_a_question_that_stands_alone_begins_a_new_thread() -> None:
    other = PastExchange("Which remedy worked best in the trial of James Lind?", "Lemons.", (1,))
    asked = wordings("Who built it?", [other, LENGTH])
    assert asked.context == (LENGTH.question,)
    assert 1 not in asked.shown


def test_hardly_a_new_word_is_searched_with_its_context_without_pointing_back() -> None:
    asked = wordings("Which tracks are the longest?", [LENGTH, TRACKS])
    assert not is_follow_up("Which tracks are the longest?")
    assert asked.context == (LENGTH.question, TRACKS.question)
    assert asked.weights[0] == 1.0
    assert all(0 < weight < 1 for weight in asked.weights[1:])
    assert asked.said == ""


def test_the_context_weighs_less_the_more_is_new() -> None:
    past = [LENGTH, TRACKS]
    weights = [
        sum(wordings(question, past).weights[1:])
        for question in (
            "Which railway tracks?",
            "Which painter?",
            "Which painter decorated railway tracks in winter?",
        )
    ]
    assert weights[0] > weights[1] > weights[2] == 0


def test_common_words_are_less_new_than_rare_ones() -> None:
    def rarity(terms: Sequence[str]) -> dict[str, float]:
        return {term: 0.2 if term in {"decor", "winter", "painter"} else 6.0 for term in terms}

    question = "Which painter decorated the bridge in winter?"
    assert wordings(question, [LENGTH]).texts == (question,)
    assert wordings(question, [LENGTH], rarity).follow_up


def test_words_of_a_shown_passage_are_not_new() -> None:
    question = "Was the painter from Kelm?"
    shown = {4: "The painter Ada Brook came from Kelm and painted it red."}
    alone = sum(wordings(question, [LENGTH]).weights[1:])
    assert sum(wordings(question, [LENGTH], texts=shown).weights[1:]) > alone


def test_every_context_has_the_same_share_however_short_the_thread() -> None:
    short, long = (wordings("Who built it?", past) for past in ([LENGTH], [LENGTH, TRACKS]))
    assert len(short.texts) < len(long.texts)
    assert sum(short.weights) == pytest.approx(sum(long.weights))


def test_a_question_asked_again_is_searched_as_if_nothing_was_said() -> None:
    assert wordings("How long is the bridge over the Arl?", [LENGTH, TRACKS]).texts == (
        "How long is the bridge over the Arl?",
    )


def test_the_words_of_a_refusal_are_not_searched() -> None:
    refused = PastExchange("How long is the bridge over the Arl?", "The documents do not say.")
    assert not any("do not say" in text for text in wordings("Who built it?", [refused]).texts)


def test_a_chinese_question_about_another_subject_stands_alone() -> None:
    past = [PastExchange("KV缓存是什么？", "键和值可以保存下来重复使用，这就是KV缓存。", (3,))]
    assert wordings("《个人信息保护法》从哪一天起施行？", past).context == ()
    assert wordings("缓存的大小是多少？", past).follow_up


def test_deciding_takes_linear_time_on_a_very_long_question() -> None:
    started = time.monotonic()
    for text in ("so " * 7000, "the " + "a" * 20_000, " " * 20_000, "这" * 20_000):
        is_follow_up(text)
    assert time.monotonic() - started < 3


def turn(number: int, role: str, text: str, *chunks: object) -> Turn:
    shown = tuple({"chunk_id": chunk} for chunk in chunks)
    return Turn(number, "u", "s", number, MONDAY, role, text, shown)  # type: ignore[arg-type]


def test_turns_become_exchanges_without_markers_and_without_damaged_ids() -> None:
    turns = [
        turn(1, "assistant", "a beginning without a question"),
        turn(2, "user", "How long?"),
        turn(3, "assistant", "It is 411 metres long. [1]\nBuilt in 1932 (May). [2]", 4, "x", None),
        turn(4, "user", "never answered"),
        turn(5, "user", "And then?"),
        turn(6, "assistant", "Nothing."),
    ]
    assert past_exchanges(turns) == [
        PastExchange("How long?", "It is 411 metres long.\nBuilt in 1932 (May).", (4,)),
        PastExchange("And then?", "Nothing."),
    ]
