"""Data sets of every format are told apart by their content and read alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation import DatasetError, open_dataset, tasks_for
from rag.evaluation.datasets import Conversations, Dialogues, Place, QuestionSet

SAMPLES = Path(__file__).parent / "data" / "sample_questions.jsonl"


def _write(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "data.txt"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    path.write_text(text, "utf-8")
    return path


def _squad(*answers: tuple[str, int], **more: Any) -> dict[str, Any]:
    listed = [{"text": text, "answer_start": start} for text, start in answers]
    qa = {"id": "1", "question": " When? ", "answers": listed, **more}
    return {"data": [{"title": "t", "paragraphs": [{"context": "In May 1932.", "qas": [qa]}]}]}


def test_squad_gives_a_document_per_paragraph_and_every_place(tmp_path: Path) -> None:
    found = open_dataset(_write(tmp_path, _squad(("May 1932", 3), ("1932", 7), ("1932", 7))))
    assert isinstance(found, QuestionSet)
    assert dict(found.documents) == {"00000.txt": "In May 1932."}
    (question,) = found.questions
    assert (question.text, question.language) == ("When?", "en")
    assert question.answers == ("May 1932", "1932")
    assert question.evidence == (
        (Place("00000.txt", 1, "May 1932", 3), Place("00000.txt", 1, "1932", 7)),
    )


def test_an_impossible_question_of_squad_2_is_unanswerable(tmp_path: Path) -> None:
    found = open_dataset(_write(tmp_path, _squad(("1932", 7), is_impossible=True)))
    assert isinstance(found, QuestionSet)
    assert not found.questions[0].answerable


def test_conversations_give_a_document_per_turn(tmp_path: Path) -> None:
    turns = [
        {"utterance": "What is it?", "rewritten": "What is tea?", "passage": "A drink."},
        {"utterance": "And now?", "rewritten": "And tea now?", "passage": ""},
        {"utterance": "Is it hot?", "passage": "A drink."},
    ]
    found = open_dataset(_write(tmp_path, [{"topic": 1, "turns": turns}]))
    assert isinstance(found, Conversations)
    assert dict(found.documents) == {"00000.txt": "A drink.", "00001.txt": "A drink."}
    assert [turn.document for turn in found.topics[0]] == ["00000.txt", "", "00001.txt"]
    assert [turn.alone for turn in found.topics[0]] == ["What is tea?", "And tea now?", ""]


def _locomo() -> dict[str, Any]:
    return {
        "speaker_a": "Ann",
        "speaker_b": "Ben",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Ann", "dia_id": "D1:1", "text": "Hi!", "blip_caption": "a dog"},
            {"speaker": "Ben", "dia_id": "D1:02", "text": "Hello."},
        ],
        "session_2_date_time": "1:00 am on 9 May, 2023",
        "session_10_date_time": "12:09 am on 13 September, 2023",
        "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "Bye."}],
    }


QA = [
    {"question": "a", "answer": 1, "evidence": ["D1:1; D:10:1", "D7:7"], "category": 1},
    {"question": "b", "answer": 1, "evidence": ["D01:2"], "category": 5},
    {"question": "c", "answer": 1, "evidence": [], "category": 3},
]


@pytest.mark.parametrize("nested", [False, True])
def test_locomo_gives_sessions_turns_and_questions_with_evidence(
    nested: bool, tmp_path: Path
) -> None:
    sample = {"sample_id": "26", "qa": QA}
    sample = {**sample, "conversation": _locomo()} if nested else {**sample, **_locomo()}
    found = open_dataset(_write(tmp_path, [sample]))
    assert isinstance(found, Dialogues)
    (dialogue,) = found.dialogues
    assert [when for when, _ in dialogue.sessions] == [
        datetime(2023, 5, 8, 13, 56, tzinfo=UTC),
        datetime(2023, 9, 13, 0, 9, tzinfo=UTC),
    ]
    first, second = dialogue.sessions[0][1]
    assert (first.text, first.first) == ("Ann: Hi! [a dog]", True)
    assert (second.id, second.text, second.first) == ("D1:2", "Ben: Hello.", False)
    assert [(q.text, set(q.evidence), q.category) for q in dialogue.questions] == [
        ("a", {"D1:1", "D10:1"}, 1),
        ("b", {"D1:2"}, 5),
    ]


def test_the_sample_questions_are_read_as_a_users_own() -> None:
    found = open_dataset(SAMPLES)
    assert isinstance(found, QuestionSet)
    assert len(found.questions) == 40
    assert sum(not question.answerable for question in found.questions) == 10
    two = next(q for q in found.questions if len(q.evidence) > 1)
    assert [fact[0].document for fact in two.evidence] == [
        "scott-terra-nova.html",
        "amundsen-south-pole.md",
    ]


def test_a_line_separator_inside_a_quote_does_not_end_a_line(tmp_path: Path) -> None:
    rows = [{"question": "q", "document": "d", "quote": "one\u2028two"}, {"question": "r"}]
    rows[1]["answerable"] = False  # type: ignore[assignment]
    found = open_dataset(
        _write(tmp_path, "\n".join(json.dumps(r, ensure_ascii=False) for r in rows))
    )
    assert isinstance(found, QuestionSet)
    assert [question.answerable for question in found.questions] == [True, False]


def test_a_field_that_is_null_is_as_if_left_out(tmp_path: Path) -> None:
    row: dict[str, Any] = {"question": "Who?", "document": "d", "answer": ["Ada", 1932]}
    null = dict.fromkeys(("language", "answerable", "page", "quote", "also"))
    both = [row | null, row | {"answer": None, "also": [{"document": "e", "page": None}]}]
    found = open_dataset(_write(tmp_path, both))
    assert isinstance(found, QuestionSet)
    first, second = found.questions
    assert (first.language, first.answers) == ("en", ("Ada", "1932"))
    assert first.evidence == ((Place("d"),),)
    assert second.answers == ()
    assert second.evidence == ((Place("d"),), (Place("e"),))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("not JSON", "lacks or misspells"),
        ({"surprise": 1}, "no known format"),
        ([], "no known format"),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, "context"),
        ([{"question": "q"}], "names no document"),
        ([{"question": "q", "document": "d", "pgae": 1}], "pgae"),
        ([{"question": "q", "document": "d", "page": "1"}], "the page '1'"),
        ([{"question": "q", "document": "d", "quote": 1}], "the quote 1"),
        ([{"question": "q", "document": "d", "language": "fr"}], "'fr'"),
        ([{"question": 1, "document": "d"}], "Question 1"),
        ([{"question": None, "document": "d"}], "Question 1"),
        ([{"question": "q", "document": None}], "names no document"),
        ([{"question": "q", "document": "d", "also": ["x"]}], r"Question 1 .* also \['x'\]; write"),
        ([{"question": "q", "document": "d", "also": {"document": "e"}}], "; write"),
        ([{"question": "q", "document": "d", "answer": ["a", None]}], "the answer None; write"),
        ([{"question": "q", "document": "d", "answer": True}], "the answer True; write"),
        ([{"question": "q", "document": "d", "answerable": "no"}], "answerable 'no'; write"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_name(value: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=words):
        open_dataset(_write(tmp_path, value))


def test_a_missing_file_is_a_dataset_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.json"):
        open_dataset(tmp_path / "gone.json")


def test_the_tasks_of_a_data_set_are_told_by_its_format(tmp_path: Path) -> None:
    assert tasks_for(SAMPLES) == ("retrieval", "answers", "refusal")
    assert tasks_for(_write(tmp_path, [{**_locomo(), "qa": QA}])) == ("memory",)
    turns = [{"utterance": "a", "passage": "b"}]
    assert tasks_for(_write(tmp_path, [{"topic": 1, "turns": turns}])) == ("followups",)


def test_a_paragraph_that_stands_there_for_every_question_is_one_document(tmp_path: Path) -> None:
    value = _squad(("May 1932", 3))
    value["data"] += _squad(("1932", 7))["data"]
    found = open_dataset(_write(tmp_path, value))
    assert isinstance(found, QuestionSet)
    assert list(found.documents) == ["00000.txt"]
    assert len(found.questions) == 2


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "is empty"),
        ('{"question": "a", "answerable": false}\n{"question": \n', "Line 2 of"),
        ('{"question": "a", "answerable": false}\n{"document": "b"}\n', "Question 2 of"),
        ("[" * 100_000, "lacks or misspells"),
        ('{"question": "\\ud800", "answerable": false}', "lacks or misspells"),
        ('{"question": "a", "document": "b", "page": 1000000000000000000000}', "pages count"),
        (_squad(("May 1932", "3")), "no count of characters"),  # type: ignore[arg-type]
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, value: Any, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        open_dataset(_write(tmp_path, value))


def test_an_empty_answer_is_no_accepted_answer(tmp_path: Path) -> None:
    row = '{"question": "a", "document": "b", "answer": ["", "c "]}'
    found = open_dataset(_write(tmp_path, row))
    assert isinstance(found, QuestionSet)
    assert found.questions[0].answers == ("c",)
