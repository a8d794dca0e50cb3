"""In which form a model is loaded when nobody tuned it: fast to read, if there is memory."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rag import weights
from rag.catalogue import find_model
from rag.models import LocalModel
from rag.weights import usual_weights
from rag.worker import ModelSpec, Prompt, Sampling, Segment, Worker
from rag.worker.probe import Probe

STUB = (sys.executable, "-P", str(Path(__file__).with_name("stub_worker.py")))


def test_what_is_slow_to_read_is_loaded_in_another_form() -> None:
    assert usual_weights(find_model()) == "q8_0"


def test_where_memory_is_short_the_file_is_loaded_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "free_memory", lambda: 800_000_000)
    assert usual_weights(find_model()) == "file"


def test_what_is_fast_to_read_is_loaded_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weights, "SLOW_FORMS", {"Q5_0"})
    assert usual_weights(find_model()) == "file"


@pytest.mark.parametrize(
    ("asked", "tuned", "loaded"),
    [
        (None, None, "q8_0"),
        (None, "file", "file"),
        ("file", None, "file"),
        ("q8_0", "file", "q8_0"),
    ],
)
def test_what_is_asked_for_goes_before_what_was_tuned_and_that_before_the_usual(
    asked: str | None, tuned: str | None, loaded: str, tmp_path: Path
) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"")
    if tuned:
        Probe.of_file(model, folder=tmp_path).remember(weights=tuned)
    spec = ModelSpec(model, weights=asked, usual_weights="q8_0")  # type: ignore[arg-type]
    with Worker(spec, command=(*STUB, "log"), state_folder=tmp_path) as worker:
        worker.start()
    (line,) = model.with_suffix(".settings").read_text().splitlines()
    assert json.loads(line)[3] == loaded


def test_the_packaged_model_answers_from_its_copy_and_the_next_process_makes_no_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    prompt = Prompt(segments=(Segment("The capital of France is"),))
    for _ in range(2):
        with LocalModel(find_model(), 512, slots=1) as model:
            assert "Paris" in model.generate(prompt, Sampling(max_tokens=8, temperature=0)).read()
            copies = list(model.worker.probe.copies.glob("*.gguf"))
            assert len(copies) == 1
