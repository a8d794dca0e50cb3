"""Chroma behind the vector store seam, in a private working folder that nobody else can damage."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_file
from ..embedders.base import Vectors
from ..errors import StoreError
from .base import Ids

__all__ = ["ChromaStore"]

_NAME = "vectors"
_BATCH = 2_000
_EXACT_BELOW = 200  # `ef_search`: with this many candidates HNSW answers almost like a full scan


class ChromaStore:
    """A persistent Chroma collection, cosine space.

    Embedded Chroma goes stale when a second process writes to its folder and leaves half-written
    files when it is killed. So each process works on a copy of its own, and what is published is a
    closed, checked copy.
    """

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._open_empty()

    def _open_empty(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="recollect-chroma-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, True)
        self._connect()

    def _connect(self) -> None:
        import chromadb  # noqa: PLC0415 - heavy
        from chromadb.config import Settings  # noqa: PLC0415

        self._client: Any = chromadb.PersistentClient(
            str(self._folder), settings=Settings(anonymized_telemetry=False)
        )
        self._collection: Any = self._client.get_or_create_collection(
            _NAME,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_search": _EXACT_BELOW}},
        )

    def __len__(self) -> int:
        """Rows held."""
        return int(self._collection.count())

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in rows under new ids, in batches that Chroma accepts."""
        for at in range(0, len(ids), _BATCH):
            part = slice(at, at + _BATCH)
            self._collection.add(ids=[str(i) for i in ids[part]], embeddings=vectors[part])

    def remove(self, ids: Ids) -> None:
        """Forget rows; unknown ids are passed over."""
        for at in range(0, len(ids), _BATCH):
            self._collection.delete(ids=[str(i) for i in ids[at : at + _BATCH]])

    def search(self, vector: Vectors, k: int) -> tuple[Ids, Vectors]:
        """The nearest rows, best first."""
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        found = self._collection.query(
            query_embeddings=vector[None], n_results=k, include=["distances"]
        )
        ids = np.array([int(i) for i in found["ids"][0]], dtype=np.int64)
        return ids, 1.0 - np.array(found["distances"][0], dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Copy the closed collection, file by file, each made durable."""
        self._client.close()
        try:
            for file in sorted(self._folder.rglob("*")):
                if file.is_file():
                    target = folder / file.relative_to(self._folder)
                    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    write_file(target, file.read_bytes())
        finally:
            self._connect()

    def load(self, folder: Path) -> None:
        """Work on a copy of what `save` wrote."""
        from chromadb.errors import ChromaError  # noqa: PLC0415 - heavy

        self.close()
        self._folder = Path(tempfile.mkdtemp(prefix="recollect-chroma-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self._folder, True)
        shutil.copytree(folder, self._folder, dirs_exist_ok=True)
        try:
            self._connect()
        except (ChromaError, RuntimeError, ValueError, KeyError, OSError) as error:
            raise StoreError(f"Cannot read the Chroma files in {str(folder)!r}: {error}") from error

    def close(self) -> None:
        """Close the client and delete the working folder."""
        self._client.close()
        self._finalizer()
