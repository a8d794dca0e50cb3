"""Chinese conversations over the sample documents: follow-ups find theirs, others lose nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest import Index, ingest_paths
from rag.search import PastExchange, retrieve

ROOT = Path(__file__).resolve().parents[1]
PASSAGES = 8


def _lines(name: str) -> list[dict[str, Any]]:
    text = (ROOT / "tests" / "data" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


CONVERSATIONS = _lines("followups_zh.jsonl")
DOCUMENTS = sorted({row["document"] for row in CONVERSATIONS})
QUESTIONS = [
    row
    for row in _lines("sample_questions.jsonl")
    if row["answerable"] and row["document"] in DOCUMENTS
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index(tmp_path_factory.mktemp("kb")) as made:
        ingest_paths(made, [ROOT / "sample_docs" / name for name in DOCUMENTS])
        yield made


def talk(index: Index, turns: list[str]) -> list[PastExchange]:
    """What a conversation leaves: each question with its best sentence, and where that stood."""
    past: list[PastExchange] = []
    for question in turns:
        best = retrieve(index, question, past, k=PASSAGES).sentences[0]
        past.append(PastExchange(question, best.text, (best.passage.chunk_id,)))
    return past


def nearest(index: Index, question: str, past: list[PastExchange]) -> list[tuple[str, str]]:
    """Document and words of the best sentences."""
    found = retrieve(index, question, past, k=PASSAGES).sentences[:4]
    return [(Path(s.passage.source).name, "".join(s.text.split())) for s in found]


@pytest.mark.parametrize("row", CONVERSATIONS, ids=range(len(CONVERSATIONS)))
def test_a_chinese_follow_up_is_answered_from_its_document(
    index: Index, row: dict[str, Any]
) -> None:
    *before, question = row["turns"]
    best = nearest(index, question, talk(index, before))
    assert row["document"] in [document for document, _ in best[:3]]
    assert any("".join(row["quote"].split())[:8] in words for _, words in best)


def test_a_bare_question_for_drawbacks_needs_its_conversation(index: Index) -> None:
    row = next(row for row in CONVERSATIONS if row["turns"][-1] == "有什么缺点？")
    assert row["document"] not in [name for name, _ in nearest(index, row["turns"][-1], [])[:3]]


def test_questions_behind_another_conversation_find_what_they_find_alone(index: Index) -> None:
    pasts = {row["document"]: talk(index, row["turns"]) for row in CONVERSATIONS[::5]}
    worse = []
    for row in QUESTIONS:
        past = next(past for document, past in pasts.items() if document != row["document"])
        alone = retrieve(index, row["question"], [], k=3).passages
        behind = retrieve(index, row["question"], past, k=3).passages
        held = [
            row["document"] in {Path(passage.source).name for passage in found[:3]}
            for found in (alone, behind)
        ]
        if held == [True, False]:
            worse.append(row["question"])
    assert len(QUESTIONS) >= 12
    assert worse == []


def test_a_question_asked_again_is_answered_again(index: Index) -> None:
    for row in QUESTIONS[::3]:
        past = talk(index, [row["question"]])
        again = retrieve(index, row["question"], past, k=PASSAGES).sentences[0]
        assert again.text == past[0].answer
