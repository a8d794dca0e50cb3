"""What kind of words an answer must hold, told by the question alone."""

from __future__ import annotations

import time

import pytest

from ingest import query_terms
from rag.evidence.expectation import asks_alike, expects, told_besides


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("When did he arrive?", "He arrived on 14 December 1911.", 1.0),
        ("When did he arrive?", "The book came out in 1912.", 0.5),
        ("When did he arrive?", "He may march on.", 0.0),
        ("When did the war of 1912 end?", "The war of 1912 was long.", 0.0),
        ("他什么时候到达？", "他于1911年12月14日到达。", 1.0),
        ("How many dogs were there?", "There were 52 dogs.", 1.0),
        ("How many dogs were there?", "There were many dogs.", 0.0),
        ("What is the population of France?", "France had 68 million inhabitants.", 1.0),
        ("一共有多少条狗？", "队伍带了五十二条狗。", 1.0),
        ("Who led the party?", "The party was led by Roald Amundsen.", 1.0),
        ("Who led the party?", "The party was large.", 0.0),
        ("什么是KV缓存？", "保存下来重复使用，这就是KV缓存。", 1.0),
        ("什么是KV缓存？", "减小KV缓存的办法主要有三种。", 0.0),
        ("What is a snapshot?", "A snapshot is a view of a disk.", 1.0),
        ("What is a snapshot?", "Take a snapshot every hour.", 0.0),
    ],
)
def test_a_text_holds_what_is_asked_for(question: str, text: str, share: float) -> None:
    test = expects(question)
    assert test is not None
    assert test(text) == share


@pytest.mark.parametrize(
    "question", ["What is the capital of France?", "Why does it rain?", "为什么会下雨？", ""]
)
def test_nothing_in_particular_is_expected_where_nothing_is_asked_for(question: str) -> None:
    assert expects(question) is None


@pytest.mark.parametrize(
    ("question", "other", "alike"),
    [
        ("When was it built?", "In which year did it burn?", True),
        ("Why?", "What is it made of?", True),
        ("Who built it?", "When was it built?", False),
        ("谁建了它？", "它是哪一年建的？", False),
        ("它是何时建的？", "它在哪一年烧毁？", True),
    ],
)
def test_questions_are_alike_that_ask_for_the_same_kind_of_thing(
    question: str, other: str, alike: bool
) -> None:
    assert asks_alike(question, other) is asks_alike(other, question) is alike


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("In which year did his book appear?", ["book", "appear"]),
        ("How many dogs were there?", ["dog"]),
        ("他的专著是哪一年的？", ["专著"]),
        ("Why does it rain?", ["rain"]),
    ],
)
def test_the_words_that_ask_are_not_what_is_to_be_found(question: str, words: list[str]) -> None:
    assert set(words) <= set(query_terms(told_besides(question)))
    assert not {"year", "many", "一年"} & set(query_terms(told_besides(question)))


def test_hostile_lengths_cost_nothing() -> None:
    started = time.process_time()
    expects("what is " + "-" * 20_000 + "!a")
    for question, text in (("When?", "1" * 20_000), ("多少?", "一" * 20_000)):
        test = expects(question)
        assert test is not None
        test(text)
    assert time.process_time() - started < 2
