"""Sentences of passages, ordered by how well they answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest import Heading, Page, Passage
from ingest.embedders.hashing import HashingEmbedder
from rag.evidence import EvidenceSentence, Thread, rank_sentences, select
from rag.evidence.ranking import MARGIN

TEXT = (
    "# Otters\n\nOtters are mammals of rivers. The otter eats fish. It sleeps in a den.\n\n"
    "Badgers dig. The badger eats worms on 3 May 1999."
)
PAGE = Page(1, TEXT, (Heading(0, 1, "Otters"),))


def passage(text: str = TEXT, chunk_id: int = 1, score: float = 1.0, source: str = "a") -> Passage:
    return Passage(chunk_id, source, "Animals", 1, 0, len(text), ("Otters",), text, score)


def ranked(question: str, *passages: Passage, thread: Thread = Thread()) -> list[EvidenceSentence]:  # noqa: B008
    rarity = dict.fromkeys(("otter", "eat", "badger", "fish", "worm"), 1.0)
    found = passages or (passage(),)
    return rank_sentences(
        question, found, rarity, HashingEmbedder(64), pages=lambda _: PAGE, thread=thread
    )


def test_the_sentence_that_answers_comes_first() -> None:
    assert ranked("What does the otter eat?")[0].text == "The otter eats fish."


def test_spans_count_in_the_page() -> None:
    for sentence in ranked("What does the otter eat?"):
        assert TEXT[sentence.start : sentence.end] == sentence.text


def test_a_heading_is_no_sentence() -> None:
    assert not any("#" in sentence.text for sentence in ranked("What are otters?"))


def test_a_date_is_preferred_for_when() -> None:
    assert "1999" in ranked("When does the badger eat?")[0].text


def test_what_was_said_stands_back() -> None:
    said = Thread(asked=("What does the otter eat?",), said="The otter eats fish.")
    assert ranked("What does it eat?", thread=said)[0].text != "The otter eats fish."


BUILDER = "Ada Holt built the mill in 1871."
OWNER = "A Leeds firm bought the mill in 1902."
BUILDER_ZH = "这座磨坊由霍尔特·艾达于1871年建成。"


@pytest.mark.parametrize(
    ("before", "first"),
    [("Who built the mill?", BUILDER), ("When was the mill built?", OWNER)],
)
def test_what_was_said_comes_again_when_something_else_of_it_is_asked(
    before: str, first: str
) -> None:
    thread = Thread(asked=(before,), said=BUILDER)
    found = [passage(f"{BUILDER} {OWNER} Wheat grows. Rain falls. It stands still.")]
    assert rank_sentences("In which year was it?", found, {}, None, thread=thread)[0].text == first


def test_what_was_said_comes_again_in_chinese_when_something_else_of_it_is_asked() -> None:
    text = f"{BUILDER_ZH}公司于1902年买下这座磨坊。麦子成熟。下雨了。"
    for before, first in (("谁建了磨坊？", True), ("磨坊是哪一年建成的？", False)):
        thread = Thread(asked=(before,), said=BUILDER_ZH)
        best = rank_sentences("那是哪一年？", [passage(text)], {}, None, thread=thread)[0]
        assert (best.text == BUILDER_ZH) is first


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "When did he reach the summit?",
            "They had reached the ridge on 3 May 1902, and the summit was near.",
            "On 9 July 1911 the summit was climbed.",
        ),
        (
            "他何时登顶？",
            "1902年5月3日有人试图登顶。",
            "1911年7月9日全队登顶，大家欢呼雀跃，久久不愿下山。",
        ),
    ],
)
def test_a_follow_up_is_answered_from_the_document_that_the_conversation_is_about(
    question: str, one: str, other: str
) -> None:
    """The other climber's page has more of the words."""
    found = [
        passage(f"{one} Snow fell. The tent was torn.", 1, 1.0, "other"),
        passage(f"{other} Wind rose. The rope froze.", 2, 1.0, "asked"),
    ]
    alone = rank_sentences(question, found, {}, None)
    thread = Thread(("Who was Ada Holt?",), "", frozenset({"asked"}))
    inside = rank_sentences(question, found, {}, None, thread=thread)
    assert alone[0].text == one
    assert inside[0].text == other


def test_overlapping_passages_share_their_sentences() -> None:
    once = ranked("What does the otter eat?")
    twice = ranked("What does the otter eat?", passage(), passage(chunk_id=2))
    assert [s.text for s in twice] != []
    assert len(twice) == len(once)


def test_short_chinese_sentences_count() -> None:
    text = "公司介绍。总部在上海。成立于九八年。员工约百人。"
    found = rank_sentences("总部在哪里？", [passage(text)], {}, None)
    assert found[0].text == "总部在上海。"


def test_nothing_gives_nothing() -> None:
    assert ranked("What?", passage("")) == []
    assert rank_sentences("What?", [], {}, None) == []
    assert select([], {}) == []


def test_a_second_quote_does_not_repeat_the_first() -> None:
    twin = "The otter eats fish. The otter eats fish! The badger eats worms."
    chosen = select(ranked("What do otter and badger eat?", passage(twin)), {"badger": 2.0})
    assert len({sentence.text.rstrip("!.") for sentence in chosen}) == len(chosen) == 2


def sentence(at: int, text: str, score: float, page: Passage) -> EvidenceSentence:
    return EvidenceSentence(page, at, at + len(text), text, score, 0.0, 0.0, frozenset())


