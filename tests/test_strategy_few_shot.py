"""Solved examples: read by the line, the most similar next to the question, not in the thread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest import Vectors
from ingest.embedders.hashing import HashingEmbedder
from rag import Assistant
from rag.errors import StrategyError
from rag.strategies import read_examples
from rag.strategies.examples import nearest

from .scripted_model import Scripted, assistant_with

WHEN = "When was the bridge over the Arl opened?"
RIGHT = "It was opened in May 1932."
SOLVED = [
    {"question": "Who baked the cake?", "answer": "Uncle Bo."},
    {"question": "When was the tower opened?", "answer": "In 1801.", "passages": ["T. T."]},
    {"question": "When was the bridge over the Selm opened?", "answer": "In 1700.", "steps": "S."},
    {"question": "How deep is the lake?", "answer": "9 metres."},
]


def written(folder: Path, rows: list[Any]) -> Path:
    path = folder / "examples.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


@pytest.fixture(autouse=True)
def _quick(quick_parser: None) -> None:
    """Documents are read in this process."""


def few_shot(tmp_path: Path, *lines: str, **more: Any) -> tuple[Assistant, Scripted]:
    path = written(tmp_path, SOLVED)
    model = Scripted(*lines, n_ctx=more.pop("n_ctx", 100_000))
    settings = {"strategy": "few-shot", "examples": str(path), "shots": 2, **more}
    return assistant_with(tmp_path, model, **settings), model


def test_the_most_similar_example_stands_next_to_the_question(tmp_path: Path) -> None:
    assistant, model = few_shot(tmp_path, RIGHT)
    with assistant:
        answer = assistant.ask(WHEN).answer
    told = model.user_turn()
    places = [told.index(part) for part in ("[1] ", "the tower", "over the Selm", WHEN)]
    assert places == sorted(places)
    assert "cake" not in told
    assert "Text: T. T.\nQuestion: When was the tower opened?\nAnswer: In 1801." in told
    assert "S." not in told.split("Solved examples")[1], "few-shot tells no steps"
    assert answer.budget is not None
    parts = dict(answer.budget.parts)
    assert list(parts) == ["system", "passages", "examples", "question"]
    assert sum(parts.values()) == answer.budget.prompt
    assert answer.method == "few-shot"


def test_examples_are_given_up_before_anything_else_the_least_similar_first(
    tmp_path: Path,
) -> None:
    assistant, _ = few_shot(tmp_path, RIGHT, RIGHT)
    with assistant:
        whole = assistant.ask(WHEN, session="whole").answer.budget
        assert whole is not None
        tight = assistant.for_user("you")
        tight.model = Scripted(RIGHT, n_ctx=whole.prompt + whole.answer_room - 1)
        answer = tight.ask(WHEN, session="tight").answer
    told = tight.model.user_turn()
    assert "over the Selm" in told
    assert "the tower" not in told
    assert answer.budget is not None
    assert (answer.budget.dropped_examples, answer.budget.dropped_passages) == (1, 0)
    assert answer.budget.as_dict()["dropped_examples"] == 1
    assert answer.method == "few-shot"


def test_without_room_for_any_example_the_answer_is_direct_and_says_so(tmp_path: Path) -> None:
    assistant, _ = few_shot(tmp_path, RIGHT)
    with assistant:
        whole = assistant.ask(WHEN, session="whole").answer.budget
        assert whole is not None
        n_ctx = whole.prompt - whole.parts["examples"] + whole.answer_room + 10
        tight = assistant.for_user("you")
        tight.model = Scripted(RIGHT, n_ctx=n_ctx)
        answer = tight.ask(WHEN, session="tight").answer
    assert answer.method == "direct"
    assert f"{n_ctx} tokens" in answer.remarks[0]
    assert answer.budget is not None
    assert answer.budget.dropped_passages == 0


def test_without_a_file_the_answer_is_direct_and_says_so(tmp_path: Path) -> None:
    with assistant_with(tmp_path, Scripted(RIGHT), strategy="few-shot") as assistant:
        answer = assistant.ask(WHEN).answer
    assert (answer.method, answer.text) == ("direct", f"{RIGHT} [1]")
    assert "--examples FILE" in answer.remarks[0]
    assert answer.tokens["calls"] == 1


def test_examples_are_in_a_growing_prompt_once_and_what_stood_before_them_is_reused(
    tmp_path: Path,
) -> None:
    assistant, model = few_shot(tmp_path, RIGHT, "It is 411 metres long.")
    with assistant:
        assistant.ask(WHEN, session="s").answer  # noqa: B018
        assistant.ask("How long is the bridge over the Arl?", session="s").answer  # noqa: B018
    first, second = (prompt.turns for prompt, _ in model.asked)
    assert "Solved examples" not in "".join(turn.content for turn in second[:-1])
    assert second[-1].content.count("Solved examples") == 1
    kept = second[1].content
    assert first[1].content.startswith(kept.partition("\n\nQuestion: ")[0])


def test_an_example_that_the_model_makes_up_ends_the_answer(tmp_path: Path) -> None:
    assistant, model = few_shot(tmp_path, RIGHT)
    with assistant:
        assistant.ask(WHEN).answer  # noqa: B018
    assert "\nQuestion:" in model.asked[0][1].stop


class Counting(HashingEmbedder):
    """Counts the texts it embeds."""

    count = 0

    def embed(self, texts: Any, role: Any = "passage") -> Vectors:
        self.count += len(texts)
        return super().embed(texts, role)


def test_a_file_is_embedded_once_and_again_when_it_changes(tmp_path: Path) -> None:
    embedder = Counting(48)
    path = written(tmp_path, SOLVED)
    for _ in range(3):
        nearest(read_examples(path), WHEN, embedder, 2)
    assert embedder.count == len(SOLVED) + 3
    path = written(tmp_path, SOLVED[1:])
    nearest(read_examples(path), WHEN, embedder, 2)
    assert embedder.count == 2 * len(SOLVED) + 3


def test_where_the_embedder_does_not_speak_the_language_common_words_decide(
    tmp_path: Path,
) -> None:
    embedder = Counting(48)
    embedder.languages = frozenset({"en"})
    rows = [
        {"question": "大桥有多长？", "answer": "411米"},
        {"question": "谁做了蛋糕？", "answer": "小李"},
    ]
    found = nearest(read_examples(written(tmp_path, rows)), "铁路大桥有多长？", embedder, 2)
    assert [example.answer for example in found] == ["小李", "411米"]
    assert embedder.count == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", r"Line 2 .*no JSON.*write"),
        ("[1]", r"Line 2 .*no JSON object"),
        ('{"question": "q"}', r"Line 2 .*'answer'.*write"),
        ('{"question": "q", "answer": " "}', r"Line 2 .*'answer'"),
        ('{"question": ["a", "b"], "answer": "a"}', r"Line 2 .*one text as its 'question'"),
        ('{"question": "q", "answer": 7}', r"Line 2 .*else than text as its 'answer'"),
        ('{"question": "q", "answer": "a", "note": ""}', r"Line 2 .*unknown fields \['note'\]"),
        ('{"question": "q", "answer": "' + "a" * 5000 + '"}', r"Line 2 .*at most 4000"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"question": "q", "answer": "a"}\n' + line + "\n", "utf-8")
    with pytest.raises(StrategyError, match=said):
        read_examples(path)


@pytest.mark.parametrize("data", [None, b"", b"\n \n", b"\xff\xfe\x00", b'{"question": "\xe4"}'])
def test_a_file_that_is_none_is_refused(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "bad.jsonl"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(StrategyError, match=r"bad\.jsonl"):
        read_examples(path)
    with pytest.raises(StrategyError, match=r"bad\.jsonl"):
        Assistant.open(tmp_path / "kb", model="none", examples=str(path))
    assert not (tmp_path / "kb").exists(), "said before anything is opened"


def test_all_fields_are_read_and_empty_lines_are_not(tmp_path: Path) -> None:
    path = tmp_path / "good.jsonl"
    row = {"question": " q ", "answer": "a", "passages": ["p", " "], "steps": ["one", "two"]}
    path.write_text("\ufeff\n" + json.dumps(row) + "\r\n\n", "utf-8")
    (example,) = read_examples(path).items
    assert (example.question, example.passages, example.steps) == ("q", ("p",), "one\ntwo")
