"""A strategy is used only by a model that is up to it; otherwise the answer says so."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from rag import Reply
from rag.errors import ModelError, PromptError, StrategyError
from rag.methods import METHODS
from rag.strategies import STRATEGIES
from rag.worker import Prompt, Sampling

from .scripted_model import Scripted, assistant_with

WHEN = "When was the bridge over the Arl opened?"
WHEN_ZH = "阿尔河上的大桥是什么时候通车的？"
RIGHT = "It was opened in May 1932."


@pytest.fixture(autouse=True)
def _quick(quick_parser: None) -> None:
    """Documents are read in this process."""


def test_every_name_has_its_strategy_and_every_strategy_its_name() -> None:
    assert tuple(STRATEGIES) == METHODS


@pytest.mark.parametrize(
    ("capability", "able"),
    [
        ("tiny", ()),
        ("small", ("direct", "few-shot", "vote")),
        ("capable", METHODS),
    ],
)
def test_a_capability_says_what_a_model_is_up_to(capability: str, able: tuple[str, ...]) -> None:
    assert Scripted(capability=capability).card.usable_strategies == able


def test_a_card_of_the_users_own_says_it_better() -> None:
    card = Scripted(capability="tiny", strategies=frozenset({"critique", "direct"})).card
    assert card.usable_strategies == ("direct", "critique")


def test_auto_takes_the_models_own_words_or_quotes_as_before(tmp_path: Path) -> None:
    with assistant_with(tmp_path, Scripted(RIGHT)) as assistant:
        answer = assistant.ask(WHEN).answer
        assert (answer.strategy, answer.method, answer.remarks) == ("free", "direct", ())
        assert (answer.tokens["calls"], answer.tokens["answer"]) == (1, len(RIGHT))
        tiny = assistant.for_user("you")
        tiny.model = Scripted(capability="tiny")
        answer = tiny.ask(WHEN).answer
        assert (answer.strategy, answer.method, answer.remarks) == ("quote", "", ())


@pytest.mark.parametrize(
    ("model", "question", "said"),
    [
        (None, WHEN, r"no language model.*'vote'.*rag models list"),
        (None, WHEN_ZH, r"没有语言模型.*“vote”"),
        (Scripted(capability="tiny"), WHEN, r"'scripted' is too small.*'vote'.*up to: none"),
        (Scripted(capability="tiny"), WHEN_ZH, r"太小.*“vote”.*能胜任的：无"),
        (
            Scripted(strategies=frozenset({"critique"}), capability="small"),
            WHEN,
            r"too small.*up to: critique",
        ),
        (Scripted(languages={"en": 0}), WHEN, r"does not speak English"),
        (Scripted(languages={"zh": 1}), WHEN_ZH, r"中文不足"),
    ],
)
def test_what_a_model_is_not_up_to_is_answered_fittingly_and_said(
    tmp_path: Path, model: Scripted | None, question: str, said: str
) -> None:
    with assistant_with(tmp_path, model, strategy="vote") as assistant:
        answer = assistant.ask(question).answer
    assert answer.strategy == "quote"
    assert answer.method == ""
    assert len(answer.remarks) == 1
    import re

    assert re.search(said, answer.remarks[0])
    assert answer.as_dict()["remarks"] == [answer.remarks[0]]
    assert answer.remarks[0] not in answer.text


def test_a_question_chooses_its_own_strategy_and_the_session_goes_on(tmp_path: Path) -> None:
    model = Scripted(RIGHT, *[RIGHT] * 3, "It is 411 metres long.")
    with assistant_with(tmp_path, model, votes=3) as assistant:
        assert assistant.ask(WHEN).answer.method == "direct"
        assert assistant.ask(WHEN, strategy="vote").answer.method == "vote"
        assert assistant.ask("How long is the bridge over the Arl?").answer.method == "direct"
        assert assistant.settings.strategy == "auto"
        with pytest.raises(StrategyError, match=r"'guess'.*'few-shot'"):
            assistant.ask(WHEN, strategy="guess")  # type: ignore[arg-type]
    first, voted, last = model.asked[0][0], model.asked[1][0], model.asked[4][0]
    assert voted.turns[: len(first.turns)] == first.turns, "the prompt grows at its end"
    assert last.turns[: len(voted.turns)] == voted.turns


def test_direct_reads_the_prompt_that_auto_reads(tmp_path: Path) -> None:
    model = Scripted(RIGHT, RIGHT)
    with assistant_with(tmp_path, model) as assistant:
        assistant.ask(WHEN, session="a").answer  # noqa: B018
        assistant.ask(WHEN, session="b", strategy="direct").answer  # noqa: B018
    assert model.asked[0] == model.asked[1]
    assert model.user_turn().endswith(f"Question: {WHEN}")


def test_a_refusal_of_the_program_asks_no_strategy(tmp_path: Path) -> None:
    model = Scripted()
    with assistant_with(tmp_path, model, strategy="vote", refuse_below=1.0) as assistant:
        answer = assistant.ask("What do penguins eat?").answer
    assert answer.refused
    assert (answer.method, answer.remarks, model.asked) == ("", (), [])


LINES: dict[str, list[Any]] = {
    "direct": [RIGHT],
    "few-shot": [RIGHT],
    "step-by-step": [f"Let me see.\nAnswer: {RIGHT}"],
    "vote": [RIGHT] * 5,
    "critique": [RIGHT, "1: no - it rambles\n2: yes - fine", RIGHT],
}


def lively(tmp_path: Path, method: str, lines: list[Any], **more: Any) -> tuple[Any, Scripted]:
    examples = tmp_path / "examples.jsonl"
    examples.write_text('{"question": "When did it open?", "answer": "In 1900."}\n', "utf-8")
    model = Scripted(*lines)
    settings = {"examples": str(examples), "rules": ["Be short."], "strategy": method, **more}
    return assistant_with(tmp_path, model, **settings), model


@pytest.mark.parametrize("method", METHODS)
def test_every_strategy_answers_proves_keeps_its_answer_and_tells_its_cost(
    tmp_path: Path, method: str
) -> None:
    assistant, model = lively(tmp_path, method, [*LINES[method], "It is 411 metres long."])
    with assistant:
        reply = assistant.ask(WHEN, session="s")
        streamed = "".join(reply)
        answer = reply.answer
        record = assistant.history("s")
        assistant.ask("How long is it?", session="s", strategy="direct").answer  # noqa: B018
    assert (answer.method, answer.strategy, answer.remarks) == (method, "free", ())
    assert "May 1932" in streamed
    assert answer.text == f"{RIGHT} [1]"
    assert answer.citations[0].quote.startswith("The bridge over the Arl was opened in May 1932")
    assert answer.tokens["calls"] == len(LINES[method])
    assert answer.tokens["answer"] == sum(map(len, LINES[method]))
    spent = sum(model.count(prompt) for prompt, _ in model.asked[:-1])
    assert answer.tokens["prompt"] == spent
    assert [turn.text for turn in record] == [WHEN, answer.text]
    turns = [turn.content for turn in model.asked[-1][0].turns]
    assert len(turns) == 4, "system, question, final answer, question"
    assert turns[1].endswith(f"Question: {WHEN}")
    assert turns[2] == RIGHT
    assert all(stream.over or stream.cancelled for stream in model.streams)


@pytest.mark.parametrize("method", METHODS)
def test_c09_leaving_at_any_piece_ends_all_work_of_the_model(tmp_path: Path, method: str) -> None:
    assistant, model = lively(tmp_path, method, LINES[method])
    with assistant:
        pieces = len(list(assistant.ask(WHEN, session="whole")))
        for left_at in range(pieces):
            model.lines, model.streams = list(LINES[method]), []
            reply: Reply = assistant.ask(WHEN, session=f"left {left_at}")
            for at, _ in enumerate(reply):
                if at == left_at:
                    reply.cancel()
            assert model.streams
            assert all(stream.cancelled for stream in model.streams)
            assert assistant.history(f"left {left_at}") == []


def test_c09_another_thread_ends_hidden_work(tmp_path: Path) -> None:
    reached, leave = threading.Event(), threading.Event()

    def slow(prompt: Prompt, sampling: Sampling) -> str:
        reached.set()
        assert leave.wait(10)
        return "Thinking and thinking.\nAnswer: never shown"

    assistant, model = lively(tmp_path, "step-by-step", [slow])
    with assistant:
        reply = assistant.ask(WHEN, session="s")
        reader = threading.Thread(target=lambda: list(reply))
        reader.start()
        assert reached.wait(10)
        reply.cancel()
        leave.set()
        reader.join(10)
        assert not reader.is_alive()
        assert assistant.history("s") == []
    assert model.streams[0].cancelled
    assert "never" not in model.streams[0].text


@pytest.mark.parametrize("method", METHODS)
def test_q03_a_failure_ends_the_other_work_and_records_nothing(tmp_path: Path, method: str) -> None:
    lines = [ModelError("it died"), *LINES[method][1:]]
    assistant, model = lively(tmp_path, method, lines)
    with assistant:
        with pytest.raises(ModelError, match="it died"):
            list(assistant.ask(WHEN, session="s"))
        assert assistant.history("s") == []
    assert all(stream.cancelled for stream in model.streams)


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_finds_nothing_refuses_like_the_program(tmp_path: Path, method: str) -> None:
    none = "The documents do not say."
    first = f"I looked.\nAnswer: {none}" if method == "step-by-step" else none
    assistant, _ = lively(tmp_path, method, [first] * 5)
    with assistant:
        answer = assistant.ask(WHEN).answer
    assert answer.refused
    assert answer.method == method
    assert (answer.text, answer.citations) == (none, ())


@pytest.mark.parametrize("method", ["direct", "few-shot", "vote", "critique"])
def test_a_model_that_says_nothing_leaves_the_quotes_and_its_cost(
    tmp_path: Path, method: str
) -> None:
    assistant, _ = lively(tmp_path, method, [" [3]"] * 5)
    with assistant:
        answer = assistant.ask(WHEN).answer
    assert (answer.strategy, answer.method) == ("quote", "")
    assert "wrote nothing" in answer.remarks[0]
    assert answer.tokens["calls"] == (5 if method == "vote" else 1)
    assert answer.model == "scripted"


@pytest.mark.parametrize("method", ["step-by-step", "critique"])
def test_q02_too_little_room_for_a_strategy_leaves_the_direct_answer(
    tmp_path: Path, method: str
) -> None:
    model = Scripted(RIGHT, n_ctx=900)
    with assistant_with(tmp_path, model, strategy=method, reasoning_tokens=600) as assistant:
        answer = assistant.ask(WHEN).answer
    assert answer.method == "direct"
    assert "900 tokens" in answer.remarks[0]


def test_q02_a_question_that_never_fits_stays_an_error(tmp_path: Path) -> None:
    model = Scripted(n_ctx=500)
    with (
        assistant_with(tmp_path, model, strategy="vote") as assistant,
        pytest.raises(PromptError, match="reads 500"),
    ):
        list(assistant.ask(WHEN * 20))
