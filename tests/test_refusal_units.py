"""How much of a question stands in one window of the passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Passage, query_terms
from ingest.embedders.hashing import HashingEmbedder
from rag.evidence import rank_sentences
from rag.evidence.refusal_units import FUNCTION, Held, held, uncounted, units


def place(text: str, number: int = 1) -> Passage:
    return Passage(number, str(number), "t", 1, 0, len(text), (), text)


def holding(question: str, *texts: str) -> Held:
    places = [place(text, number) for number, text in enumerate(texts, 1)]
    wanted = dict.fromkeys(query_terms(question), 1.0)
    return held(
        question, wanted, rank_sentences(question, places, wanted, HashingEmbedder(64)), places
    )


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


def test_a_latin_name_spelt_a_little_differently_is_found_in_part_in_a_chinese_question() -> None:
    near = holding("Beriods将什么用作牙齿？", "海边的beroids嘴上有纤毛。")
    far = holding("Beriods将什么用作牙齿？", "海边的platyctenids嘴上有纤毛。")
    exact = holding("Beroids将什么用作牙齿？", "海边的beroids嘴上有纤毛。")
    assert far.window < near.window < exact.window


def test_in_an_english_question_only_the_exact_word_counts() -> None:
    assert holding("beriods teeth", "The beroids swim.").window == 0.0


@pytest.mark.parametrize(
    ("one", "other"), [("rtx4090", "rtx4080"), ("windows", "wizards"), ("1911", "1912")]
)
def test_words_that_merely_resemble_each_other_do_not_stand_for_each_other(
    one: str, other: str
) -> None:
    assert holding(f"{one}的价格", f"这里有{other}。").window == holding("价格", "这里有。").window


def test_the_longer_a_question_the_more_of_it_can_lack_at_the_same_share() -> None:
    short = holding("otter zebra", "The otter eats.")
    long = holding("otter fish zebra price", "The otter eats fish.")
    assert short.window == long.window
    assert long.lacking == pytest.approx(2 * short.lacking)


def test_a_foreign_name_that_is_lacking_is_told_from_other_words() -> None:
    text = "特斯拉在纽约开了一家公司。"
    assert holding("特斯拉的公司", text).names == 0.0
    assert holding("莱布尼茨的公司", text).names > 0.0
    assert holding("老朋友的公司", text).names == 0.0


def test_what_stands_behind_the_asking_word_is_seen_to_be_lacking() -> None:
    assert holding("镇上有哪条河流？", "镇上有河流。").asked == 0.0
    assert holding("镇上有哪条河流？", "镇上有集市。").asked == 1.0
    assert holding("镇上的河流", "镇上有集市。").asked == 0.0


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
