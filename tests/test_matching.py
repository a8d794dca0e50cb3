"""How well the words of sentences match a question."""

from __future__ import annotations

import pytest

from ingest import bm25
from rag.evidence.matching import ABOVE, BEFORE, BEFORE_THAT, MEANT, counted, finer, numbers


def test_own_words_count_whole_and_those_around_in_part() -> None:
    first, second = counted(
        ["Otters eat fish.", "Herons sleep."], [["Rivers"], ["Rivers"]], [False, True]
    )
    assert first == {"river": ABOVE, "otter": 1, "eat": 1, "fish": 1}
    assert second == {
        "river": ABOVE,
        "otter": BEFORE,
        "eat": BEFORE,
        "fish": BEFORE,
        "heron": 1,
        "sleep": 1,
    }


def test_a_sentence_that_points_back_takes_more_of_the_words_it_stands_for() -> None:
    _, second = counted(["Otters eat fish.", "They sleep."], [[], []], [False, True])
    assert second == {"otter": MEANT, "eat": MEANT, "fish": MEANT, "sleep": 1}


def test_what_was_named_two_sentences_before_counts_for_less() -> None:
    *_, third = counted(
        ["Otters eat.", "Rivers flow.", "Herons sleep."], [["Flow"]] * 3, [False, True, True]
    )
    assert third["otter"] == BEFORE_THAT
    assert third["river"] == BEFORE
    assert third["flow"] == ABOVE


def test_nothing_is_taken_over_a_break() -> None:
    *_, third = counted(
        ["Otters eat.", "Rivers flow.", "Herons sleep."], [[]] * 3, [False, False, True]
    )
    assert "otter" not in third
    assert third["river"] == BEFORE


def test_a_sentence_of_another_passage_lends_no_words() -> None:
    _, second = counted(["Otters eat fish.", "They sleep."], [[], []], [False, False])
    assert second == {"sleep": 1}


def test_the_sentence_that_holds_the_heavier_term_scores_higher() -> None:
    counts = counted(["Otters swim.", "Herons swim.", "Fish."], [[], [], []], [False] * 3)
    scores = bm25(counts, {"otter": 3.0, "heron": 1.0, "swim": 0.5})
    assert scores[0] > scores[1] > scores[2] == 0


def test_a_character_weighs_as_much_as_its_heaviest_pair() -> None:
    counts = counted(["老师来了"], [[]], [False])
    single, weights = finer(counts, {"老师": 2.0, "师生": 5.0, "gpt": 1.0})
    assert weights == {"老": 2.0, "师": 5.0, "生": 5.0, "gpt": 1.0}
    assert single == [{"老": 1, "师": 1, "来": 1, "了": 1}]


def test_no_sentence_and_no_term_score_nothing() -> None:
    assert bm25([], {"otter": 1.0}).shape == (0,)
    assert bm25(counted(["Otters."], [[]], [False]), {}) == pytest.approx([0.0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Eight of 1,200 in 3.5 days", {"8", "1200", "3.5"}),
        ("满十年的，年假15天", {"10", "15"}),
        ("满二十年的，两次", {"二十", "2"}),
        ("一般由三亚发货", set()),
        ("Everyone is alone", set()),
    ],
)
def test_the_numbers_of_a_text_in_digits_and_in_words(text: str, told: set[str]) -> None:
    assert numbers(text) == told
