"""A question that the document itself asks is answered by what stands below it."""

from __future__ import annotations

from collections import defaultdict

import pytest

from ingest import Heading, Page, Passage
from ingest.embedders.hashing import HashingEmbedder
from rag.evidence import rank_sentences, select
from rag.evidence.headed import asks_same, is_asked
from rag.evidence.ranking import follows_question
from rag.search import Retrieval, Wordings
from rag.support import HEADED, supported

ASKED = [
    ("How do I export my data?", "Open the menu and press the grey button."),
    ("Who can see my photos?", "Only people whom you have invited."),
    ("Why does the app ask for my location?", "It shows the nearest shops."),
    ("如何导出数据？", "打开菜单，点击灰色按钮。"),
    ("学生有优惠吗？", "出示证件可享八折。"),
]


def headings() -> Page:
    text, found = "# Customer questions\n", [Heading(0, 1, "Customer questions")]
    for question, answer in ASKED:
        found.append(Heading(len(text) + 1, 2, question))
        text += f"\n## {question}\n\n{answer}\n"
    return Page(1, text, tuple(found))


PAGES = {
    "headings": headings(),
    "lines": Page(1, "\n\n".join(f"{asked}\n\n{told}" for asked, told in ASKED), ()),
    "labels": Page(1, "\n\n".join(f"Q: {asked}\nA: {told}" for asked, told in ASKED), ()),
}


def found(question: str, page: Page) -> Retrieval:
    place = Passage(1, "a", "Help", 1, 0, len(page.text), (), page.text, 1.0)
    ranked = rank_sentences(question, [place], {}, HashingEmbedder(64), pages=lambda _: page)
    rarity: defaultdict[str, float] = defaultdict(lambda: 1.0)
    return Retrieval(Wordings((question,)), (place,), tuple(ranked), rarity)


@pytest.mark.parametrize("form", list(PAGES))
@pytest.mark.parametrize(("question", "answer"), ASKED)
def test_what_stands_below_the_question_is_quoted_first(
    question: str, answer: str, form: str
) -> None:
    first = found(question, PAGES[form]).sentences[0].text
    assert first.removeprefix("A: ") == answer


@pytest.mark.parametrize("form", list(PAGES))
@pytest.mark.parametrize("question", [question for question, _ in ASKED])
def test_what_stands_below_the_question_is_enough(question: str, form: str) -> None:
    support, enough = supported(found(question, PAGES[form]))
    assert support >= HEADED
    assert enough


@pytest.mark.parametrize("form", list(PAGES))
@pytest.mark.parametrize("question", [question for question, _ in ASKED])
def test_a_question_of_the_document_is_not_quoted_as_an_answer(question: str, form: str) -> None:
    got = found(question, PAGES[form])
    chosen = select(got.sentences, got.rarity)
    assert not any(sentence.text.endswith(("?", "？")) for sentence in chosen)


@pytest.mark.parametrize(
    "question", ["How do I delete my data?", "When was the data centre opened?", "如何删除数据？"]
)
def test_another_question_about_the_same_thing_stays_refused(question: str) -> None:
    assert not supported(found(question, PAGES["headings"]))[1]


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("How do I export my data?", "3. How can I export data?"),
        ("How do I export my data?", "Exporting your data"),
        ("Can I pay in instalments?", "Can I pay in instalments"),
        ("怎么导出数据？", "如何导出数据"),
    ],
)
def test_a_heading_may_ask_in_slightly_other_words(question: str, heading: str) -> None:
    assert is_asked(question, ("Help", heading))


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("When is parental leave?", ("Handbook", "Parental leave")),
        ("Can I bring a dog on the boat?", ("Help", "Can I bring a dog?")),
        ("Which stations support LTE in 2025?", ("Help", "Which stations support LTE in 2024?")),
        ("Can I not pay by card?", ("Help", "Can I pay by card?")),
        ("When can I pay by card?", ("Help", "Can I pay by card?")),
        ("Can I pay by card?", ("Can I pay by card?",)),
        ("Can I pay by card?", ()),
        ("", ("Help", "")),
    ],
)
def test_a_heading_that_asks_less_or_something_else_does_not_ask_it(
    question: str, path: tuple[str, ...]
) -> None:
    assert not is_asked(question, path)


def test_the_letter_that_marks_a_question_does_not_count() -> None:
    for marked in ("Q: Who can see my photos?", "Q3. Who can see my photos?"):
        assert asks_same("Who can see my photos?", marked)
    assert asks_same("如何导出数据？", "问：如何导出数据？")


def test_the_sentence_after_the_next_question_answers_that_one() -> None:
    text = "Who can see my photos?\n\nWho pays?\n\nThe town does. Its council is elected."
    page = Page(1, text, ())
    got = found("Who can see my photos?", page)
    assert not follows_question("Who can see my photos?", got.sentences)
