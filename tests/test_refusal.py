"""The probability that the documents hold an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest import Passage
from ingest.embedders.hashing import HashingEmbedder
from rag import Assistant
from rag.evidence import rank_sentences
from rag.evidence.refusal import FEATURES, calibration, features
from rag.language import Language

ROOT = Path(__file__).parents[1]
QUESTIONS = Path(__file__).with_name("data") / "refusal_questions.jsonl"
TEXT = "The otter eats fish. It sleeps in a den. Snow is white."
ELECTRICITY = "训练GPT-3一共用了多少度电？"
CHINESE = "栉水母是海洋动物。它们用纤毛游动。化石极其罕见。"


def probability(
    question: str,
    wanted: dict[str, float],
    bm25: float,
    text: str = TEXT,
    language: Language = "en",
) -> float:
    place = Passage(1, "a", "t", 1, 0, len(text), (), text, 1.0, {"bm25": bm25, "cosine": 0.4})
    found = rank_sentences(question, [place], wanted, HashingEmbedder(64))
    return calibration(language).probability(features(question, found, [place], wanted))


def test_an_answer_that_is_there_is_likelier_than_one_that_is_not() -> None:
    there = probability("What does the otter eat?", {"otter": 3.0, "eat": 2.0}, 6.0)
    absent = probability("What does the zebra cost?", {"zebra": 5.0, "cost": 4.0}, 0.0)
    assert there > 0.5 > absent


def test_a_chinese_answer_that_is_there_is_likelier_than_one_that_is_not() -> None:
    held = {"栉水": 3.0, "水母": 3.0, "用": 1.0, "游动": 2.0}
    there = probability("栉水母用什么游动？", held, 6.0, CHINESE, "zh")
    missing = {"斑马": 4.0, "价格": 4.0}
    absent = probability("斑马的价格是多少？", missing, 0.0, CHINESE, "zh")
    assert there > 0.5 > absent


def test_a_passage_that_leads_by_its_chinese_characters_speaks_for_an_answer() -> None:
    def with_second(score: float) -> float:
        places = [
            Passage(n, str(n), "t", 1, 0, len(CHINESE), (), CHINESE, 1.0, {"characters": each})
            for n, each in enumerate((10.0, score), 1)
        ]
        wanted = {"水母": 3.0}
        found = rank_sentences("水母", places, wanted, HashingEmbedder(64))
        return calibration("zh").probability(features("水母", found, places, wanted))

    assert with_second(2.0) > with_second(9.0)


def test_nothing_found_gives_as_many_numbers_all_zero() -> None:
    assert features("What?", [], [], {}) == (0.0,) * len(FEATURES)


def test_every_language_has_a_calibration_that_tells_where_it_is_from() -> None:
    for language in ("en", "zh"):
        fitted = calibration(language)
        assert len(fitted.weights) == len(FEATURES)
        assert 0 < fitted.threshold < 1
        assert "questions" in fitted.provenance


def test_chinese_does_not_lean_on_an_english_embedder() -> None:
    weights = dict(zip(FEATURES, calibration("zh").weights, strict=True))
    assert {weights[name] for name in FEATURES if "cosine" in name} == {0.0}


def test_what_speaks_for_a_chinese_answer_never_weighs_against_it() -> None:
    weights = dict(zip(FEATURES, calibration("zh").weights, strict=True))
    assert min(weights["held"], weights["held_sentence"], weights["expected"]) > 0
    against = ("stretch", "nowhere", "lacking", "names", "uncounted")
    assert max(weights[name] for name in against) < 0
    assert min(weights["passage_lead"], weights["character_lead"]) > 0


def test_a_probability_stays_in_its_range_whatever_comes() -> None:
    fitted = calibration("en")
    for value in (-1e9, 0.0, 1e9):
        assert 0 <= fitted.probability([value] * len(FEATURES)) <= 1


class WordsOnly(HashingEmbedder):
    """Quick, and like the packaged embedder it says nothing about Chinese."""

    def __init__(self) -> None:
        super().__init__(64)
        self.languages = frozenset({"en"})


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The sample documents, as small a knowledge base as people have, without a real embedder."""
    folder = tmp_path_factory.mktemp("kb")
    with Assistant.open(folder, model="none", embedder=WordsOnly()) as opened:
        opened.ingest(ROOT / "sample_docs")
        yield opened


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The same with the embedder that ships."""
    with Assistant.open(tmp_path_factory.mktemp("kb"), model="none") as opened:
        opened.ingest(ROOT / "sample_docs")
        yield opened


def rows(language: str) -> list[dict[str, Any]]:
    lines = QUESTIONS.read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["language"] == language]


def refused(assistant: Assistant, questions: Iterable[str], session: str = "") -> list[str]:
    """The questions that are refused, each in a session of its own unless one is named."""
    return [q for q in questions if assistant.ask(q, session=session or q).answer.refused]


def tells_apart(assistant: Assistant, language: str) -> None:
    known = [row["question"] for row in rows(language) if row["answerable"]]
    unknown = [row["question"] for row in rows(language) if not row["answerable"]]
    assert len(known) == len(unknown) == 15
    assert len(refused(assistant, known)) <= 1
    assert len(refused(assistant, unknown)) >= 9


def test_ten_documents_are_enough_to_tell_most_chinese_questions_apart(
    chinese: Assistant,
) -> None:
    tells_apart(chinese, "zh")


@pytest.mark.slow
def test_ten_documents_are_enough_to_tell_most_english_questions_apart(
    assistant: Assistant,
) -> None:
    tells_apart(assistant, "en")


@pytest.mark.slow
def test_the_demo_refuses_what_the_documents_do_not_say_and_answers_the_rest(
    assistant: Assistant,
) -> None:
    lines = (ROOT / "docs" / "demo_questions.txt").read_text("utf-8").splitlines()
    assert refused(assistant, lines, "demo") == [
        "How much did Amundsen's expedition cost in Norwegian kroner?",
        ELECTRICITY,
    ]


def test_an_amount_of_something_that_no_document_counts_is_refused(chinese: Assistant) -> None:
    assert refused(chinese, [ELECTRICITY, "GPT-3有多少个参数？"]) == [ELECTRICITY]


def test_what_is_marked_answerable_stands_in_the_sample_documents(chinese: Assistant) -> None:
    texts: dict[str, str] = {}
    for info in chinese.index.documents():
        pages = [chinese.index.page(info.source, number) for number in range(1, 10)]
        words = " ".join(page.text for page in pages if page is not None)
        texts[Path(info.source).name] = "".join(words.split())
    for row in (*rows("en"), *rows("zh")):
        if row["answerable"]:
            assert "".join(row["quote"].split()) in texts[row["document"]], row["question"]
