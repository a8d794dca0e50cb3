"""One writer, many readers: processes that share one knowledge base."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import Index, StoreLockedError, ingest_paths

Make = Callable[..., Index]
Fill = Callable[..., None]

_INGEST = """
import json, sys
from ingest import Index, ParsedDocument, Page, ingest_paths
from ingest.embedders.hashing import HashingEmbedder
from ingest.parsers import ParserProcess
ParserProcess.parse = lambda self, data, name: ParsedDocument(
    (Page(1, data.decode()),), "", "text/plain")
print("ready", flush=True)
with Index(sys.argv[1], embedder=HashingEmbedder(64)) as index:
    report = ingest_paths(index, sys.argv[2:], wait_seconds=120)
print(json.dumps(report.as_dict()), flush=True)
"""

# Forked before any thread is started; all wait until the pipe is closed.
_TOGETHER = """
import os
gate, opener = os.pipe()
children = []
for _ in range({count}):
    child = os.fork()
    if child == 0:
        os.close(opener)
        os.read(gate, 1)
        break
    children.append(child)
else:
    os.close(opener)
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for n in range(24):
        (folder / f"{n:02}.txt").write_text(f"Otter {n} eats fish{n}. " * (n + 1))
    return folder


@pytest.mark.parametrize("count", [2, 8])
def test_c01_c02_processes_that_ingest_the_same_folder_store_each_document_once(
    make_index: Make, corpus: Path, tmp_path: Path, count: int
) -> None:
    together = _INGEST.replace('print("ready", flush=True)', _TOGETHER.format(count=count))
    child = started(together, tmp_path / "kb", corpus)
    out, err = child.communicate(timeout=120)
    assert (child.returncode, err) == (0, "")
    reports = [json.loads(line) for line in out.splitlines()]
    assert len(reports) == count
    assert sum(report["added"] for report in reports) == 24
    assert sum(report["unchanged"] for report in reports) == 24 * (count - 1)
    index = make_index()
    assert len(index.documents()) == 24
    assert index.verify() == []
    assert index.search("fish17", k=1)[0].source.endswith("17.txt")


_CHURN = """
import sys
from ingest import Index, NewDocument, Page, Chunk
from ingest.embedders.hashing import HashingEmbedder
embedder = HashingEmbedder(64)
index = Index(sys.argv[1], embedder=embedder)
print("ready", flush=True)
for n in range(10**6):
    source = f"/churn/{n % 5}"
    with index.writing(wait_seconds=10):
        index.claim()
        index.remove([source])
        texts = [f"Otter {n} part {i} of churn." for i in range(7)]
        page = "\\n".join(texts)
        starts = [page.index(text) for text in texts]
        index.commit(NewDocument(source, str(n), source, "text/plain", 1, (Page(1, page),),
            tuple(Chunk(t, 1, s, s + len(t)) for t, s in zip(texts, starts)),
            embedder.embed(texts), "by hand", embedder.fingerprint()))
        if n % 10 == 0:
            index.publish()
"""


@pytest.mark.parametrize("store", ["faiss", "exact"])
def test_c03_readers_see_whole_documents_while_a_writer_churns(
    make_index: Make, fill: Fill, store: str
) -> None:
    index = make_index(vector_store=store)
    fill(index, 10)
    child = started(_CHURN, index.path)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        first, states, reopened = index.catalog.generation, set(), 0
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            states.add(index.catalog.state)
            found = index.search("otter part churn", k=40)
            assert found
            for passage in found:
                assert passage.text
                assert passage.signals["cosine"] > 0 or passage.signals["bm25"] > 0
            with index.catalog.read() as connection:
                counts = dict(
                    connection.execute(
                        "SELECT d.source, count(*) FROM documents d JOIN chunks c "
                        "ON c.document = d.id JOIN vectors v ON v.chunk = c.id "
                        "JOIN lexical l ON l.rowid = c.id GROUP BY d.source"
                    )
                )
            assert {n for s, n in counts.items() if s.startswith("/churn/")} <= {7}
            whole = {p.source for p in found if p.source.startswith("/churn/")}
            for source in whole:
                assert sum(p.source == source for p in found) == 7, source
            reopened += 1
            if reopened % 10 == 0:
                with Index(index.path, embedder=index.embedder, read_only=True) as other:
                    assert other.search("otter", k=1)
        assert child.poll() is None, child.stderr and child.stderr.read()
        assert index.catalog.generation - first > 20
        assert len(states) > 10
    finally:
        child.kill()
        child.communicate()
    assert index.verify() == []


_HOLD = """
import sys, time
from ingest import Index
from ingest.embedders.hashing import HashingEmbedder
with Index(sys.argv[1], embedder=HashingEmbedder(64)).writing():
    print("ready", flush=True)
    time.sleep(600)
"""


def test_c04_the_lock_of_a_killed_process_is_free_within_a_second(
    make_index: Make, corpus: Path, tmp_path: Path
) -> None:
    index = make_index()
    child = started(_HOLD, index.path)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    with pytest.raises(StoreLockedError, match=f"process {child.pid}, since"):
        ingest_paths(index, [corpus])
    child.kill()
    child.communicate()
    began = time.monotonic()
    with index.writing():
        assert time.monotonic() - began < 1
    (index.path / "writer.lock").write_text(f"process {os.getppid()}, since ever")
    with index.writing():
        assert f"process {os.getpid()}" in (index.path / "writer.lock").read_text()


def test_d01_a_killed_ingest_loses_nothing_it_reported_and_the_next_one_completes_it(
    make_index: Make, corpus: Path, tmp_path: Path
) -> None:
    code = _INGEST.replace(
        "with Index", "import ingest.pipeline as p\np._FLUSH_CHUNKS = 1\n"
        "real = Index.commit\n"
        "def commit(self, document):\n    real(self, document)\n"
        "    print(document.source, flush=True)\nIndex.commit = commit\nwith Index", 1,
    )  # fmt: skip
    acknowledged: set[str] = set()
    for kills_after in (1, 7):
        child = started(code, tmp_path / "kb", corpus)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        acknowledged.update(child.stdout.readline().strip() for _ in range(kills_after))
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
        acknowledged.update(line for line in rest.splitlines() if line.endswith(".txt"))
        index = make_index()
        assert index.verify() == []
        stored = {info.source for info in index.documents()}
        assert acknowledged <= stored
        index.close()
    assert 2 <= len(acknowledged) < 24
    last = make_index()
    report = ingest_paths(last, [corpus])
    assert report.count("added") + report.count("unchanged") == 24
    assert report.count("unchanged") >= len(acknowledged)
    assert last.verify() == []
