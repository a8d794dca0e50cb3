"""An index with the face of a LangChain vector store, held against LangChain's own suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from ingest import Index, IndexVectorStore, StoreError, ingest_paths
from ingest.embedders.hashing import HashingEmbedder


class _Standard(VectorStoreIntegrationTests):
    kind = ""

    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        with Index(tmp_path, embedder=HashingEmbedder(64), vector_store=self.kind) as index:
            yield IndexVectorStore(index)


class TestStandardWithFaiss(_Standard):
    kind = "faiss"


class TestStandardWithExact(_Standard):
    kind = "exact"


del _Standard


@pytest.fixture
def store(make_index: Callable[..., Index]) -> IndexVectorStore:
    return IndexVectorStore(make_index())


def test_no_standard_test_is_overridden() -> None:
    ours = [name for name in vars(TestStandardWithFaiss) if name.startswith("test_")]
    assert ours == []
    assert TestStandardWithFaiss.has_sync.fget is VectorStoreIntegrationTests.has_sync.fget  # type: ignore[attr-defined]
    assert TestStandardWithFaiss.has_async.fget is VectorStoreIntegrationTests.has_async.fget  # type: ignore[attr-defined]


def test_lists_of_different_lengths_store_nothing(store: IndexVectorStore) -> None:
    with pytest.raises(ValueError, match="2 texts, 2 ids, 1 metadatas"):
        store.add_texts(["one", "two"], [{"n": 1}], ids=["a", "b"])
    with pytest.raises(ValueError, match="2 texts, 1 ids"):
        store.add_texts(["one", "two"], ids=["a"])
    with pytest.raises(ValueError, match="An empty text"):
        store.add_texts(["one", " "])
    assert store.get_by_ids(["a", "b"]) == []
    assert store.similarity_search("one") == []


def test_the_same_text_under_the_same_id_is_stored_once(store: IndexVectorStore) -> None:
    for _ in range(2):
        store.add_texts(["The otter eats."], [{"n": 1}], ids=["a"])
    store.add_texts(["The heron eats."], [{"n": 2}], ids=["a"])
    found = store.similarity_search("eats", k=5)
    assert found == [Document(id="a", page_content="The heron eats.", metadata={"n": 2})]


def test_texts_and_files_are_searched_together_and_files_say_where_they_stand(
    store: IndexVectorStore, write_files: Callable[..., Path]
) -> None:
    folder = write_files(a="The otter eats fish.")
    ingest_paths(store._index, [folder])
    store.add_texts(["The heron eats frogs."], ids=["h"])
    ((first, high), (second, low)) = store.similarity_search_with_score("otter fish", k=2)
    assert first.metadata["source"] == str((folder / "a.txt").resolve())
    assert (first.metadata["page"], first.metadata["start"], first.metadata["end"]) == (1, 0, 20)
    assert (second.id, high > low) == ("h", True)
    retrieved = store.as_retriever(search_kwargs={"k": 1}).invoke("frogs")
    assert [document.id for document in retrieved] == ["h"]
    store.delete()
    assert [d.page_content for d in store.similarity_search("eats")] == ["The otter eats fish."]


def test_an_id_that_is_a_chunk_of_a_file_is_refused_without_a_change(
    store: IndexVectorStore, write_files: Callable[..., Path]
) -> None:
    ingest_paths(store._index, [write_files(a="The otter eats fish.")])
    (found,) = store.similarity_search("otter")
    with pytest.raises(StoreError, match="nothing was changed"):
        store.add_texts(["Another text."], ids=[str(found.id)])
    assert store._index.verify() == []


def test_a_new_knowledge_base_is_made_of_texts_and_needs_an_embedder_with_an_identity(
    tmp_path: Path,
) -> None:
    made = IndexVectorStore.from_texts(
        ["one fish", "two fish"], HashingEmbedder(64), ids=["1", "2"], folder=tmp_path / "kb"
    )
    assert [d.id for d in made.similarity_search("two", k=1)] == ["2"]
    made._index.close()
    with pytest.raises(TypeError, match="no fingerprint"):
        IndexVectorStore.from_texts(["x"], DeterministicFakeEmbedding(size=8), folder=tmp_path)
