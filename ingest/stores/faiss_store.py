"""FAISS behind the vector store seam: exact at first, eight bits a number when it grows large."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import write_file
from ..embedders.base import Vectors
from ..errors import StoreError
from .base import Ids

__all__ = ["FLAT_LIMIT", "FaissStore"]

FLAT_LIMIT = 50_000
"""Rows up to which every row is compared exactly; above, SQ8 (recall 0.995 at a fifth of the time,
measured at 100,000 rows of 384 numbers)."""

_FILE = "vectors.faiss"


class FaissStore:
    """`IndexIDMap2` over `IndexFlatIP`, then over an 8-bit scalar quantizer."""

    def __init__(self, dimension: int) -> None:
        import faiss  # noqa: PLC0415 - heavy

        faiss.omp_set_num_threads(1)  # for one query two threads were three times slower
        self._faiss = faiss
        self._dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._flat = True

    def __len__(self) -> int:
        """Rows held."""
        return int(self._index.ntotal)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in rows under new ids; climbs to SQ8 when they no longer fit the exact index."""
        if len(ids) == 0:
            return
        if self._flat and len(self) + len(ids) > FLAT_LIMIT:
            held = self._faiss.vector_to_array(self._index.id_map)
            flat = self._faiss.downcast_index(self._index.index)
            rows = flat.reconstruct_n(0, flat.ntotal) if flat.ntotal else vectors[:0]
            ids, vectors = np.concatenate([held, ids]), np.concatenate([rows, vectors])
            quantizer = self._faiss.IndexScalarQuantizer(
                self._dimension,
                self._faiss.ScalarQuantizer.QT_8bit,
                self._faiss.METRIC_INNER_PRODUCT,
            )
            quantizer.train(vectors)
            self._index = self._faiss.IndexIDMap2(quantizer)
            self._flat = False
        self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        """Forget rows; unknown ids are passed over."""
        if len(ids):
            self._index.remove_ids(np.ascontiguousarray(ids, dtype=np.int64))

    def search(self, vector: Vectors, k: int) -> tuple[Ids, Vectors]:
        """The nearest rows, best first."""
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        cosines, ids = self._index.search(np.ascontiguousarray(vector[None], dtype=np.float32), k)
        return ids[0], cosines[0]

    def save(self, folder: Path) -> None:
        """One file in FAISS's own format."""
        write_file(folder / _FILE, self._faiss.serialize_index(self._index).tobytes())

    def load(self, folder: Path) -> None:
        """Read what `save` wrote; whoever calls has checked its SHA-256, FAISS does not."""
        try:
            data = np.frombuffer((folder / _FILE).read_bytes(), dtype=np.uint8)
            index = self._faiss.deserialize_index(data)
        except (OSError, RuntimeError) as error:
            raise StoreError(f"Cannot read the FAISS index in {str(folder)!r}: {error}") from error
        if index.d != self._dimension:
            raise StoreError(f"The FAISS index in {str(folder)!r} has dimension {index.d!r}.")
        self._index = index
        inner: Any = self._faiss.downcast_index(self._index.index)
        self._flat = isinstance(inner, self._faiss.IndexFlat)
