"""The knowledge base as a LangChain retriever."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from ingest import Index, as_document

__all__ = ["IndexRetriever"]


class IndexRetriever(BaseRetriever):
    """Fused search (words and vectors) with page and span in the metadata.

    Attributes:
        index: the knowledge base; stays open when the retriever goes.
        k: documents per question.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    k: int = Field(default=6, ge=1)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        passages = self.index.search(query, k=k if k is not None else self.k)
        return [as_document(passage) for passage in passages]
