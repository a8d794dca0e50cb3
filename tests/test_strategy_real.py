"""All five strategies run with the real small model, once the user's catalogue allows it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag import Answer, Assistant, find_model
from rag.methods import METHODS, Method

from .small_model import open_pretender

WHEN = "When was the bridge over the Arl opened?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("real")
    examples = folder / "examples.jsonl"
    solved = {
        "question": "When was the tower of Selm built?",
        "answer": "It was built in 1871.",
        "passages": ["The tower of Selm was built in 1871 of red brick."],
        "steps": "The text says that the tower was built in 1871.",
    }
    examples.write_text(json.dumps(solved), encoding="utf-8")
    with open_pretender(
        folder,
        strategies=METHODS,
        examples=str(examples),
        rules=["The answer is one short sentence."],
        answer_tokens=24,
        reasoning_tokens=48,
        votes=3,
    ) as made:
        yield made


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> dict[Method, Answer]:
    return {m: assistant.ask(WHEN, session=m, strategy=m).answer for m in METHODS}


def test_one_question_is_answered_by_all_five_strategies(
    assistant: Assistant, answers: dict[Method, Answer]
) -> None:
    for method, answer in answers.items():
        done = answer.method == method
        why_not = [each for each in answer.remarks if "breaks off" not in each]
        assert done != bool(why_not), "done as asked, or it says why not"
        assert answer.model == "pretender"
        turns = [turn.text for turn in assistant.history(method)]
        assert turns == [WHEN, answer.text]
    calls = {method: answer.tokens["calls"] for method, answer in answers.items()}
    assert (calls["direct"], calls["few-shot"], calls["vote"]) == (1, 1, 3)
    assert calls["critique"] in (2, 3)
    assert all(answers[method].method == method for method in ("direct", "few-shot", "vote"))


def test_the_verdicts_of_the_real_model_keep_their_form(answers: dict[Method, Answer]) -> None:
    critique = answers["critique"].workings.critique
    assert critique is not None
    assert len(critique.verdicts) == 2
    assert all(verdict.kept is not None for verdict in critique.verdicts)
    assert critique.first


def test_votes_share_their_prompt(assistant: Assistant, answers: dict[Method, Answer]) -> None:
    again = assistant.ask(WHEN, session="again", strategy="vote").answer
    first, second = answers["vote"].workings.agreement, again.workings.agreement
    assert first is not None
    assert second is not None
    assert first.samples == second.samples == 3
    assert again.tokens["reused"] >= again.tokens["prompt"] * 0.6, "two of three read nothing new"


def test_a_follow_up_reuses_the_conversation_whatever_the_strategy(
    assistant: Assistant, answers: dict[Method, Answer]
) -> None:
    session = answers["critique"].method
    answer = assistant.ask("How long is it?", session=session, strategy="few-shot").answer
    assert answer.budget is not None
    assert next(iter(answer.budget.parts)) == "thread"
    assert answer.tokens["reused"] > 0


def test_the_packaged_model_is_up_to_none_and_the_users_entry_to_all(assistant: Assistant) -> None:
    assert find_model().usable_strategies == ()
    assert assistant.model is not None
    assert assistant.model.card.usable_strategies == METHODS
