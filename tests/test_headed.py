"""A question about a thing is answered where a section is named like it."""

from __future__ import annotations

import time

import pytest

from ingest import Heading, Page, Passage
from rag.evidence import rank_sentences, select
from rag.evidence.cut import Cut, cut
from rag.evidence.headed import FADING, asks_same, headed, is_headed, thing

ENGLISH = (
    "1. Knots in general\nSome cut the bow knot. A wet bow knot slips. Ropes age.\n"
    "2. The bow knot\nSailors learned it from weavers: cross two loops and pull. "
    "Wet ropes hold it longer. Ropes age quickly."
)
CHINESE = (
    "一、打结概说\n有人剪开蝴蝶结。湿的蝴蝶结容易松。旧的蝴蝶结难解。长的蝴蝶结会散。\n"
    "二、蝴蝶结\n这种结由水手传开：把两个环交叉后拉紧。湿绳更牢。绳子老化很快。"
)


def page_of(text: str, *titles: str) -> Page:
    headings = (Heading(text.index(title), 1, title) for title in titles)
    return Page(1, text, tuple(headings))


PAGES = {
    "en": page_of(ENGLISH, "1. Knots in general", "2. The bow knot"),
    "zh": page_of(CHINESE, "一、打结概说", "二、蝴蝶结"),
}


def passage(page: Page) -> Passage:
    return Passage(1, "a", "Ropes", 1, 0, len(page.text), (), page.text, 1.0)


def cuts(page: Page) -> dict[str, Cut]:
    return {sentence.text: sentence for sentence in cut([passage(page)], lambda _: page)}


def first(question: str, page: Page | None, text: str) -> str:
    found = passage(page or Page(1, text, ()))
    return rank_sentences(question, [found], {}, None, pages=lambda _: page)[0].text


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What is the bow knot?", "bow knot"),
        ("What's a bow knot?", "bow knot"),
        ("What does the bow knot rule say?", "bow knot rule"),
        ("What are half hitches", "half hitches"),
        ("什么是蝴蝶结？", "蝴蝶结"),
        ("请问什么是蝴蝶结？", "蝴蝶结"),
        ("蝴蝶结是什么？", "蝴蝶结"),
        ("蝴蝶结是什么意思？", "蝴蝶结"),
        ("When was the bow knot invented?", None),
        ("蝴蝶结什么时候流行？", None),
        ("", None),
    ],
)
def test_the_thing_is_what_the_question_asks_to_be_told_about(
    question: str, name: str | None
) -> None:
    assert thing(question) == name


@pytest.mark.parametrize(
    ("question", "language", "opening"),
    [
        ("What is the bow knot?", "en", "Sailors learned it"),
        ("What does the bow knot rule say?", "en", "Sailors learned it"),
        ("什么是蝴蝶结？", "zh", "这种结由水手"),
        ("蝴蝶结是什么？", "zh", "这种结由水手"),
    ],
)
def test_what_a_thing_is_stands_first_in_the_section_that_is_named_like_it(
    question: str, language: str, opening: str
) -> None:
    page = PAGES[language]
    assert first(question, page, page.text).startswith(opening)
    assert not first(question, None, page.text).startswith(opening)


def test_a_question_about_something_else_of_the_thing_gains_nothing_by_the_heading() -> None:
    assert headed("Who tied the first bow knot?") is None
    assert headed("谁打了第一个蝴蝶结？") is None


def test_later_sentences_of_the_section_gain_less_and_other_sections_nothing() -> None:
    opening = headed("What is the bow knot?")
    assert opening is not None
    shares = [opening(sentence) for sentence in cuts(PAGES["en"]).values()]
    assert shares == [0, 0, 0, 1, FADING, FADING**2]


def test_a_heading_that_shares_a_few_words_does_not_name_the_thing() -> None:
    page = page_of("The bow of old wooden ships\nIt is sharp.", "The bow of old wooden ships")
    opening = headed("What is the bow knot?")
    assert opening is not None
    assert opening(cuts(page)["It is sharp."]) == 0


@pytest.mark.parametrize(
    "title", ["Bow knot: loops and uses", "Weaving (bow knot)", "1.2 Bow knot"]
)
def test_a_part_of_a_heading_and_a_numbered_one_name_the_thing(title: str) -> None:
    page = page_of(f"{title}\nIt is old.", title)
    opening = headed("What is a bow knot?")
    assert opening is not None
    assert opening(cuts(page)["It is old."]) == 1


def test_the_first_of_several_things_in_a_heading_is_what_its_section_opens_with() -> None:
    page = page_of("Bow knot, reef knot\nIt is old.", "Bow knot, reef knot")
    shares = []
    for question in ("What is a bow knot?", "What is a reef knot?"):
        opening = headed(question)
        assert opening is not None
        shares.append(opening(cuts(page)["It is old."]))
    assert shares[0] == 1 > shares[1]


