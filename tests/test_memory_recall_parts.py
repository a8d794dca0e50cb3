"""Dates, cues and sentence groups: the small parts of `recall`, each on its own."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.recall.cues import ASKS, COUNTS, DATES, offers, read_question
from memory.recall.dates import Days, date_match, named_days
from memory.sentence_groups import sentence_groups

TODAY = date(2024, 3, 15)  # a Friday


def span(first, last):
    return Days(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did I say in May?", [Days(month=5)]),
        ("the 7th of July", [Days(month=7, day=7)]),
        ("on 7 July 2023", [span("2023-07-07", "2023-07-07")]),
        (
            "July 7, 2023 or Dec. 2022",
            [span("2023-07-07", "2023-07-07"), span("2022-12-01", "2022-12-31")],
        ),
        ("since 2023-02-03", [span("2023-02-03", "2023-02-03")]),
        ("五月二十二号干完的？", [Days(month=5, day=22)]),
        ("2023年12月的事", [span("2023-12-01", "2023-12-31")]),
        ("十一月十一号走", [Days(month=11, day=11)]),
        ("What did I ask yesterday?", [span("2024-03-14", "2024-03-14")]),
        ("last week", [span("2024-03-04", "2024-03-10")]),
        ("last month", [span("2024-02-01", "2024-02-29")]),
        ("我上周说了什么", [span("2024-03-04", "2024-03-10")]),
        ("may I march there?", []),
        ("31 June 2023", [Days(month=6)]),
        ("13月", []),
        ("三个月", []),
    ],
)
def test_days_are_read_from_a_question(question, expected):
    assert named_days(question, TODAY) == expected


@given(st.text(alphabet="0123456789年月日号十二May Junelastweek/-. ,"))
def test_no_question_breaks_the_reading_of_days(text):
    days = np.array([date(2023, 5, 8).toordinal()])
    (match,) = date_match(days, named_days(text, TODAY))
    assert 0 <= match <= 1


def test_the_right_day_fits_best_and_the_right_month_by_half():
    days = np.array([date(2023, 5, 8), date(2023, 5, 9), date(2023, 6, 8)], dtype="datetime64[D]")
    ordinals = days.astype(np.int64) + date(1970, 1, 1).toordinal()
    for question in ("8 May", "8 May 2023"):
        assert date_match(ordinals, named_days(question, TODAY)).tolist() == [1, 0.5, 0]
    assert date_match(ordinals, named_days("May 2023", TODAY)).tolist() == [1, 1, 0]
    assert date_match(ordinals, []).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("question", "said_by_user", "named"),
    [
        ("What did Melanie paint?", False, True),
        ("What did Ann say to Melanie?", None, False),
        ("What did I tell you?", None, False),
        ("What is my budget?", True, False),
        ("what did you suggest", False, False),
        ("我的预算是多少？", True, False),
        ("你建议刷多高？", False, False),
        ("天窗多少钱？", None, False),
    ],
)
def test_whom_a_question_points_at(question, said_by_user, named):
    asked = read_question(question, ["Melanie", "Ann"])
    assert (asked.said_by_user, asked.named) == (said_by_user, named)


@pytest.mark.parametrize("question", ["And then?", "Was it late?", "那后来呢？", "它多大？"])
def test_a_question_that_leans_is_seen(question):
    assert read_question(question).leans


@pytest.mark.parametrize("question", ["What did Ann do with her cello?", "天窗多少钱？"])
def test_a_question_that_stands_alone_does_not_lean(question):
    assert not read_question(question).leans


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("We met last week.", DATES),
        ("Three of them?", COUNTS | ASKS),
        ("花了十九天", DATES | COUNTS),
        ("一共四千块", COUNTS),
        ("Fine.", 0),
        ("是吗？", ASKS),
    ],
)
def test_what_a_turn_offers(text, bits):
    assert offers(text) & bits == bits
    assert bits or not offers(text)


@given(st.text(alphabet="ab.!? \n。！？…“”一二", max_size=400), st.integers(1, 60))
def test_groups_are_the_text_again(text, size):
    groups = sentence_groups(text, size)
    assert "".join(groups) == text
    assert all(groups) or text == ""


def test_groups_end_at_sentences():
    text = "One is here. Two is there. 三在这里。四在那里。"
    assert sentence_groups(text, 30) == ["One is here. Two is there. ", "三在这里。四在那里。"]
