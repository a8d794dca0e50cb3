"""A vector store as the index sees it: ids and rows in, nearest ids out; a cache of the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..embedders.base import Vectors

__all__ = ["Ids", "VectorStoreCache"]

Ids = NDArray[np.int64]


class VectorStoreCache(Protocol):
    """Nearest neighbours by cosine over the catalog's vectors.

    It holds nothing that the catalog does not hold, so it may be thrown away at any time. Not safe
    for several threads: its owner holds a lock.
    """

    def __len__(self) -> int:
        """Rows held."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Take in int64 [n] ids, none of them held yet, with float32 [n, d] rows of length 1."""

    def remove(self, ids: Ids) -> None:
        """Forget the rows of these ids; unknown ids are passed over."""

    def search(self, vector: Vectors, k: int) -> tuple[Ids, Vectors]:
        """The `k` nearest rows to float32 [d], or fewer: ids and cosines in [-1, 1], best first."""

    def save(self, folder: Path) -> None:
        """Write everything below `folder`, which exists and is empty, and make it durable."""

    def load(self, folder: Path) -> None:
        """Replace what is held by what `save` wrote. Raises StoreError when it cannot be read."""
