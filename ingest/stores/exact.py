"""The reference vector store: one NumPy matrix, every row compared, nothing approximate."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from ..atomic import write_file
from ..embedders.base import Vectors
from ..errors import StoreError
from .base import Ids

__all__ = ["ExactStore"]


class ExactStore:
    """Cosines by one matrix product; right up to some 50,000 rows, and simple enough to trust."""

    def __init__(self, dimension: int) -> None:
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._rows: Vectors = np.empty((0, dimension), dtype=np.float32)

    def __len__(self) -> int:
        """Rows held."""
        return len(self._ids)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in rows under new ids."""
        self._ids = np.concatenate([self._ids, ids])
        self._rows = np.concatenate([self._rows, vectors])

    def remove(self, ids: Ids) -> None:
        """Forget rows; unknown ids are passed over."""
        keep = ~np.isin(self._ids, ids)
        self._ids, self._rows = self._ids[keep], self._rows[keep]

    def search(self, vector: Vectors, k: int) -> tuple[Ids, Vectors]:
        """The nearest rows, best first; equal cosines by id."""
        cosines = self._rows @ vector
        order = np.lexsort((self._ids, -cosines))[:k]
        return self._ids[order], cosines[order]

    def save(self, folder: Path) -> None:
        """Two arrays in NumPy's own format, without pickle."""
        for name, array in (("ids", self._ids), ("rows", self._rows)):
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            write_file(folder / f"{name}.npy", buffer.getvalue())

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        try:
            ids = np.load(folder / "ids.npy", allow_pickle=False)
            rows = np.load(folder / "rows.npy", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise StoreError(f"Cannot read the vectors in {str(folder)!r}: {error}") from error
        self._ids, self._rows = ids.astype(np.int64), rows.astype(np.float32)
