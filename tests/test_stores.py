"""Every vector store against the exact reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest import VECTOR_STORES, SettingError, StoreError
from ingest.stores import faiss_store
from ingest.stores.base import VectorStoreCache
from ingest.stores.exact import ExactStore
from ingest.stores.registry import new_store

_D = 32


def unit_rows(count: int, seed: int = 1) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, _D)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ids_from(first: int, count: int) -> np.ndarray:
    return np.arange(first, first + count, dtype=np.int64)


@pytest.fixture(params=sorted(VECTOR_STORES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str) -> Iterator[VectorStoreCache]:
    store = new_store(kind, _D)
    yield store
    if hasattr(store, "close"):
        store.close()


def assert_same(store: VectorStoreCache, reference: ExactStore, k: int = 10) -> None:
    assert len(store) == len(reference)
    for query in unit_rows(20, seed=9):
        ids, cosines = store.search(query, k)
        wanted, exact = reference.search(query, k)
        assert ids.tolist() == wanted.tolist()
        assert ids.dtype == np.int64
        np.testing.assert_allclose(cosines, exact, atol=1e-5)


def test_a_store_answers_like_the_reference_after_adds_and_removals(
    store: VectorStoreCache,
) -> None:
    reference = ExactStore(_D)
    rows = unit_rows(300)
    for at in range(0, 300, 100):
        for each in (store, reference):
            each.add(ids_from(1000 + at, 100), rows[at : at + 100])
    assert_same(store, reference)
    gone = np.array([1003, 1004, 1150, 1299, 77], dtype=np.int64)
    for each in (store, reference):
        each.remove(gone)
        each.add(ids_from(5000, 40), unit_rows(40, seed=2))
    assert_same(store, reference)


def test_a_saved_store_loads_as_it_was_and_can_be_changed(
    store: VectorStoreCache, kind: str, tmp_path: Path
) -> None:
    reference = ExactStore(_D)
    for each in (store, reference):
        each.add(ids_from(1, 150), unit_rows(150))
    store.save(tmp_path)
    assert_same(store, reference)
    loaded = new_store(kind, _D)
    loaded.load(tmp_path)
    assert_same(loaded, reference)
    for each in (loaded, reference):
        each.remove(ids_from(1, 50))
        each.add(ids_from(900, 5), unit_rows(5, seed=3))
    assert_same(loaded, reference)
    if hasattr(loaded, "close"):
        loaded.close()


def test_an_empty_store_finds_nothing_and_a_small_one_everything(store: VectorStoreCache) -> None:
    ids, cosines = store.search(unit_rows(1)[0], 5)
    assert (len(ids), len(cosines), len(store)) == (0, 0, 0)
    store.remove(ids_from(1, 3))
    store.add(ids_from(1, 0), unit_rows(0))
    store.add(ids_from(7, 2), unit_rows(2))
    assert store.search(unit_rows(1)[0], 5)[0].tolist() == [7, 8]


def test_what_is_no_store_is_refused_when_loaded(kind: str, tmp_path: Path) -> None:
    for name in ("vectors.faiss", "ids.npy", "rows.npy", "chroma.sqlite3"):
        (tmp_path / name).write_bytes(b"this is not a vector index, " * 20)
    store = new_store(kind, _D)
    with pytest.raises(StoreError):
        store.load(tmp_path)


def test_an_unknown_store_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="chroma, exact, faiss"):
        new_store("pinecone", _D)


def test_faiss_climbs_to_eight_bits_and_stays_near_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faiss_store, "FLAT_LIMIT", 500)
    store, reference = faiss_store.FaissStore(_D), ExactStore(_D)
    rows = unit_rows(1_500)
    for at in range(0, 1_500, 250):
        for each in (store, reference):
            each.add(ids_from(at, 250), rows[at : at + 250])
    for each in (store, reference):
        each.remove(ids_from(300, 100))
    store.save(tmp_path)
    assert (tmp_path / "vectors.faiss").stat().st_size < rows.nbytes / 2
    loaded = faiss_store.FaissStore(_D)
    loaded.load(tmp_path)
    loaded.add(ids_from(300, 100), rows[300:400])
    reference.add(ids_from(300, 100), rows[300:400])
    hits = 0
    queries = unit_rows(50, seed=4)
    for query in queries:
        ids, cosines = loaded.search(query, 10)
        wanted, _ = reference.search(query, 10)
        hits += len(set(ids.tolist()) & set(wanted.tolist()))
        np.testing.assert_allclose(cosines, rows[ids] @ query, atol=0.05)
    assert hits / (10 * len(queries)) >= 0.97


def test_faiss_refuses_an_index_of_another_dimension(tmp_path: Path) -> None:
    store = faiss_store.FaissStore(_D)
    store.add(ids_from(1, 3), unit_rows(3))
    store.save(tmp_path)
    with pytest.raises(StoreError, match="dimension 32"):
        faiss_store.FaissStore(_D + 1).load(tmp_path)