def test_a_section_that_goes_on_from_the_page_before_opens_nothing_here() -> None:
    page = Page(2, "It holds well. Ropes age.", (Heading(0, 1, "The bow knot"),))
    opening = headed("What is the bow knot?")
    assert opening is not None
    assert [opening(sentence) for sentence in cuts(page).values()] == [0, 0]


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("What is a bow knot?", ("Ropes", "Knots", "2. The bow knot")),
        ("What does the 3-2-1 backup rule say?", ("Backups", "3. The 3-2-1 rule")),
        ("What is C++?", ("Languages", "C++")),
        ("缓冲记忆是什么意思？", ("记忆", "二、缓冲记忆")),
    ],
)
def test_the_innermost_heading_names_the_thing(question: str, path: tuple[str, ...]) -> None:
    assert is_headed(question, path)


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("What is a bow knot?", ("Ropes", "The bow knot", "Ropes")),
        ("When was the bow knot made?", ("Ropes", "2. The bow knot")),
        ("What is a bow knot?", ("The bow knot",)),
        ("What is a bow knot?", ()),
        ("What is the refund policy for students?", ("Shop", "Refund policy")),
        ("What is the 2023 annual budget?", ("Town", "2024 annual budget")),
        ("What is article 5 of the safety code?", ("Safety", "Article 6 of the safety code")),
        ("What is not covered by the warranty?", ("Warranty", "Covered by the warranty")),
        ("What is before the exam?", ("School", "After the exam")),
        ("What is C++?", ("Languages", "C#")),
        ("报销流程的例外是什么？", ("财务", "报销流程")),
    ],
)
def test_a_heading_that_says_less_or_something_else_does_not_name_it(
    question: str, path: tuple[str, ...]
) -> None:
    assert not is_headed(question, path)


@pytest.mark.parametrize(
    "marked", ["## The `bow` knot", "## The **bow** knot", "## The [bow] knot"]
)
def test_marks_within_a_heading_do_not_hide_it(marked: str) -> None:
    told = "Sailors learned it from weavers: cross two loops and pull."
    text = f"{marked}\n\n{told} Wet ropes hold it longer.\n\n## A knot\n\nA bow knot slips.\n"
    headings = (Heading(0, 2, "The bow knot"), Heading(text.index("## A"), 2, "A knot"))
    page = Page(1, text, headings)
    found = rank_sentences("What is the bow knot?", [passage(page)], {}, None, pages=lambda _: page)
    assert found[0].text == told
    assert not any("#" in sentence.text for sentence in found)


@pytest.mark.parametrize(
    ("title", "told", "question"),
    [
        ("Chapter 17: Supply chain", "Nordbolt delivers it.", "Who runs the supply chain?"),
        ("2.1 Supply chain", "Nordbolt delivers it.", "Who runs the supply chain?"),
        ("SUPPLY CHAIN", "Nordbolt delivers it.", "Who runs the supply chain?"),
        ("第三章 供应链", "全部由北方五金厂提供。", "供应链由谁提供？"),
        ("三、供应链", "全部由北方五金厂提供。", "供应链由谁提供？"),
    ],
)
def test_a_line_that_looks_like_a_heading_is_not_quoted(
    title: str, told: str, question: str
) -> None:
    page = Page(1, f"{title}\n\n{told}", ())
    found = rank_sentences(question, [passage(page)], {}, None, pages=lambda _: page)
    assert [each.text for each in select(found, {})] == [told]


def test_a_line_that_looks_like_a_heading_is_quoted_where_nothing_else_stands() -> None:
    page = Page(1, "Chapter 17: Chain", ())
    found = rank_sentences("Who runs the chain?", [passage(page)], {}, None)
    assert [each.text for each in select(found, {})] == ["Chapter 17: Chain"]


@pytest.mark.parametrize(
    "text",
    [
        "一、赵敏负责展会\n二、刘洋负责质量\n三、陈明负责培训",
        "Chapter 3 applies to all members of the club and to their guests as well as to staff",
        "3.1 kilowatts",
        "DO NOT OPEN",
        "Chapter 3: Nobody may enter.",
    ],
)
def test_an_item_of_a_list_and_a_line_that_tells_something_are_sentences(text: str) -> None:
    page = Page(1, text, ())
    assert not any(each.title for each in cut([passage(page)], lambda _: page))


def test_hostile_questions_cost_nothing() -> None:
    started = time.process_time()
    for question in (
        "what is " + "a " * 90,
        "什么是" * 60,
        "是什么" * 60,
        "what is " + "的" * 10_000,
    ):
        headed(question)
        asks_same(question, "q" + " " * 20_000 + "?")
    assert time.process_time() - started < 1
