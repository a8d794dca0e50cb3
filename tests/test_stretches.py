"""Stretches of a sentence: where they begin and end, and what speaks for each without a model."""

from __future__ import annotations

import math

import pytest

from rag.writing.stretches import RULES, Asked, Stretch, Words, beginnings, rules, stretches

BRIDGE = "The old bridge, opened in May 1932 by Mary Ash, is 411 metres long and costs $5.5 a day."


def asked(question: str, **rarity: float) -> Asked:
    return Asked.of(question, rarity)


def valued(question: str, text: str, wanted: str, **rarity: float) -> dict[str, float]:
    """The rules' values of the stretch `wanted` of `text`."""
    sentence = Words.of(text)
    start = text.index(wanted)
    first = next(at for at, (a, _) in enumerate(sentence.spans) if a == start)
    last = next(at for at, (_, b) in enumerate(sentence.spans) if b == start + len(wanted))
    values = rules(asked(question, **rarity), [sentence], Stretch(0, first, last), 0.0)
    return dict(zip(RULES, values, strict=True))


@pytest.mark.parametrize("word", ["$5.5", "1932", "May", "411", "Mary"])
def test_a_word_keeps_its_sign_and_its_decimals_and_loses_its_comma(word: str) -> None:
    sentence = Words.of(BRIDGE)
    assert word in {sentence.word(at) for at in range(len(sentence.spans))}


def test_an_answer_begins_neither_with_the_questions_words_nor_with_common_ones() -> None:
    sentence = Words.of(BRIDGE)
    found = [sentence.word(at) for at in beginnings(asked("How long is the bridge?"), sentence)]
    assert found == ["old", "opened", "May", "Mary", "Ash", "411", "metres", "costs",
                     "$5.5", "day"]  # fmt: skip


def test_an_answer_may_begin_with_a_word_that_qualifies_a_number() -> None:
    sentence = Words.of("It sold over 200 boats.")
    assert [sentence.word(at) for at in beginnings(asked("How many?"), sentence)][:2] == [
        "sold",
        "over",
    ]


def test_every_stretch_is_of_one_sentence_and_ends_in_a_word_that_says_something() -> None:
    sentence = Words.of("Ada of Kent and of the isle")
    ends = [sentence.word(stretch.last) for stretch in stretches(0, sentence, 0)]
    assert ends == ["Ada", "Kent", "isle"]


def test_a_stretch_has_at_most_ten_words() -> None:
    sentence = Words.of("red " * 30)
    assert max(stretch.last for stretch in stretches(0, sentence, 3)) == 12


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("When was it opened?", "May 1932", "Mary Ash"),
        ("Who opened it?", "Mary Ash", "411 metres"),
        ("Who opened it?", "Ash", "metres"),
        ("How long is it?", "411 metres", "Mary Ash"),
        ("Where is it?", "Mary Ash", "411"),
        ("In which city is it?", "Ash", "411"),
    ],
)
def test_what_is_asked_for_fits_and_other_kinds_do_not(
    question: str, right: str, wrong: str
) -> None:
    assert valued(question, BRIDGE, right)["fits"] > valued(question, BRIDGE, wrong)["fits"] == 0


def test_bare_figures_are_told_only_where_none_are_asked_for() -> None:
    assert valued("What holds?", BRIDGE, "411")["figure"] == 1
    assert valued("What holds?", BRIDGE, "411 metres")["figure"] == 0
    assert valued("How long is it?", BRIDGE, "411")["figure"] == 0


def test_the_share_of_the_questions_own_words_is_told() -> None:
    assert valued("Which old bridge?", BRIDGE, "Mary Ash")["asked"] == 0
    assert valued("Which long bridge?", BRIDGE, "metres long")["asked"] == 0.5


def test_words_of_the_question_count_more_the_nearer_and_in_the_same_clause() -> None:
    near = valued("What was opened?", BRIDGE, "May 1932")
    far = valued("What was opened?", BRIDGE, "day")
    assert near["near"] == pytest.approx(math.exp(-2 / 5.0))
    assert near["near"] > far["near"] > 0
    assert (near["clause"], far["clause"]) == (1, 0)


def test_rare_words_of_the_question_count_more() -> None:
    values = valued("opened costs?", BRIDGE, "May 1932", open=3.0, cost=1.0)
    assert values["clause"] == pytest.approx(0.75)


def test_ends_at_marks_and_common_words_are_closed_and_a_parted_name_is_told() -> None:
    assert valued("What?", BRIDGE, "Mary Ash")["closed"] == 2
    assert valued("What?", BRIDGE, "Mary")["closed"] == 1
    assert valued("What?", BRIDGE, "Mary")["cut_name"] == 1
    assert valued("What?", BRIDGE, "Mary Ash")["cut_name"] == 0


def test_a_word_of_the_question_right_behind_is_told() -> None:
    assert valued("How many metres?", BRIDGE, "411")["unit"] == 1
    assert valued("How many pounds?", BRIDGE, "411")["unit"] == 0
    assert valued("How many days?", BRIDGE, "day")["unit"] == 0


def test_the_side_counts_for_a_question_after_the_subject() -> None:
    subject = valued("Who opened it?", BRIDGE, "Mary Ash")
    other = valued("Who did it open?", BRIDGE, "Mary Ash")
    assert (subject["subject_left"], other["subject_left"]) == (1, 0)


def test_another_sentence_than_the_best_is_told_with_its_distance() -> None:
    sentences = [Words.of("A bridge."), Words.of("Mary Ash.")]
    values = rules(asked("Who?"), sentences, Stretch(1, 0, 1), 0.7)
    named = dict(zip(RULES, values, strict=True))
    assert (named["second"], named["behind"]) == (1, 0.7)
    assert named["words"] == pytest.approx(math.log(2))


