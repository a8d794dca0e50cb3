"""Finding the fastest way to run a model: what is chosen, remembered and used."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag import tuning
from rag.catalogue import find_model
from rag.errors import WorkerCrashedError
from rag.tuning import Trial, tune_model
from rag.worker import ModelSpec, Worker
from rag.worker.probe import Choices, Probe
from rag.worker.requests import WeightType

STUB = (sys.executable, "-P", str(Path(__file__).with_name("stub_worker.py")))


def test_the_real_model_is_tried_in_every_way_and_the_best_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "_READING_SECONDS", 0.5)
    card, told = find_model(), []
    trials = tune_model(card, seconds=1, state_folder=tmp_path, on_trial=told.append)
    ways = {(trial.n_threads, trial.flash_attention, trial.keys) for trial in told}
    assert {(flash, keys) for _, flash, keys in ways} == {
        (False, "f16"),
        (False, "q8_0"),
        (True, "f16"),
    }
    assert all(trial.read_rate > 1 and trial.write_rate > 1 for trial in trials)
    best = trials[0]
    kept = Probe.of_file(card.path, card.sha256, tmp_path).recall()
    assert (kept.n_threads, kept.flash_attention, kept.keys) == (
        best.n_threads,
        best.flash_attention,
        best.keys,
    )
    with Worker(ModelSpec(card.path, sha256=card.sha256), state_folder=tmp_path) as worker:
        assert worker.start().n_ctx == card.n_ctx_train


@pytest.mark.parametrize(("gain", "chosen"), [(1.02, "f16"), (1.2, "q8_0")])
def test_another_way_is_taken_only_when_it_saves_more_than_chance_would(
    gain: float, chosen: str
) -> None:
    usual = Trial(2, read_rate=100, write_rate=20)
    other = Trial(2, keys="q8_0", read_rate=100 * gain, write_rate=20 * gain)
    assert tuning._choose([usual, other]).keys == chosen


def test_what_reads_fast_and_writes_slowly_is_weighed_as_a_turn() -> None:
    assert Trial(2, read_rate=256, write_rate=96).seconds == pytest.approx(2)
    assert Trial(2).seconds == float("inf")


def test_a_way_that_ends_the_process_is_left_out_and_the_rest_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(_card: object, trial: Trial, *_rest: object) -> Trial:
        if trial.keys == "q8_0":
            raise WorkerCrashedError("GGML_ASSERT failed")
        return replace(trial, read_rate=100, write_rate=30 if trial.flash_attention else 20)

    monkeypatch.setattr(tuning, "_measure", measure)
    trials = tune_model(find_model(), state_folder=tmp_path)
    assert trials[0].flash_attention
    assert next(trial for trial in trials if trial.keys == "q8_0").seconds == float("inf")


def test_more_threads_than_there_are_processors_now_are_not_taken(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    Probe.of_file(model, folder=tmp_path).remember(n_threads=999)
    with Worker(ModelSpec(model), command=(*STUB, "log"), state_folder=tmp_path) as worker:
        worker.start()
    (loaded,) = [json.loads(x) for x in model.with_suffix(".settings").read_text().splitlines()]
    assert loaded[0] == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("weights", ["file", "q8_0"])
@pytest.mark.parametrize("cores", [1, 2, 3, 8, 12, 64])
def test_the_usual_way_comes_first_and_no_way_twice(cores: int, weights: WeightType) -> None:
    ways = tuning._ways(cores, weights)
    assert ways[0] == Trial(min(cores, 8), weights=weights)
    assert Trial(min(cores, 8)) in ways, "as in the file is tried in any case"
    assert len(set(ways)) == len(ways) <= 7
    assert all(1 <= way.n_threads <= cores for way in ways)


def test_what_was_tuned_is_what_the_next_process_is_told(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    probe = Probe.of_file(model, folder=tmp_path)
    probe.remember(n_threads=1, keys="q8_0")
    probe.remember(flash_attention=True)
    with Worker(ModelSpec(model), command=(*STUB, "log"), state_folder=tmp_path) as worker:
        worker.start()
    with Worker(
        ModelSpec(model, n_threads=5, keys="f16", flash_attention=False),
        command=(*STUB, "log"),
        state_folder=tmp_path,
    ) as worker:
        worker.start()
    loads = [json.loads(line) for line in model.with_suffix(".settings").read_text().splitlines()]
    assert loads == [[1, "q8_0", True, "file"], [5, "f16", False, "file"]], (
        "what is asked for goes first"
    )
    assert probe.recall() == Choices(True, 1, True, "q8_0")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"n_threads": 0, "keys": "f64", "flash_attention": 1}', '{"n_threads": true}'],
)
def test_choices_that_make_no_sense_are_as_good_as_none(text: str, tmp_path: Path) -> None:
    probe = Probe("model", tmp_path)
    probe.remember(n_threads=2)
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert probe.recall() == Choices()
