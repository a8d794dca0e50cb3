"""The published vector cache: whatever happens to it, the answers are those of the catalog."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest import Index, StoreError
from ingest.index.cache import VectorCache
from ingest.stores.faiss_store import FaissStore

Make = Callable[..., Index]
Fill = Callable[..., None]
Answers = list[tuple[list[int], bytes]]
FAILPOINTS = Path(__file__).with_name("publish_failpoints.py")
QUESTIONS = ("otter fish3 river", "heron5 dawn", "水獭", "number 9", "eats", "watches river2")


@pytest.fixture
def published(make_index: Make, fill: Fill) -> Index:
    index = make_index()
    fill(index, 30)
    index.publish()
    return index


def a_cache(index: Index, kind: str = "faiss") -> VectorCache:
    identity = f"{index.catalog.get('store_id')} {index.embedder.fingerprint()}"
    return VectorCache(index.path / "cache", kind, index.embedder.dimension, identity)


def nearest(index: Index, cache: VectorCache | None = None) -> Answers:
    """What a new process gets from the cache of `index`: ids and cosines, rounded, per question."""
    cache = cache or a_cache(index)
    found = []
    with index.catalog.read() as connection:
        for row in index.embedder.embed(list(QUESTIONS)):
            ids, cosines = cache.search(connection, index.catalog.state, row, 10)
            order = np.lexsort((ids, -cosines.round(4)))
            found.append((ids[order].tolist(), cosines[order].round(4).tobytes()))
    return found


def truth(index: Index) -> Answers:
    """The same from the reference store, filled from the catalog."""
    exact = VectorCache(Path("/nonexistent"), "exact", index.embedder.dimension, "")
    return nearest(index, exact)


def same(index: Index) -> bool:
    """Equal cosines at each rank, and equal ids where no two cosines are equal."""
    got, wanted = nearest(index), truth(index)
    return [cosines for _, cosines in got] == [cosines for _, cosines in wanted]


def cache_file(index: Index) -> Path:
    (file,) = (index.path / "cache").glob("faiss-*/vectors.faiss")
    return file


def manifest(index: Index) -> Path:
    return index.path / "cache" / "faiss.json"


def was_rebuilt(index: Index, caplog: pytest.LogCaptureFixture) -> bool:
    return any("rebuilding" in record.message for record in caplog.records)


def test_an_intact_cache_is_taken_and_answers_like_the_reference(
    published: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert same(published)

    def never(*_: object) -> None:
        raise AssertionError("rows were read from the catalog")

    monkeypatch.setattr("ingest.index.cache.read_vectors", never)
    assert len(nearest(published)) == len(QUESTIONS)


@pytest.mark.parametrize("which", ["faiss", "manifest"])
def test_d09_a_cache_cut_off_anywhere_is_made_anew(
    published: Index, which: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = cache_file(published) if which == "faiss" else manifest(published)
    whole = path.read_bytes()
    cuts = sorted({*range(0, len(whole), 4096), 1, len(whole) // 2, len(whole) - 1})
    assert len(cuts) >= 4
    for cut in cuts:
        path.write_bytes(whole[:cut])
        caplog.clear()
        with caplog.at_level("INFO", logger="ingest"):
            assert same(published), cut
        assert was_rebuilt(published, caplog), cut


def test_d10_no_flipped_bit_of_the_cache_changes_an_answer(
    published: Index, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(7)
    files = [cache_file(published), manifest(published)]
    sound = {path: path.read_bytes() for path in files}
    silent, missed = [], 0
    for n in range(200):
        path = files[n % 2]
        damaged = bytearray(sound[path])
        at, bit = rng.randrange(len(damaged)), rng.randrange(8)
        damaged[at] ^= 1 << bit
        path.write_bytes(damaged)
        caplog.clear()
        with caplog.at_level("INFO", logger="ingest"):
            if not same(published):
                silent.append((path.name, at, bit))
        missed += not was_rebuilt(published, caplog)
        path.write_bytes(sound[path])
    assert (silent, missed) == ([], 0)


def test_d10_faiss_alone_lets_flipped_bits_pass(published: Index, tmp_path: Path) -> None:
    rng = random.Random(7)
    sound = cache_file(published).read_bytes()
    rows = published.embedder.embed(list(QUESTIONS))
    store = FaissStore(published.embedder.dimension)
    wrong = 0
    store.load(cache_file(published).parent)
    expected = [store.search(row, 10)[1].tobytes() for row in rows]
    for _ in range(60):
        damaged = bytearray(sound)
        damaged[rng.randrange(200, len(sound))] ^= 1 << rng.randrange(8)
        (tmp_path / "vectors.faiss").write_bytes(damaged)
        try:
            store.load(tmp_path)
        except StoreError:
            continue
        wrong += [store.search(row, 10)[1].tobytes() for row in rows] != expected
    assert wrong > 0


def test_d11_a_missing_cache_is_made_anew(published: Index) -> None:
    cache_file(published).unlink()
    assert same(published)
    shutil.rmtree(published.path / "cache")
    assert same(published)
    published.rebuild()
    assert cache_file(published).exists()


def test_d11_an_older_and_a_newer_cache_are_not_taken(
    published: Index, fill: Fill, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = published.path / "cache"
    shutil.copytree(folder, tmp_path / "older")
    with published.writing():
        published.remove([f"/doc/{n:03}.txt" for n in range(0, 30, 3)])
    fill(published, 4, first=30)
    published.publish()
    shutil.copytree(folder, tmp_path / "newer")
    for name in ("older", "newer"):
        if name == "newer":
            fill(published, 1, first=40)
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / name, folder)
        caplog.clear()
        with caplog.at_level("INFO", logger="ingest"):
            assert same(published), name
        assert was_rebuilt(published, caplog), name


def test_d11_the_cache_of_another_knowledge_base_is_not_taken(
    published: Index, make_index: Make, fill: Fill, tmp_path: Path
) -> None:
    other = make_index(tmp_path / "other")
    fill(other, 30, first=500)
    other.publish()
    assert other.catalog.generation == published.catalog.generation
    shutil.rmtree(published.path / "cache")
    shutil.copytree(other.path / "cache", published.path / "cache")
    assert same(published)


def test_d11_two_copies_that_went_on_to_the_same_generation_do_not_share_a_cache(
    published: Index, make_index: Make, fill: Fill, tmp_path: Path
) -> None:
    published.catalog.backup(tmp_path / "copy.sqlite")
    (tmp_path / "twin").mkdir()
    shutil.move(tmp_path / "copy.sqlite", tmp_path / "twin" / "catalog.sqlite")
    twin = make_index(tmp_path / "twin")
    fill(published, 3, first=100)
    fill(twin, 3, first=200)
    twin.publish()
    assert twin.catalog.generation == published.catalog.generation
    assert twin.catalog.get("store_id") == published.catalog.get("store_id")
    shutil.rmtree(published.path / "cache")
    shutil.copytree(twin.path / "cache", published.path / "cache")
    assert same(published)


@pytest.mark.parametrize("name", ["..", ".", "../..", "/etc", "chroma-1"])
def test_a_manifest_cannot_lead_to_another_folder(published: Index, name: str) -> None:
    _, _, body = manifest(published).read_bytes().partition(b"\n")
    forged = json.dumps({**json.loads(body), "folder": name, "files": {}}).encode()
    checksum = hashlib.sha256(forged).hexdigest().encode()
    manifest(published).write_bytes(checksum + b"\n" + forged)
    assert same(published)


def test_d12_a_crash_at_any_step_of_publishing_leaves_right_answers(
    published: Index, fill: Fill, make_index: Make, tmp_path: Path
) -> None:
    fill(published, 2, first=50)
    published.close()
    (tmp_path / "copies").mkdir()
    child = subprocess.run(
        [sys.executable, str(FAILPOINTS), str(published.path), str(tmp_path / "copies")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.stderr == ""
    codes = [int(line.split()[1]) for line in child.stdout.splitlines()]
    assert codes[:-1] == [137] * (len(codes) - 1)
    assert codes[-1] == 0
    assert len(codes) >= 15
    for folder in sorted((tmp_path / "copies").iterdir()):
        index = make_index(folder)
        assert same(index), folder.name
        fill(index, 1, first=90)
        index.publish()
        assert len(list((folder / "cache").iterdir())) == 2, folder.name
        index.close()


def test_half_a_change_is_never_searched(
    published: Index, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = a_cache(published)
    nearest(published, cache)
    fill(published, 6, first=60)
    calls: list[int] = []

    def failing(self: FaissStore, ids: np.ndarray, vectors: np.ndarray) -> None:
        calls.append(len(ids))
        self._index.add_with_ids(vectors, ids)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(FaissStore, "add", failing)
        with pytest.raises(MemoryError):
            nearest(published, cache)
    assert calls == [12]
    assert [c for _, c in nearest(published, cache)] == [c for _, c in truth(published)]


def test_d06_a_cache_that_finds_no_room_leaves_the_old_one_and_says_so(
    published: Index, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in (published.path / "cache").rglob("*.*")
              if path.is_file()}  # fmt: skip
    fill(published, 2, first=70)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ingest.stores.faiss_store.write_file", full)
        with pytest.raises(StoreError, match=r"No space left .* the documents are stored"):
            published.publish()
    after = {p: p.read_bytes() for p in (published.path / "cache").rglob("*.*") if p.is_file()}
    assert after == before
    assert same(published)
    published.publish()
    assert len(list((published.path / "cache").iterdir())) == 2
