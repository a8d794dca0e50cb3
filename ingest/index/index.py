"""A knowledge base: documents go in whole or not at all, questions bring back passages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ..document import Page, Passage
from ..embedders.base import Embedder
from ..embedders.registry import DEFAULT_EMBEDDER, open_embedder
from ..embedders.remembering import RememberingEmbedder
from ..errors import SettingError
from ..lexical import LEXICAL_VERSION, is_cjk
from ..splitter import Splitter
from ..stores.registry import VECTOR_STORES
from . import documents as rows
from .cache import VectorCache
from .catalog import Catalog
from .identity import EmbedderIdentity, require_same
from .lock import writer_lock
from .moving import move_documents
from .ranking import Query, holding, rarity
from .records import Contents, DocumentInfo, NewDocument
from .search import search
from .verify import lexical_problems, problems
from .words import rebuild_lexical

__all__ = ["Index"]

FOREIGN_COSINE_WEIGHT = 0.1
"""Share of the vectors for a question in a language that the embedder does not speak."""


class Index:
    """One knowledge base in one folder: the catalog and a vector store kept equal to it.

    Safe for several threads, and for several processes of which one writes. Readers see whole
    documents of one generation. Nothing heavy is loaded before the first search or commit.

    Args:
        folder: the knowledge base; made if absent.
        embedder: an embedder, its name, or None for the one it was built with (a new knowledge
            base takes the packaged default).
        vector_store: "faiss", "chroma" or "exact".
        splitter: what cuts pages into chunks; None fits the embedder's window.
        read_only: never write; the knowledge base must exist.

    Raises:
        StoreError: the folder cannot be used.
        SettingError: an unknown vector store.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        embedder: Embedder | str | None = None,
        vector_store: str = "faiss",
        splitter: Splitter | None = None,
        read_only: bool = False,
    ) -> None:
        if vector_store not in VECTOR_STORES:
            known = ", ".join(sorted(VECTOR_STORES))
            raise SettingError(f"Unknown vector store {vector_store!r}; choose one of: {known}.")
        self.path = Path(folder)
        self.catalog = Catalog(self.path, read_only=read_only)
        self.vector_store = vector_store
        self._wanted = embedder
        self._splitter = splitter
        self._embedder: Embedder | None = None
        self._cache: VectorCache | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"Index({str(self.path)!r}, vector_store={self.vector_store!r})"

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @property
    def embedder(self) -> Embedder:
        """The embedder, found on first use; its weights load later still."""
        with self._lock:
            if self._embedder is None:
                wanted = self._wanted
                if wanted is None:
                    stored = EmbedderIdentity.read(self.catalog)
                    wanted = stored.name if stored else DEFAULT_EMBEDDER
                found = open_embedder(wanted) if isinstance(wanted, str) else wanted
                self._embedder = RememberingEmbedder(found)
            return self._embedder

    @property
    def splitter(self) -> Splitter:
        """What cuts pages into chunks."""
        with self._lock:
            if self._splitter is None:
                self._splitter = Splitter.for_embedder(self.embedder)
            return self._splitter

    def _vectors(self) -> VectorCache:
        with self._lock:
            if self._cache is None:
                identity = f"{self.catalog.get('store_id')} {self.embedder.fingerprint()}"
                self._cache = VectorCache(
                    self.path / "cache", self.vector_store, self.embedder.dimension, identity
                )
            return self._cache

    def search(
        self,
        question: str | Sequence[Query],
        *,
        k: int = 8,
        exclude: Collection[int] = (),
    ) -> list[Passage]:
        """The `k` best passages, best first; the same order for the same state.

        Args:
            question: one question, or several ways of asking whose scores are summed.
            k: at most so many, above 0.
            exclude: chunk ids to leave out.

        Raises:
            EmbedderMismatchError: the knowledge base was built with another embedder.
            SettingError: `k` is below 1.
        """
        if k < 1:
            raise SettingError(f"{k!r} passages cannot be searched for; set k to 1 or more.")
        queries = [self.query(question)] if isinstance(question, str) else list(question)
        queries = [query for query in queries if query.text.strip()]
        if not queries or self.is_empty():
            return []
        with self._lock:
            require_same(self.catalog, self.embedder)
            vectors = self.embedder.embed([query.text for query in queries], "query")
            with self.catalog.read() as connection:
                require_same(self.catalog, self.embedder)  # it may have changed meanwhile
                return search(
                    connection,
                    self._vectors(),
                    self.catalog.state,
                    list(zip(queries, vectors, strict=True)),
                    k=k,
                    exclude=exclude,
                )

    def query(self, text: str, weight: float = 1.0) -> Query:
        """A query that trusts the vectors as far as the embedder speaks the text's language."""
        speaks = not is_cjk(text) or "zh" in self.embedder.languages
        return Query(text, weight, 1.0 if speaks else FOREIGN_COSINE_WEIGHT)

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """How much each term says, above 0: its inverse document frequency over all chunks."""
        with self.catalog.read() as connection:
            return rarity(connection, terms)

    def is_empty(self) -> bool:
        """Whether no chunk is stored."""
        with self.catalog.read() as connection:
            return connection.execute("SELECT 1 FROM chunks LIMIT 1").fetchone() is None

    def documents(self) -> list[DocumentInfo]:
        """All documents, by source."""
        with self.catalog.read() as connection:
            return rows.list_documents(connection)

    def contents(self) -> Contents:
        """How much is stored, without reading it."""
        with self.catalog.read() as connection:
            row = connection.execute(
                "SELECT count(*), ifnull(sum(page_count), 0), ifnull(sum(chunk_count), 0), "
                "max(ingested_at) FROM documents"
            ).fetchone()
        return Contents(*row)

    def page(self, source: str, number: int) -> Page | None:
        """One page as it was parsed, or None."""
        with self.catalog.read() as connection:
            return rows.read_page(connection, source, number)

    def document(self, source: str) -> NewDocument | None:
        """A whole document as it was committed, or None."""
        with self.catalog.read() as connection:
            return rows.read_document(connection, source)

    def holding(self, term: str, k: int) -> list[Passage]:
        """At most `k` chunks, above 0, that hold a term of the index as it stands there."""
        with self.catalog.read() as connection:
            ids = holding(connection, term, k)
        return self.passages(ids)

    def passages(self, ids: Sequence[int]) -> list[Passage]:
        """The stored chunks of these ids, in their order; unknown ones left out."""
        with self.catalog.read() as connection:
            found = rows.passages_by_id(connection, ids)
        return [found[chunk_id] for chunk_id in ids if chunk_id in found]

    @contextmanager
    def writing(
        self, *, wait_seconds: float = 0.0, on_wait: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Hold the writer lock inside the block; see `writer_lock`."""
        with writer_lock(self.path, wait_seconds=wait_seconds, on_wait=on_wait):
            yield

    def claim(self) -> None:
        """Make this embedder the knowledge base's own, or refuse when it has another.

        Raises:
            EmbedderMismatchError: the knowledge base was built with another embedder.
        """
        require_same(self.catalog, self.embedder)
        if EmbedderIdentity.read(self.catalog) is None:
            EmbedderIdentity.of(self.embedder).write(self.catalog)
        self._refresh_lexical()

    def _refresh_lexical(self, *, always: bool = False) -> None:
        """Index the words anew when this program makes other terms of them than the last did."""
        if always or self.catalog.get("lexical") != str(LEXICAL_VERSION):
            with self.catalog.write() as connection:
                rebuild_lexical(connection)
                connection.execute(
                    "INSERT OR REPLACE INTO manifest VALUES ('lexical', ?)", (str(LEXICAL_VERSION),)
                )

    def commit(self, document: NewDocument) -> None:
        """Store one document, in place of an older one of the same source; durable on return."""
        with self.catalog.write() as connection:
            rows.add_document(connection, document)

    def remove(self, sources: Iterable[str]) -> int:
        """Take documents out, each in its own transaction; the number of those that were there."""
        count = 0
        for source in sources:
            with self.catalog.write() as connection:
                count += rows.remove_document(connection, source) > 0
        return count

    def relocate(self, moves: Mapping[str, str]) -> int:
        """Give documents new sources, old one to new one, all or none; the number of those found.

        Their chunks get the keys that an ingest from the new place would give them.
        """
        with self.catalog.write() as connection:
            return move_documents(connection, moves)

    def publish(self) -> None:
        """Write the vector store to disk, so that the next process opens it at once."""
        with self._lock, self.catalog.read() as connection:
            require_same(self.catalog, self.embedder)
            self._vectors().sync(connection, self.catalog.state)
            self._vectors().publish()

    def rebuild(self) -> None:
        """Make the index of words and the vector store anew from the catalog's texts and vectors.

        Raises:
            EmbedderMismatchError: the knowledge base was built with another embedder.
        """
        with self._lock:
            require_same(self.catalog, self.embedder)
            self._refresh_lexical(always=True)
            self._vectors().forget()
            self.publish()

    def verify(self) -> list[str]:
        """Everything that is wrong with the catalog, in words; empty when it is sound."""
        stored = EmbedderIdentity.read(self.catalog)
        dimension = stored.dimension if stored and stored.complete else None
        with self.catalog.read() as connection:
            return [*problems(connection, dimension), *lexical_problems(self.catalog.uri)]

    def close(self) -> None:
        """Release the files; closing twice is fine."""
        self.catalog.close()
