"""SQuAD-format JSON (SQuAD, XQuAD, CMRC 2018, DRCD): each paragraph becomes a document.

One that stands there several times, with a question each, is one document all the same.
"""

from __future__ import annotations

from typing import Any

from ...language import language_of
from .base import Place, Question, QuestionSet

__all__ = ["is_squad", "read_squad"]


def is_squad(value: Any) -> bool:
    """Whether a parsed JSON value is of this format."""
    articles = value.get("data") if isinstance(value, dict) else None
    return isinstance(articles, list) and all(
        isinstance(article, dict) and "paragraphs" in article for article in articles
    )


def read_squad(name: str, sha256: str, value: Any) -> QuestionSet:
    """The questions of a file, with the accepted answers and where they stand.

    A question of SQuAD 2.0 that is marked impossible has no evidence.

    Raises:
        KeyError: a field is missing.
    """
    documents: dict[str, str] = {}
    names: dict[str, str] = {}
    questions = []
    for article in value["data"]:
        for paragraph in article["paragraphs"]:
            document = names.setdefault(paragraph["context"], f"{len(names):05d}.txt")
            documents[document] = paragraph["context"]
            questions += [_question(item, document) for item in paragraph["qas"]]
    return QuestionSet(name, sha256, tuple(questions), documents)


def _question(item: Any, document: str) -> Question:
    answers = () if item.get("is_impossible") else item["answers"]
    places = tuple(
        dict.fromkeys(
            Place(document, 1, answer["text"], _start(answer))
            for answer in answers
            if answer["text"].strip()
        )
    )
    accepted = tuple(dict.fromkeys(place.quote for place in places))
    text = item["question"].strip()
    return Question(text, language_of(text), accepted, (places,) if places else ())


def _start(answer: Any) -> int | None:
    start = answer.get("answer_start")
    if start is not None and (not isinstance(start, int) or start < 0):
        raise ValueError(f"answer_start {start!r} is no count of characters")
    return start
