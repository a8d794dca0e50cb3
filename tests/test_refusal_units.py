"""How much of a question stands in one window of the passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Passage, query_terms
from ingest.embedders.hashing import HashingEmbedder
from rag.evidence import rank_sentences
from rag.refusal_units import FUNCTION, Held, held, uncounted, units


def place(text: str, number: int = 1) -> Passage:
    return Passage(number, str(number), "t", 1, 0, len(text), (), text)


def holding(question: str, *texts: str) -> Held:
    places = [place(text, number) for number, text in enumerate(texts, 1)]
    wanted = dict.fromkeys(query_terms(question), 1.0)
    return held(wanted, rank_sentences(question, places, wanted, HashingEmbedder(64)), places)


def test_a_run_of_bigrams_becomes_its_characters_each_with_the_bigrams_it_stands_in() -> None:
    found = units({"栉水": 2.0, "水母": 3.0, "gpt": 1.0})
    assert [(unit.text, unit.keys) for unit in found] == [
        ("栉", ("栉水",)),
        ("水", ("栉水", "水母")),
        ("母", ("水母",)),
        ("gpt", ("gpt",)),
    ]


def test_a_character_weighs_as_much_as_the_commoner_of_its_bigrams() -> None:
    assert [unit.weight for unit in units({"栉水": 2.0, "水母": 3.0})] == [2.0, 2.0, 3.0]


def test_a_function_character_weighs_less() -> None:
    content, function = units({"水在": 1.0})
    assert function.weight == FUNCTION * content.weight


def test_a_name_in_latin_letters_weighs_more_in_chinese_and_the_same_in_english() -> None:
    assert units({"gpt": 1.0})[0].weight < units({"gpt": 1.0, "参数": 1.0})[0].weight
    assert units({"otter": 2.0})[0].weight == 2.0


def test_the_border_of_two_words_costs_nothing_where_both_words_are_held() -> None:
    assert holding("森林消失", "消失的森林。").window == pytest.approx(1.0)


def test_a_window_reaches_to_the_neighbours_of_a_sentence_and_no_farther() -> None:
    near = holding("otter den snow", "The otter eats. It has a den. Snow falls. Rain falls.")
    far = holding("otter den", "The otter eats. Snow falls. Rain falls. Ice melts. It has a den.")
    assert near.window == 1.0
    assert near.sentence == pytest.approx(1 / 3)
    assert far.window == 0.5


def test_the_size_of_a_passage_does_not_change_its_window() -> None:
    short = "The otter eats fish. It sleeps in a den."
    long = short + " Snow is white." * 40
    assert holding("otter fish", short).window == holding("otter fish", long).window


def test_another_passage_is_told_apart_from_the_best_one() -> None:
    found = holding("otter fish", "The otter eats fish.", "The otter sleeps.")
    assert (found.window, found.elsewhere) == (1.0, 0.5)


def test_what_no_passage_holds_is_counted_whole_and_in_its_longest_stretch() -> None:
    found = holding("otter price zebra fish", "The otter eats fish.")
    assert found.nowhere == found.stretch == 0.5


def test_what_is_counted_nowhere_is_seen() -> None:
    passages = [place("GPT-3的训练用了约3000亿个词元。")]
    assert uncounted("训练GPT-3一共用了多少度电？", passages)
    assert not uncounted("训练用了多少词元？", passages)
    assert not uncounted("训练用了多少个？", passages)
    assert not uncounted("谁训练了GPT-3？", passages)


WORDS = st.lists(st.sampled_from("otter fish den 7 1911 栉 水母 在 森林 gpt-3".split()), min_size=1)


@given(question=WORDS.map("".join), text=WORDS.map(" ".join).map("Otters: {}.".format))
def test_every_share_is_between_0_and_1_whatever_is_asked(question: str, text: str) -> None:
    found = holding(question, text)
    shares = (found.window, found.sentence, found.elsewhere, found.stretch, found.nowhere)
    assert all(0 <= share <= 1 + 1e-9 for share in shares)
    assert found.sentence <= found.window + 1e-9
