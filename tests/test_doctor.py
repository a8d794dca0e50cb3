"""`rag doctor` tells which engine is in use, what became of AMX, and how to mend what is broken."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ingest import Index
from rag import doctor
from rag.doctor import REBUILD, Finding, examine
from rag.models import open_model
from rag.worker.probe import Probe


def _doctor(kb: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", "doctor", "--kb", str(kb), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _of(findings: list[Finding], subject: str) -> list[Finding]:
    return [finding for finding in findings if finding.subject == subject]


@pytest.fixture(autouse=True)
def fresh_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of the machine stays inside the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_the_command_names_the_build_says_what_became_of_amx_and_how_to_rebuild(
    tmp_path: Path,
) -> None:
    ran = _doctor(tmp_path / "none")
    assert ran.returncode == 0, ran.stdout
    assert "engine: llama_cpp 0." in ran.stdout
    assert "AMX" in ran.stdout.split("engine: ")[1].splitlines()[0]
    assert REBUILD in ran.stdout
    assert "all-MiniLM-L6-v2, 384 dimensions, checksum right" in ran.stdout
    assert "smollm2-135m" in ran.stdout
    assert ran.stdout.count("problem") == 0


def test_an_engine_that_had_to_do_without_amx_is_noted(tmp_path: Path) -> None:
    """As after a first load whose probe died: the choice is remembered, the engine obeys it."""
    card = open_model("smollm2-135m").card
    Probe.of_file(card.path, card.sha256).remember(use_extra_bufts=False)
    (engine,) = _of(list(examine(tmp_path / "none")), "engine")
    assert engine.state == "note"
    assert "crashed on this machine with AMX" in engine.words
    assert "switched off" in engine.words


def test_a_build_with_amx_that_works_is_told_apart_from_one_without() -> None:
    with_amx = doctor._engine("llama_cpp 0.3.36 (AVX2, AMX_INT8)", repacked=True)
    without = doctor._engine("llama_cpp 0.3.36 (AVX2)", repacked=True)
    assert "built with AMX, which works" in with_amx.words
    assert "built without AMX" in without.words


def test_the_rebuild_command_is_one_that_a_shell_understands() -> None:
    words = shlex.split(REBUILD)
    assert words[0].startswith("CMAKE_ARGS=")
    assert "-DCMAKE_CXX_FLAGS='-mno-amx-int8 -mno-amx-tile -mno-amx-bf16'" in words[0]
    assert words[1:3] == ["pip", "install"]
    assert words[-3:] == ["--no-binary", "llama-cpp-python", "llama-cpp-python"]


def test_a_model_that_is_not_there_is_a_problem_with_exit_code_1(tmp_path: Path) -> None:
    ran = _doctor(tmp_path / "none", "--model", str(tmp_path / "none.gguf"))
    assert ran.returncode == 1
    assert "problem language model: There is no model file at" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_a_damaged_knowledge_base_is_a_problem_that_names_the_document(tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    (tmp_path / "otter.txt").write_text("The otter eats fish.")
    from ingest import ingest_paths

    with Index(kb, embedder="hashing") as index:
        ingest_paths(index, [tmp_path / "otter.txt"])
    (sound,) = _of(list(doctor._knowledge_base(kb)), "knowledge base")
    assert sound.state == "ok"
    assert "1 documents, all sound" in sound.words
    with closing(sqlite3.connect(kb / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE chunks SET text = 'The otter eats birds.'")
    (found,) = _of(list(doctor._knowledge_base(kb)), "knowledge base")
    assert found.state == "problem"
    assert "otter.txt" in found.words
