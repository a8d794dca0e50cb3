"""Every task measures a small data set whose result can be seen with the naked eye."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from memory import RecalledTurn, Turn
from rag import Answer, Citation, Sentence
from rag.evaluation import DatasetError, Options, evaluate
from rag.evaluation.datasets import Question
from rag.evaluation.metrics import Span
from rag.evaluation.outcome import Case, pick, sampled
from rag.evaluation.places import Gold
from rag.evaluation.tasks.answers import answer_values, short_wording
from rag.evaluation.tasks.memory import printed_whole
from rag.evaluation.tasks.refusal import Observed, refusal_metrics

PARAGRAPHS = {
    "The Aldford bridge was opened in May 1932 by the engineer Ada Holt.": [
        ("Who opened the Aldford bridge?", "Ada Holt"),
        ("When was the Aldford bridge opened?", "May 1932"),
    ],
    "Green tea reached the island of Terceira in 1662 with merchants from Lisbon.": [
        ("Who brought green tea to Terceira?", "merchants from Lisbon"),
    ],
    "Penguins of the genus Aptenodytes carry a single egg on their feet.": [
        ("Where do Aptenodytes penguins carry their egg?", "on their feet"),
    ],
    "The violin maker Amati worked in Cremona and taught two apprentices.": [
        ("Where did the violin maker Amati work?", "Cremona"),
    ],
}


@pytest.fixture(scope="module")
def squad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    paragraphs = [
        {
            "context": text,
            "qas": [
                {
                    "question": question,
                    "answers": [{"text": answer, "answer_start": text.index(answer)}],
                }
                for question, answer in asked
            ],
        }
        for text, asked in PARAGRAPHS.items()
    ]
    path = tmp_path_factory.mktemp("data") / "squad.json"
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), "utf-8")
    return path


def test_retrieval_finds_every_paragraph_of_an_easy_set(squad: Path) -> None:
    outcome = evaluate("retrieval", squad, Options(compare=True))
    assert outcome.metrics["recall@1"].as_dict() == {"value": 1, "low": 1, "high": 1, "n": 5}
    assert list(outcome.compared) == ["vectors", "bm25", "rrf", "ours"]
    assert outcome.compared["ours"] == outcome.metrics
    assert outcome.settings["places_not_found"] == 0
    assert [case.note for case in outcome.cases] == ["found at rank 1"] * 5


def test_retrieval_counts_a_miss(squad: Path, tmp_path: Path) -> None:
    value = json.loads(squad.read_text("utf-8"))
    asked = value["data"][0]["paragraphs"]
    asked[0]["qas"][0]["question"] = asked[3]["qas"][0]["question"]  # its answer stands elsewhere
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(value), "utf-8")
    outcome = evaluate("retrieval", wrong)
    assert outcome.metrics["recall@1"].value == pytest.approx(4 / 5)
    assert [case.good for case in outcome.cases].count(False) == 1


def test_a_limit_draws_questions_by_the_seed_and_states_it(squad: Path) -> None:
    outcome = evaluate("retrieval", squad, Options(limit=2, seed=1))
    every = [question for asked in PARAGRAPHS.values() for question, _ in asked]
    assert [case.question for case in outcome.cases] == sampled(every, 2, 1) != sampled(every, 2, 2)
    assert outcome.metrics["recall@1"].n == 2
    assert (outcome.settings["limit"], outcome.settings["seed"]) == (2, 1)


def test_answers_are_measured_through_the_whole_program(squad: Path) -> None:
    outcome = evaluate("answers", squad, Options(model="none"))
    assert outcome.metrics["answered"].value == 1
    assert outcome.metrics["contained"].value == 1
    assert outcome.metrics["citation_precision"].value == 1
    assert outcome.metrics["citation_recall"].value == 1
    assert outcome.metrics["short"].value == 0


def test_refusal_leaves_the_knowledge_base_as_it_was(squad: Path) -> None:
    first = evaluate("refusal", squad)
    assert first.metrics["auc"].value > 0.9
    assert len(first.cases) == 10
    assert evaluate("refusal", squad).metrics == first.metrics


def test_a_users_own_questions_need_the_knowledge_base_named(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"question": "q", "document": "a.txt"}\n', "utf-8")
    with pytest.raises(DatasetError, match="--kb"):
        evaluate("retrieval", path)


def test_a_data_set_of_another_kind_is_refused(squad: Path) -> None:
    with pytest.raises(DatasetError, match="'memory' needs a Dialogues"):
        evaluate("memory", squad)
    with pytest.raises(DatasetError, match="no task 'guess'"):
        evaluate("guess", squad)


def _topics(tmp_path: Path) -> Path:
    tea = [
        ("Who was the violin maker Amati?", "The violin maker Amati worked in Cremona."),
        ("Whom did he teach?", "Amati the violin maker taught two apprentices."),
    ]
    birds = [
        ("What is a penguin?", "A penguin is a bird that swims and does not fly."),
        ("What does it eat?", "The penguin eats krill, squid and small fish."),
    ]
    value = [
        {
            "topic": name,
            "turns": [{"utterance": q, "rewritten": q, "passage": p} for q, p in turns],
        }
        for name, turns in (("tea", tea), ("birds", birds))
    ]
    path = tmp_path / "topics.json"
    path.write_text(json.dumps(value), "utf-8")
    return path


def test_followups_are_stated_apart_from_first_questions(tmp_path: Path) -> None:
    outcome = evaluate("followups", _topics(tmp_path), Options(compare=True))
    assert outcome.metrics["recall@1"].as_dict() == {"value": 1, "low": 1, "high": 1, "n": 2}
    assert outcome.metrics["first/recall@1"].n == 2
    assert outcome.metrics["switched/recall@1"].n == 1
    assert outcome.metrics["raw/recall@1"].n == 2
    assert list(outcome.compared) == ["raw question", "ours", "a human's wording"]


def test_a_passage_that_was_shown_is_set_aside_in_every_ranking(tmp_path: Path) -> None:
    turns = [
        {"utterance": "What do penguins eat?", "passage": "Penguins eat krill: penguins eat."},
        {"utterance": "What do penguins eat?", "passage": "Penguins also swallow squid."},
    ]
    path = tmp_path / "same.json"
    path.write_text(json.dumps([{"topic": 1, "turns": turns}]), "utf-8")
    outcome = evaluate("followups", path)
    assert outcome.metrics["first/recall@1"].value == 1
    for name in ("recall@1", "raw/recall@1"):  # the better one was shown already
        assert outcome.metrics[name].value == 1


def test_a_passage_that_stands_twice_in_the_file_is_found_once(tmp_path: Path) -> None:
    turns = [{"utterance": "What do penguins eat?", "passage": "Penguins eat krill."}]
    path = tmp_path / "twins.json"
    path.write_text(json.dumps([{"topic": 1, "turns": turns}, {"topic": 2, "turns": turns}]))
    outcome = evaluate("followups", path)
    assert outcome.metrics["first/recall@10"].as_dict() == {"value": 1, "low": 1, "high": 1, "n": 2}


def _locomo(tmp_path: Path) -> Path:
    said = [("D1:1", "Ann", "I adopted a dog named Pixel in March."), ("D1:2", "Ben", "Lovely!")]
    turns = [{"dia_id": name, "speaker": who, "text": text} for name, who, text in said]
    sample: dict[str, Any] = {
        "sample_id": "1",
        "speaker_a": "Ann",
        "speaker_b": "Ben",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": turns,
        "qa": [
            {"question": "What is the dog of Ann called?", "evidence": ["D1:1"], "category": 4},
            {"question": "What is the cat of Ben called?", "evidence": ["D1:1"], "category": 5},
        ],
    }
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([sample]), "utf-8")
    return path


def test_memory_states_every_kind_and_the_adversarial_questions_apart(tmp_path: Path) -> None:
    outcome = evaluate("memory", _locomo(tmp_path))
    assert {"buffer", "window"} <= set(outcome.compared)
    whole = {"value": 1, "low": 1, "high": 1, "n": 1}
    kinds = outcome.as_dict()["kinds"]
    assert kinds["buffer"]["evidence@512"] == whole
    assert kinds["window"]["adversarial/evidence@2048"] == whole
    assert set(outcome.as_dict()) == {"dataset", "settings", "kinds"}


def _recalled(number: int, text: str, excerpt: str | None = None) -> RecalledTurn:
    from datetime import UTC, datetime

    turn = Turn(number, "u", "s", number, datetime.now(UTC), "user", text)
    return RecalledTurn(turn, 0.0, "", excerpt)


def test_a_turn_counts_as_printed_only_when_it_is_whole() -> None:
    text = "First part. Second part."
    assert printed_whole([_recalled(1, text)]) == {1}
    assert printed_whole([_recalled(1, text, "First part.")]) == set()
    parts = [_recalled(1, text, "First part."), _recalled(1, text, "Second part.")]
    assert printed_whole(parts) == {1}


def _answer(text: str, strategy: Any, *quotes: tuple[str, int]) -> Answer:
    citations = tuple(
        Citation(n, "a", "a", 1, start, start + len(quote), (), quote, n)
        for n, (quote, start) in enumerate(quotes, 1)
    )
    sentences = tuple(Sentence(c.quote, (c.number,)) for c in citations)
    return Answer("q", text, sentences, citations, strategy, "en", (), ("q",), 0.7)


def test_the_values_of_one_answer_by_hand() -> None:
    quotes = [("It opened in May 1932.", 0), ("It is long.", 50)]
    text = "It opened in May 1932. [1]\nIt is long. [2]\nIn short: in May 1932"
    answer = _answer(text, "short", *quotes)
    question = Question("q", "en", ("May 1932",))
    values = answer_values(question, answer, [[Gold(Span("a", 1, 13, 21), 1.0)]])
    assert short_wording(answer) == "in May 1932"
    assert values == {
        "answered": 1,
        "citation_recall": 1,
        "citation_precision": 1,
        "citation_share": 0.5,
        "quotes": 2,
        "contained": 1,
        "f1": pytest.approx(0.8),
        "em": 0,
        "short": 1,
        "short_f1": pytest.approx(0.8),
    }


def test_a_refusal_counts_as_nothing_answered() -> None:
    answer = _answer("The documents do not say.", "refusal")
    question = Question("q", "en", ("The documents",))
    values = answer_values(question, answer, [[Gold(Span("a", 1, 0, 5), 1.0)]])
    assert {name for name, value in values.items() if value} == set()
    assert "citation_precision" not in values


def test_the_metrics_of_a_refusal_by_hand() -> None:
    seen = [
        Observed("a", True, False, 0.9),
        Observed("b", False, True, 0.2),
        Observed("c", True, True, 0.3),
        Observed("d", False, False, 0.6),
    ]
    found = {name: e.value for name, e in refusal_metrics(seen, 0).items()}
    assert found == {
        "refusal_recall": 0.5,
        "false_refusals": 0.5,
        "refusal_precision": 0.5,
        "auc": 0.75,
        "refused@0.05": 0.5,  # below .3, the support of the least sure answerable one
    }


def test_cases_are_picked_by_the_seed_the_bad_ones_first() -> None:
    cases = [Case(str(n), "", "", good=n % 3 > 0) for n in range(30)]
    chosen = pick(cases, 7)
    assert [case.good for case in chosen] == [False] * 5 + [True] * 5
    assert pick(cases, 7) == chosen != pick(cases, 8)
    assert sampled([1, 2], 5, 0) == [1, 2]