@pytest.mark.parametrize("text", ["", "…", "的桥梁", "\ud800 x", "a" * 5000, "_ _ _"])
def test_odd_sentences_have_stretches_or_none_and_never_a_crash(text: str) -> None:
    sentence = Words.of(text)
    question = asked("Where is 的桥梁?")
    for first in beginnings(question, sentence):
        for stretch in stretches(0, sentence, first):
            assert len(rules(question, [sentence], stretch, 0.0)) == len(RULES)


@pytest.mark.parametrize(
    ("text", "first", "ends"),
    [
        ("Born on 16 July 1872 in Oslo", "16", ["16 July 1872", "16 July 1872 in Oslo"]),
        ("Born July 16, 1872, in Oslo", "July", ["July 16, 1872", "July 16, 1872, in Oslo"]),
        ("Born on 16 July 1872 in Oslo", "1872", ["1872", "1872 in Oslo"]),
        ("Opened in May 1932 by Ash", "May", ["May 1932", "May 1932 by Ash"]),
        ("It may 30 times", "may", ["may", "may 30", "may 30 times"]),
    ],
)
def test_an_answer_does_not_end_amid_a_date(text: str, first: str, ends: list[str]) -> None:
    sentence = Words.of(text)
    at = next(n for n in range(len(sentence.spans)) if sentence.word(n) == first)
    start = sentence.spans[at][0]
    found = [text[start : sentence.spans[s.last][1]] for s in stretches(0, sentence, at)]
    assert found == ends


def test_a_year_amid_a_date_answers_only_where_a_year_is_asked_for() -> None:
    sentence = Words.of(BRIDGE)
    starts = {
        question: {sentence.word(at) for at in beginnings(asked(question), sentence)}
        for question in ("When was it opened?", "In what year was it opened?")
    }
    assert ["1932" in words for words in starts.values()] == [False, True]


def test_a_number_with_hyphens_is_one_word_and_two_years_are_two() -> None:
    sentence = Words.of("The 3-2-1 rule and 3-2-1-1-0, 20-30% from 1939-1945")
    words = [sentence.word(at) for at in range(len(sentence.spans))]
    assert words == "The 3-2-1 rule and 3-2-1-1-0 20-30% from 1939 1945".split()


def test_a_month_is_no_place() -> None:
    text = "Ash was born on 16 July 1872 in Oslo."
    where = "Where was she born?"
    assert valued(where, text, "16 July 1872")["fits"] == 0
    assert valued(where, text, "Oslo")["fits"] == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The freezer runs at -80 °C.", "-80"),
        ("It runs at −80 °C.", "−80"),
        ("It runs at –80 °C.", "–80"),
        ("From -40 °C to +60 °C.", "+60"),
        ("It takes ~5 days.", "~5"),
        ("It takes ≈5 days.", "≈5"),
        ("It needs ≥12 signs.", "≥12"),
        ("It needs >=12 signs.", ">=12"),
        ("It weighs (<3 kg).", "<3"),
        ("It is exact to ±2 mm.", "±2"),
        ("It is exact to +/-2 mm.", "+/-2"),
        ("They lost -$5 a day.", "-$5"),
        ("It costs ~€3 a day.", "~€3"),
        ("It costs ¥300 a day.", "¥300"),
        ("It costs 940 € a day.", "940 €"),
        ("It grew by 5 % a year.", "5 %"),
    ],
)
def test_a_number_keeps_its_sign_and_what_it_counts(text: str, word: str) -> None:
    sentence = Words.of(text)
    assert word in [sentence.word(at) for at in range(len(sentence.spans))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("COVID-19", "COVID 19"),
        ("pre-1945 and 3-5 and 10–20", "pre 1945 and 3-5 and 10 20"),
        ("from 3 -5 or 5 %-10 %", "from 3 5 or 5 % 10 %"),
        ("- 5 apples", "5 apples"),
        ("~~940~~ <b>7</b>", "940 b 7 b"),
    ],
)
def test_a_mark_that_is_no_sign_stays_out_of_the_number(text: str, words: str) -> None:
    sentence = Words.of(text)
    assert " ".join(sentence.word(at) for at in range(len(sentence.spans))) == words


def test_a_signed_number_is_a_figure_and_fits_where_a_number_is_asked_for() -> None:
    text = "The freezer runs at -80 °C and costs 940 € a year."
    assert valued("What holds?", text, "-80")["figure"] == 1
    assert valued("What holds?", text, "940 €")["figure"] == 1
    assert valued("How much is it?", text, "-80")["fits"] == 1


def test_no_stretch_goes_from_one_cell_into_the_next() -> None:
    sentence = Words.of("Rotor big|R-10 old|45 euros")
    found = {
        sentence.text[sentence.spans[first][0] : sentence.spans[stretch.last][1]]
        for first in range(len(sentence.spans))
        for stretch in stretches(0, sentence, first)
    }
    assert {text for text in found if "|" in text} == set()
    assert "45 euros" in found
    assert len(set(sentence.clauses)) == 3


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("| Fjord M | HI-1002 | 940 | 3 years |", True),
        ("Gold | 399 euros", True),
        ("Rotor|R-10|45 euros", True),
        ("P(A|B) is the chance of A.", False),
        ("Say <|im_end|> or <|im_start|> there.", False),
    ],
)
def test_a_row_of_a_table_is_told_from_a_sentence(text: str, row: bool) -> None:
    assert Words.of(text).is_row() is row
