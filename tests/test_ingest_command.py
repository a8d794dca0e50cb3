"""`python -m ingest`: files in, one summary, an exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ingest.__main__ as command
from ingest import (
    Index,
    ingest_paths,
)

Make = Callable[..., Index]
Write = Callable[..., Path]
SENTENCE = "The otter of {0} eats fish in the river {0}, and the heron watches it at dawn. "


def run_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ingest", *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_reads_files_and_prints_one_summary_that_adds_up(
    write_files: Write, tmp_path: Path
) -> None:
    folder = write_files(a=SENTENCE.format("Ada"), b="Ben.", empty="")
    first = run_command(folder, "--kb", tmp_path / "kb", "--embedder", "hashing")
    assert (first.returncode, first.stderr) == (0, "")
    summary = first.stdout.splitlines()[-1]
    assert summary.startswith("3 files: 2 added, 0 updated, 0 unchanged, 1 skipped, 0 left;")


def test_the_command_prunes_prints_json_and_tells_errors_in_one_line(
    write_files: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    folder = write_files(a=SENTENCE.format("Ada"), b="Ben.")
    kb = ["--kb", str(tmp_path / "kb"), "--embedder", "hashing"]
    assert command.main([str(folder), *kb]) == 0
    (folder / "b.txt").unlink()
    capsys.readouterr()
    assert command.main([str(folder), *kb, "--prune", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["unchanged"], report["removed"], report["seen"]) == (1, 1, 1)
    assert command.main([str(folder / "absent"), *kb]) == 1
    capsys.readouterr()
    assert command.main([str(folder), "--kb", str(folder / "a.txt")]) == 1
    told = capsys.readouterr().err
    assert "is a file; a knowledge base needs a folder" in told
    assert len(told.splitlines()) == 1


_INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent may have it ignored
from ingest import Index, __main__ as command
real, calls = Index.commit, []
def commit(self, document):
    calls.append(1)
    if len(calls) == 2:
        os.kill(os.getpid(), int(sys.argv[1]))
    real(self, document)
Index.commit = commit
sys.exit(command.main(sys.argv[2:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_d04_the_command_ends_with_130_and_tells_what_is_left(
    write_files: Write, tmp_path: Path, number: signal.Signals
) -> None:
    folder = write_files(a="Ada.", b="Ben.", c="Cyd.")
    options = [str(folder), "--kb", str(tmp_path / "kb"), "--embedder", "hashing"]
    child = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, str(int(number)), *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (child.returncode, child.stderr) == (130, "interrupted; run it again to go on\n")
    assert child.stdout.startswith("3 files: 1 added, 0 updated, 0 unchanged, 0 skipped, 2 left;")
    assert sorted(p.name for p in (tmp_path / "kb").iterdir()) == ["catalog.sqlite", "writer.lock"]
    with Index(tmp_path / "kb") as index:
        again = ingest_paths(index, [folder])
    assert (again.count("added"), again.count("unchanged")) == (2, 1)