def test_the_second_quote_is_rather_the_neighbour_of_the_first() -> None:
    here, elsewhere = passage(), passage(chunk_id=2, source="b")
    first = sentence(20, "The stock exchange closed.", 5.0, here)
    after = sentence(47, "It opened again in 1991.", 2.0, here)
    far = sentence(47, "Another building stands there.", 2.5, elsewhere)
    farther = sentence(90, "Trams run nearby.", 2.6, here)
    assert select([first, farther, far, after], {}) == [first, after]
    better = replace(far, score=4.0)
    assert select([first, better, after], {}) == [first, better]


def test_a_heading_between_them_parts_neighbours() -> None:
    text = "Otters eat fish.\n\n# Badgers\n\nThey dig."
    where = (Heading(18, 1, "Badgers"),)
    page = Page(1, text, where)
    found = rank_sentences("Do otters dig?", [passage(text)], {}, None, pages=lambda _: page)
    digs = next(each for each in found if each.text == "They dig.")
    assert digs.terms == {"dig"}
    assert digs.about == {"dig"}


def test_the_lead_goes_first() -> None:
    order = ranked("What does the otter eat?")
    lead = (order[-1], order[-2])
    assert tuple(select(order, {}, lead=lead)) == lead


def test_what_a_document_is_about_stands_back_unless_that_is_asked() -> None:
    text = "This guide tells how otters eat fish and sleep. The otter eats fish."
    first = {
        question: rank_sentences(question, [passage(text)], {}, None)[0].text
        for question in (
            "How do otters eat and sleep?",
            "What is this guide about: how otters eat?",
        )
    }
    assert [found.startswith("This guide") for found in first.values()] == [False, True]


def test_a_section_of_a_road_is_no_section_of_the_document() -> None:
    told = "This section of the road was closed in May 2003."
    text = f"The road was closed to carts in a hard winter. {told} Snow fell. Trees stood."
    best = rank_sentences("When was the road closed?", [passage(text)], {}, None)[0]
    assert best.text == told


@pytest.mark.parametrize(
    ("heading", "question", "first"),
    [
        ("## 2. Badger setts", "How deep are badger setts?", "Badgers dig four metres down."),
        ("## Badger setts: 4 m deep", "How deep are badger setts?", "## Badger setts: 4 m deep"),
        ("## 二、獾的洞穴", "獾的洞穴有多深？", "獾能挖到地下四米。"),
    ],
)
def test_a_heading_that_stands_alone_is_quoted_only_if_it_tells_something(
    heading: str, question: str, first: str
) -> None:
    told = "獾能挖到地下四米。" if "獾" in heading else "Badgers dig four metres down."
    text = f"{heading}\n\n{told}"
    page = Page(1, text, (Heading(0, 2, heading.lstrip("# ")),))
    at = text.index("\n\n")
    alone = passage(text[:at], 1, 2.0)
    below = replace(passage(text[at + 2 :], 2, 1.0), start=at + 2, end=len(text))
    found = rank_sentences(question, [alone, below], {}, None, pages=lambda _: page)
    assert found[0].text == first


def test_the_second_quote_is_what_the_first_one_points_back_at() -> None:
    here = passage()
    named = sentence(20, "The harp hall was built of oak.", 1.0, here)
    first = sentence(52, "It opened in 1871.", 5.0, here)
    other = sentence(90, "Halls open in spring.", 2.5, here)
    assert select([first, other, named], {}) == [first, named]
    plain = replace(first, text="Oak halls opened in 1871.")
    assert select([plain, other, named], {}) == [plain, other]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A password has at least eight characters.", "A password has at least 14 characters."),
        ("The hourly rate is 120 euros in Norway.", "The hourly rate is 135 euros in Norway."),
        ("上海的住宿标准为每晚600元。", "上海的住宿标准为每晚750元。"),
        ("工作满十年的员工，年假十天。", "工作满二十年的员工，年假十五天。"),
    ],
)
def test_two_sentences_that_tell_other_numbers_are_both_quoted(first: str, second: str) -> None:
    best = sentence(0, first, 5.0, passage())
    other = sentence(0, second, 4.5, passage(chunk_id=2, source="b"))
    third = sentence(0, "Trams run nearby.", 4.0, passage(chunk_id=3, source="c"))
    assert select([best, other, third], {}) == [best, other]


def test_the_same_with_fewer_numbers_or_in_words_is_a_repetition() -> None:
    best = sentence(0, "A staff portal password has 8 characters for 90 days.", 5.0, passage())
    for repeated in ("A staff portal password has eight characters.", "A password has days."):
        other = sentence(0, repeated, 4.9, passage(chunk_id=2, source="b"))
        assert select([best, other], {}) == [best]


def test_a_second_quote_must_come_near_the_first_or_add_to_it() -> None:
    best = replace(sentence(0, "The hall opened.", 12.0, passage()), terms=frozenset({"hall"}))
    far = sentence(0, "Hotels cost money.", 12.0 - MARGIN - 1, passage(chunk_id=2, source="b"))
    assert select([best, far], {}) == [best]
    for kept in (
        replace(far, score=12.0 - MARGIN),
        replace(far, terms=frozenset({"year"}), about=frozenset({"year"})),
        replace(far, passage=best.passage, start=best.end + 1, end=best.end + 9),
    ):
        assert select([best, kept], {}) == [best, kept]


@pytest.mark.parametrize(
    ("first", "next_one"),
    [
        ("Disputes are settled as follows:", "A court in Oslo decides."),
        ("双方应友好协商；", "协商不成的，提交仲裁。"),
    ],
)
def test_what_a_colon_or_semicolon_leads_in_is_the_second_quote(first: str, next_one: str) -> None:
    here = passage()
    best = sentence(0, first, 5.0, here)
    after = sentence(best.end + 1, next_one, 0.0, here)
    other = sentence(0, "The seller is Ada Holt.", 4.9, passage(chunk_id=2, source="b"))
    assert select([best, other, after], {}) == [best, after]
