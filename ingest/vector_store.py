"""An index with the face of a LangChain `VectorStore`: any chain or agent can search it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from .document import Chunk, Page, Passage
from .index.index import Index
from .index.records import WHOLE, NewDocument

__all__ = ["IndexVectorStore", "as_document"]

_SCHEME = "text:"


def as_document(passage: Passage, metadata: dict[str, Any] | None = None) -> Document:
    """A passage as LangChain sees it; its place and scores are in the metadata."""
    place = {
        "source": passage.source,
        "title": passage.title,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "heading_path": list(passage.heading_path),
        "chunk_id": passage.chunk_id,
        "score": passage.score,
        "signals": dict(passage.signals),
    }
    return Document(page_content=passage.text, metadata={**place, **(metadata or {})})


class IndexVectorStore(VectorStore):
    """Texts added here become documents of one chunk; ingested files are searched along.

    The ranking is the index's own (words and vectors fused), so scores are sums of z-scores,
    comparable within one search only.

    Args:
        index: the knowledge base; stays open when this object goes.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    @property
    def embeddings(self) -> Embeddings:
        """The index's embedder."""
        return self._index.embedder

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Store each text whole, under its id; an id that exists is replaced.

        Raises:
            ValueError: lists of different lengths, or an empty text.
        """
        words = list(texts)
        names = [name or uuid.uuid4().hex for name in (ids or [None] * len(words))]
        metas = metadatas or [{} for _ in words]
        if not len(words) == len(names) == len(metas):
            raise ValueError(
                f"{len(words)} texts, {len(names)} ids, {len(metas)} metadatas; give one of each."
            )
        if any(not text.strip() for text in words):
            raise ValueError("An empty text cannot be stored; leave it out.")
        with self._index.writing(wait_seconds=60):
            self._index.claim()
            vectors = self._index.embedder.embed(words) if words else ()
            for name, text, meta, row in zip(names, words, metas, vectors, strict=True):
                self._index.commit(
                    NewDocument(
                        source=_SCHEME + name,
                        content_hash=hashlib.sha256(text.encode()).hexdigest(),
                        title=str(meta.get("title") or name),
                        media_type="text/plain",
                        size=len(text.encode()),
                        pages=(Page(1, text),),
                        chunks=(Chunk(text, 1, 0, len(text)),),
                        vectors=row[None],
                        splitter=WHOLE,
                        embedder=self._index.embedder.fingerprint(),
                        metadata=meta,
                        keys=(name,),
                    )
                )
        return names

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Take out texts by id; unknown ids are passed over; None takes out every added text."""
        if ids is None:
            sources = [d.source for d in self._index.documents() if d.source.startswith(_SCHEME)]
        else:
            sources = [_SCHEME + name for name in ids]
        with self._index.writing(wait_seconds=60):
            self._index.remove(sources)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The texts of these ids, in their order; unknown ids left out."""
        found = []
        with self._index.catalog.read() as connection:
            for name in ids:
                row = connection.execute(
                    "SELECT c.text, d.metadata FROM chunks c JOIN documents d ON d.id = c.document "
                    "WHERE c.key = ?",
                    (name,),
                ).fetchone()
                if row is not None:
                    found.append(
                        Document(id=name, page_content=row[0], metadata=json.loads(row[1]))
                    )
        return found

    def similarity_search(
        self,
        query: str,
        k: int = 4,
        **kwargs: Any,
    ) -> list[Document]:
        """The `k` best texts, best first."""
        return [document for document, _ in self.similarity_search_with_score(query, k)]

    def similarity_search_with_score(
        self,
        query: str,
        k: int = 4,
        **kwargs: Any,
    ) -> list[tuple[Document, float]]:
        """The `k` best texts with their scores, best first, higher is better."""
        passages = self._index.search(query, k=k)
        with self._index.catalog.read() as connection:
            stored = {
                passage.chunk_id: connection.execute(
                    "SELECT c.key, d.source, d.metadata FROM chunks c "
                    "JOIN documents d ON d.id = c.document WHERE c.id = ?",
                    (passage.chunk_id,),
                ).fetchone()
                for passage in passages
            }
        found = []
        for passage in passages:
            key, source, metadata = stored[passage.chunk_id] or ("", passage.source, "{}")
            own = json.loads(metadata)
            if source.startswith(_SCHEME):
                document = Document(id=key, page_content=passage.text, metadata=own)
            else:
                document = as_document(passage, own).model_copy(update={"id": key})
            found.append((document, passage.score))
        return found

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> IndexVectorStore:
        """A new knowledge base with these texts.

        Args:
            texts: stored whole.
            embedding: must be one of this package's embedders.
            metadatas: one mapping per text.
            ids: one id per text.
            **kwargs: `folder` is required, the rest goes to `Index`.

        Raises:
            TypeError: `embedding` is a foreign one, or `folder` is missing.
        """
        from .embedders.base import Embedder  # noqa: PLC0415 - only for the check

        if not isinstance(embedding, Embedder):
            raise TypeError(f"{embedding!r} has no fingerprint; use ingest.open_embedder(name).")
        store = cls(Index(kwargs.pop("folder"), embedder=embedding, **kwargs))
        store.add_texts(texts, metadatas, ids=ids)
        return store
