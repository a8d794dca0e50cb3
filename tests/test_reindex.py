"""Another embedder or splitter takes a knowledge base over, without the files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import (
    EmbedderMismatchError,
    Index,
    IndexVectorStore,
    Splitter,
    ingest_paths,
    reindex,
)
from ingest.embedders.hashing import HashingEmbedder

Make = Callable[..., Index]
Fill = Callable[..., None]

OTHERS = {"other dimension": HashingEmbedder(96), "other model": HashingEmbedder(64, salt="x")}


@pytest.fixture(params=sorted(OTHERS))
def other(request: pytest.FixtureRequest) -> HashingEmbedder:
    return OTHERS[request.param]


def rows(index: Index) -> list[tuple[str, bytes]]:
    found = []
    for info in index.documents():
        document = index.document(info.source)
        assert document is not None
        for chunk, row in zip(document.chunks, document.vectors, strict=True):
            found.append((chunk.text, row.tobytes()))
    return found


def test_d15_reindex_moves_everything_over_and_a_second_run_changes_nothing(
    make_index: Make, fill: Fill, other: HashingEmbedder
) -> None:
    old = make_index()
    fill(old, 4)
    IndexVectorStore(old).add_texts(["A text of its own."], ids=["own"])
    new = make_index(embedder=other)
    assert reindex(new) == 5
    assert new.verify() == []
    assert rows(new) == [(text, other.embed([text])[0].tobytes()) for text, _ in rows(new)]
    assert new.search("heron2", k=1)[0].source == "/doc/002.txt"
    assert [d.id for d in IndexVectorStore(new).get_by_ids(["own"])] == ["own"]
    with pytest.raises(EmbedderMismatchError):
        old.search("heron2")
    state = new.catalog.get("embedder")
    assert reindex(new) == 0
    assert new.catalog.get("embedder") == state


_KILLED = """
import os, sys
from ingest import Index, reindex
from ingest.embedders.hashing import HashingEmbedder
real, calls = Index.commit, []
def commit(self, document):
    calls.append(1)
    if len(calls) == 3:
        os._exit(137)
    real(self, document)
Index.commit = commit
reindex(Index(sys.argv[1], embedder=HashingEmbedder(int(sys.argv[2]), salt=sys.argv[3])))
"""


def test_d15_a_killed_reindex_is_refused_until_it_is_finished_and_then_right(
    make_index: Make, fill: Fill, other: HashingEmbedder
) -> None:
    old = make_index()
    fill(old, 5)
    salt = "x" if other.dimension == 64 else ""
    child = subprocess.run(
        [sys.executable, "-c", _KILLED, str(old.path), str(other.dimension), salt],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (child.returncode, child.stderr) == (137, "")
    new = make_index(embedder=other)
    for index, words in ((old, "was built with"), (new, "is not done")):
        with pytest.raises(EmbedderMismatchError, match=words):
            index.search("heron2")
        with pytest.raises(EmbedderMismatchError, match=words):
            ingest_paths(index, [])
    assert new.verify() == []
    assert reindex(new) == 3
    assert new.search("heron2", k=1)[0].source == "/doc/002.txt"
    assert rows(new) == [(text, other.embed([text])[0].tobytes()) for text, _ in rows(new)]


def test_d15_a_move_that_begins_after_the_check_is_still_seen_by_the_search(
    make_index: Make, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_index()
    fill(old, 3)
    real = HashingEmbedder.embed

    def moving(self: HashingEmbedder, texts: list[str], role: str = "passage") -> object:
        monkeypatch.undo()
        reindex(make_index(embedder=HashingEmbedder(96)))
        return real(self, texts)

    monkeypatch.setattr(HashingEmbedder, "embed", moving)
    with pytest.raises(EmbedderMismatchError):
        old.search("a question never asked before")


def test_d14_another_chunk_size_gives_the_chunks_of_a_fresh_ingest(
    make_index: Make, write_files: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_files(a="The otter eats a fish. " * 60, b="Short.")
    splitter = Splitter(HashingEmbedder(64).count_tokens, max_tokens=40, overlap_tokens=8)
    old, new = make_index(), make_index(splitter=splitter)
    ingest_paths(old, [folder])
    fresh = make_index(tmp_path / "fresh", splitter=splitter)
    ingest_paths(fresh, [folder])
    assert rows(old) != rows(fresh)
    assert reindex(new) == 2
    assert rows(new) == rows(fresh)
    assert ingest_paths(new, [folder]).count("unchanged") == 2
