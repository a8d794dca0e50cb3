"""An ingest that is interrupted says so, leaves a sound index, and goes on later."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest import Index, ingest_paths

FILES = 300
COMMAND = (
    "import signal, rag.cli; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "rag.cli.main()"  # a shell's background jobs ignore Ctrl-C, and pass that on
)
RAG = [sys.executable, "-c", COMMAND]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:03}.txt").write_text(f"Number {number} is written here.\n")
    return folder


def _when_committed(kb: Path, ingest: subprocess.Popen[str]) -> Iterator[int]:
    """Counts of committed documents while the ingest lives."""
    uri = f"file:{kb / 'catalog.sqlite'}?mode=ro"
    while ingest.poll() is None:
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
                yield connection.execute("SELECT count(*) FROM documents").fetchone()[0]
        except sqlite3.OperationalError:  # not there yet
            yield 0
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupted_ingest_leaves_a_sound_index_and_goes_on_d04(
    many: Path, tmp_path: Path, number: int
) -> None:
    kb = tmp_path / "kb"
    command = [*RAG, "ingest", str(many), "--kb", str(kb), "--embedder", "hashing"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as ingest:
        live = next(count for count in _when_committed(kb, ingest) if count > 20)
        ingest.send_signal(number)
        out, err = ingest.communicate(timeout=60)
    assert 0 < live < FILES
    assert ingest.returncode == 130
    assert "run it again to go on" in err
    assert "Traceback" not in err
    with Index(kb, read_only=True) as index:
        committed = len(index.documents())
        assert index.verify() == []
    added = int(out.rpartition(f"{FILES} files: ")[2].split(" added")[0])
    assert f"{FILES - added} left" in out
    assert committed - added in (0, 1)  # at most the one in hand, committed but not yet reported
    with Index(kb) as index:
        rest = ingest_paths(index, [many])
    assert (rest.count("unchanged"), rest.count("added")) == (committed, FILES - committed)
