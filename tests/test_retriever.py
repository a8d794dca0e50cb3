"""The knowledge base as a LangChain retriever, held to LangChain's own standard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from rag import Assistant
from rag.retriever import IndexRetriever

SIGHTS = """
The bridge over the Arl was opened in May 1932 by the engineer Mary Ash.

The lighthouse of Kelm is 38 metres tall, and its keeper was Otto Brand.

The harbour of Dunmore was dredged in 1978 by the company Hale and Sons.

The museum of Lund shows wooden ferries that crossed the river before the bridge.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("retriever")
    with Assistant.open(folder / "kb", model="none") as made:
        for number, text in enumerate(SIGHTS.strip().split("\n\n")):
            path = folder / f"sight-{number}.txt"
            path.write_text(text, encoding="utf-8")
            made.ingest(path)
        yield made


class TestStandard(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _index(self, assistant: Assistant) -> None:
        self.assistant = assistant

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return IndexRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.assistant.index}

    @property
    def retriever_query_example(self) -> str:
        return "Who opened the bridge?"


def test_the_best_document_comes_first_with_its_place(assistant: Assistant) -> None:
    first = assistant.retriever(k=2).invoke("Who was the keeper of the lighthouse?")[0]
    page = assistant.index.page(first.metadata["source"], first.metadata["page"])
    assert page is not None
    assert "Otto Brand" in first.page_content
    assert page.text[first.metadata["start"] : first.metadata["end"]] == first.page_content


def test_no_number_takes_the_setting_and_zero_is_refused(assistant: Assistant) -> None:
    assert assistant.retriever().k == assistant.settings.passages
    with pytest.raises(ValidationError):
        assistant.retriever(k=0)


def test_the_vector_store_finds_the_same_documents(assistant: Assistant) -> None:
    question = "When was the harbour of Dunmore dredged?"
    store = assistant.vector_store().similarity_search(question, k=2)
    found = assistant.retriever(k=2).invoke(question)
    assert [d.page_content for d in store] == [d.page_content for d in found]


def test_an_empty_query_finds_nothing(assistant: Assistant) -> None:
    assert Path(assistant.index.path).is_dir()
    assert assistant.retriever().invoke("  ") == []
