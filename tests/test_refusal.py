"""The probability that the documents hold an answer."""

from __future__ import annotations

from ingest import Passage
from ingest.embedders.hashing import HashingEmbedder
from rag.evidence import rank_sentences
from rag.refusal import FEATURES, calibration, features

TEXT = "The otter eats fish. It sleeps in a den. Snow is white."


def probability(question: str, wanted: dict[str, float], bm25: float) -> float:
    place = Passage(1, "a", "t", 1, 0, len(TEXT), (), TEXT, 1.0, {"bm25": bm25, "cosine": 0.4})
    found = rank_sentences(question, [place], wanted, HashingEmbedder(64))
    return calibration("en").probability(features(question, found, [place], wanted))


def test_an_answer_that_is_there_is_likelier_than_one_that_is_not() -> None:
    there = probability("What does the otter eat?", {"otter": 3.0, "eat": 2.0}, 6.0)
    absent = probability("What does the zebra cost?", {"zebra": 5.0, "cost": 4.0}, 0.0)
    assert there > 0.5 > absent


def test_nothing_found_gives_as_many_numbers_all_zero() -> None:
    assert features("What?", [], [], {}) == (0.0,) * len(FEATURES)


def test_every_language_has_a_calibration_that_tells_where_it_is_from() -> None:
    for language in ("en", "zh"):
        fitted = calibration(language)
        assert len(fitted.weights) == len(FEATURES)
        assert 0 < fitted.threshold < 1
        assert "questions" in fitted.provenance


def test_a_probability_stays_in_its_range_whatever_comes() -> None:
    fitted = calibration("en")
    for value in (-1e9, 0.0, 1e9):
        assert 0 <= fitted.probability([value] * len(FEATURES)) <= 1
