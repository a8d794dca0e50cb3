"""Steps stay hidden: only the marked final answer is shown, kept and read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import PromptError
from rag.strategies.final_mark import parted
from rag.strategies.thinking import apart, said

from .scripted_model import Scripted, assistant_with

WHEN = "When was the bridge over the Arl opened?"
WHEN_ZH = "阿尔河上的大桥是什么时候通车的？"
RIGHT = "It was opened in May 1932."
SECRET = "Passage 1 names a heron."


@pytest.fixture(autouse=True)
def _quick(quick_parser: None) -> None:
    """Documents are read in this process."""


@pytest.mark.parametrize(
    ("text", "steps", "answer"),
    [
        (f"{SECRET}\nAnswer: {RIGHT}", SECRET, RIGHT),
        (f"{SECRET}\n\n**Answer:** {RIGHT}", SECRET, RIGHT),
        (f"{SECRET}\n**Final answer**: {RIGHT}", SECRET, RIGHT),
        (f"{SECRET}\n### Answer:\n{RIGHT}\n", SECRET, RIGHT),
        (f"{SECRET}\nSo the answer is: {RIGHT}", SECRET, RIGHT),
        (f"{SECRET}\nANSWER：**{RIGHT}**", SECRET, RIGHT),
        (f"{SECRET}\nAnswer: 1931\nNo. Answer again.\nAnswer: 1932", None, "1932"),
        (f"{SECRET}\nAnswer: {RIGHT}\n\nQuestion: next?\nAnswer:", SECRET, RIGHT),
        (f"{SECRET}\nAnswer: {RIGHT}\n\nI hope that helps!", SECRET, RIGHT),
        ("我们看段落一。\n答案：1932年5月。", "我们看段落一。", "1932年5月。"),
        ("我们看段落一。\n最终答案是：1932年5月。", "我们看段落一。", "1932年5月。"),
        ("我们看段落一。\n因此，答案是1932年5月。", None, "1932年5月。"),
        ("It says so. The answer is May 1932.", "It says so.", "May 1932."),
        ("The answer is in passage 2. It has a heron.", None, ""),
        ("The answer: hard to say", "", "hard to say"),
        ("My answers: none", "My answers: none", ""),
        ("Answer:", "Answer:", ""),
        ("", "", ""),
    ],
)
def test_the_final_mark_is_found_however_it_is_written(
    text: str, steps: str | None, answer: str
) -> None:
    found = parted(text)
    assert found[1] == answer
    assert steps is None or found[0] == steps


@pytest.mark.parametrize(
    ("text", "thought", "spoken"),
    [
        ("<think>\nHm.\n</think>\n\nYes.", "Hm.", "\n\nYes."),
        ("<thinking>a</thinking><think>b</think>c", "a\nb", "c"),
        ("<think>never ends", "never ends", ""),
        ("opened by the template</think>Yes.", "opened by the template", "Yes."),
        ("<think></think>Yes.", "", "Yes."),
        ("<think>a</think>\n<think>b</think>c", "a\nb", "c"),
        ("<think>a</think>\n\n<think>never ends", "a\nnever ends", ""),
        (" <thinking>a</thinking> <3", "a", " <3"),
        (" <", "", " <"),
        ("The tag <think> is quoted.", "", "The tag <think> is quoted."),
        ("Yes.", "", "Yes."),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_thought_is_apart_from_what_is_said_in_a_stream_too(
    text: str, thought: str, spoken: str, size: int
) -> None:
    assert apart(text) == (thought, spoken)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    heard = "".join(said(pieces))
    # Until it ends, nothing tells a thought that was opened elsewhere from an answer.
    untold = text.startswith("opened") and size < len(text)
    assert heard == (text if untold or spoken == text else spoken.lstrip())


def test_every_piece_of_a_thought_is_stood_in_for_as_it_comes() -> None:
    pieces = iter(["<thi", "nk>a", "</think>", "\n", "Y", "es."])
    assert [*said(pieces)] == ["", "", "", "", "Y", "es."]


def test_the_steps_are_hidden_from_the_stream_the_log_and_the_next_prompt(tmp_path: Path) -> None:
    model = Scripted(f"<think>A crane?</think>{SECRET}\nAnswer: {RIGHT} [9]", "It is 411 metres.")
    with assistant_with(tmp_path, model, strategy="step-by-step") as assistant:
        reply = assistant.ask(WHEN, session="s")
        streamed = "".join(reply)
        answer = reply.answer
        recorded = json.dumps([turn.text for turn in assistant.history("s")])
        passages = json.dumps([turn.passages for turn in assistant.history("s")])
        assistant.ask("How long is it?", session="s", strategy="direct").answer  # noqa: B018
    assert streamed == answer.text == f"{RIGHT} [1]"
    assert answer.workings.steps == f"A crane?\n\n{SECRET}"
    assert answer.as_dict()["steps"] == answer.workings.steps
    later = "".join(turn.content for turn in model.asked[1][0].turns)
    for hidden in ("heron", "crane", "step by step"):
        assert hidden not in recorded + passages + later
    assert "Let's think step by step" in model.user_turn(0)
    assert answer.budget is not None
    assert list(answer.budget.parts)[-1] == "instruction"


def test_in_chinese_the_trigger_and_the_mark_are_chinese(tmp_path: Path) -> None:
    model = Scripted("段落一提到大桥。\n答案：大桥于1932年5月通车。")
    with assistant_with(tmp_path, model, strategy="step-by-step") as assistant:
        answer = assistant.ask(WHEN_ZH).answer
    assert "一步一步" in model.user_turn()
    assert answer.text == "大桥于1932年5月通车。 [1]"
    assert answer.workings.steps == "段落一提到大桥。"


def test_a_model_that_forgets_the_mark_is_asked_once_for_its_final_answer(tmp_path: Path) -> None:
    model = Scripted(SECRET, f" {RIGHT}\n\nAnd so on.")
    with assistant_with(tmp_path, model, strategy="step-by-step") as assistant:
        answer = assistant.ask(WHEN).answer
    (first, _), (second, sampling) = model.asked
    assert second.turns == first.turns
    assert second.answer_prefix == f"{SECRET}\n\nAnswer:"
    assert sampling.max_tokens == 200
    assert (answer.text, answer.method) == (f"{RIGHT} [1]", "step-by-step")
    assert answer.workings.steps == SECRET
    assert answer.tokens["calls"] == 2


def test_a_thought_that_never_ends_is_ended(tmp_path: Path) -> None:
    model = Scripted(f"<think>{SECRET}", RIGHT)
    with assistant_with(tmp_path, model, strategy="step-by-step") as assistant:
        answer = assistant.ask(WHEN).answer
    assert model.asked[1][0].answer_prefix == f"<think>{SECRET}\n</think>\n\nAnswer:"
    assert (answer.text, answer.workings.steps) == (f"{RIGHT} [1]", SECRET)


def test_a_server_that_takes_no_beginning_is_asked_in_a_turn(tmp_path: Path) -> None:
    model = Scripted(SECRET, PromptError("template", "turns only"), RIGHT)
    with assistant_with(tmp_path, model, strategy="step-by-step") as assistant:
        answer = assistant.ask(WHEN).answer
    roles = [turn.role for turn in model.asked[2][0].turns]
    assert roles == ["system", "user", "assistant", "user"]
    assert model.user_turn().startswith("Therefore")
    assert (answer.text, answer.method) == (f"{RIGHT} [1]", "step-by-step")


def test_a_model_that_never_concludes_answers_directly_and_that_is_said(tmp_path: Path) -> None:
    model = Scripted(SECRET, "  ", RIGHT)
    with assistant_with(tmp_path, model, strategy="step-by-step") as assistant:
        answer = assistant.ask(WHEN).answer
    assert (answer.text, answer.method) == (f"{RIGHT} [1]", "direct")
    assert "no final answer" in answer.remarks[0]
    assert answer.tokens["calls"] == 3
    assert answer.tokens["answer"] == len(SECRET) + 2 + len(RIGHT)
    assert model.asked[2][0].turns[-1].content.endswith(WHEN), "directly: no trigger"


def test_examples_that_tell_their_steps_are_shown_with_them(tmp_path: Path) -> None:
    rows = [
        {"question": "When was the tower opened?", "answer": "1801.", "steps": "Look at it."},
        {"question": "When was the bridge opened?", "answer": "1700."},
    ]
    path = tmp_path / "examples.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    model = Scripted(f"{SECRET}\nAnswer: {RIGHT}")
    settings = {"strategy": "step-by-step", "examples": str(path)}
    with assistant_with(tmp_path, model, **settings) as assistant:
        assistant.ask(WHEN).answer  # noqa: B018
    told = model.user_turn()
    assert "Steps: Look at it.\nAnswer: 1801." in told
    assert "1700" not in told
    assert "\nQuestion:" in model.asked[0][1].stop
    assert told.index("1801") < told.index(WHEN) < told.index("step by step")
