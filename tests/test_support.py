"""Whether what was found is enough, where a question goes on about the sentence just quoted."""

from __future__ import annotations

from collections import defaultdict

import pytest

from ingest import Heading, Page, Passage
from ingest.embedders.hashing import HashingEmbedder
from rag.evidence import Thread, rank_sentences
from rag.search import Retrieval, Wordings
from rag.support import GOES_ON, supported

ENGLISH = "The glass harp was made known by Ada Holt in her treatise on bowls of 1871."
CHINESE = "玻璃琴由霍尔特在1871年的专著中介绍给公众。"
OTHER = "Snow is white and cold. Frogs sing at night. A treatise on frogs came out in 1902."


def place(number: int, text: str) -> Passage:
    return Passage(number, str(number), "t", 1, 0, len(text), (), text, 2.0 - number)


def found(question: str, earlier: str, said: str, source: str) -> Retrieval:
    places = [place(1, source), place(2, OTHER)]
    thread = Thread((earlier,) if earlier else (), said, frozenset("1"))
    ranked = rank_sentences(question, places, {}, HashingEmbedder(64), thread=thread)
    asked = Wordings((question,), context=thread.asked, said=said)
    return Retrieval(asked, tuple(places), tuple(ranked), defaultdict(lambda: 1.0))


@pytest.mark.parametrize(
    ("earlier", "question", "source"),
    [
        ("Who made the glass harp known?", "In which year did her treatise appear?", ENGLISH),
        ("Who made the glass harp known?", "When did her treatise come out?", ENGLISH),
        ("谁把玻璃琴介绍给公众？", "他的专著是哪一年的？", CHINESE),
    ],
)
def test_the_sentence_just_quoted_answers_what_else_is_asked_about_it(
    earlier: str, question: str, source: str
) -> None:
    alone = found(question, "", "", source)
    assert supported(alone)[0] < GOES_ON
    going_on = found(question, earlier, f"{source}\nSnow is white.", source)
    assert going_on.sentences[0].text == source
    assert supported(going_on) == (GOES_ON, True)


@pytest.mark.parametrize(
    ("earlier", "question", "source"),
    [
        ("Who made the glass harp known?", "How many children did she have?", ENGLISH),
        ("Who made the glass harp known?", "In which year was she born?", ENGLISH),
        ("When was the glass harp made known?", "When did the glass harp in Leeds break?", ENGLISH),
        ("Who made the glass harp known?", "When did her second treatise appear?", ENGLISH),
        ("谁把玻璃琴介绍给公众？", "她有几个孩子？", CHINESE),
        ("谁把玻璃琴介绍给公众？", "她的第二本专著是哪一年的？", CHINESE),
    ],
)
def test_what_the_quoted_sentence_does_not_tell_stays_refused(
    earlier: str, question: str, source: str
) -> None:
    assert not supported(found(question, earlier, source, source))[1]


def test_a_sentence_that_was_not_quoted_is_judged_as_ever() -> None:
    earlier, question = "Who made the glass harp known?", "In which year did her treatise appear?"
    unsaid = found(question, earlier, "Snow is white.", ENGLISH)
    assert not supported(unsaid)[1]


def test_who_wants_to_be_surer_still_is_told_no() -> None:
    earlier, question = "Who made the glass harp known?", "In which year did her treatise appear?"
    assert not supported(found(question, earlier, ENGLISH, ENGLISH), 0.95)[1]


@pytest.mark.parametrize(
    ("question", "enough"),
    [("What is parental leave?", True), ("What is parental leave for students?", False)],
)
def test_a_section_that_is_headed_like_the_thing_is_enough(question: str, enough: bool) -> None:
    told = "Each of both may stay at home for a year."
    text = f"Hours\n\nThe house opens at nine.\n\nParental leave\n\n{told}"
    headings = (Heading(0, 1, "Hours"), Heading(text.index("Parental"), 1, "Parental leave"))
    page, places = Page(1, text, headings), [place(1, text), place(2, OTHER)]
    ranked = rank_sentences(
        question, places, {}, HashingEmbedder(64), pages=lambda p: page if p.source == "1" else None
    )
    assert ranked[0].text == told
    rarity = defaultdict(lambda: 1.0)
    asked = Retrieval(Wordings((question,)), tuple(places), tuple(ranked), rarity)
    assert supported(asked)[1] is enough
