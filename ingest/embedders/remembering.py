"""An embedder that does not compute the same text twice while it is remembered."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from .base import Embedder, Role, Vectors

__all__ = ["RememberingEmbedder"]

_SLICE = 320  # texts; more than a small call, so that bulk engines are used
_SMALL_CALL = 256  # texts; a larger call is an ingest, whose texts do not come again


class RememberingEmbedder(Embedder):
    """Wraps an embedder and keeps the rows of the texts used last.

    Conversations stay on the same passages, so their sentences are asked for again and again.
    Safe for several threads, one of which computes at a time.

    Args:
        inner: does the work; name, fingerprint and languages are its own.
        capacity: rows kept; 20,000 rows of 384 numbers take 30 MB.
    """

    def __init__(self, inner: Embedder, capacity: int = 20_000) -> None:
        self.inner = inner
        self.name = inner.name
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self.languages = inner.languages
        self._capacity = capacity
        self._rows: OrderedDict[tuple[Role, str], Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def fingerprint(self) -> str:
        """The wrapped embedder's."""
        return self.inner.fingerprint()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Counted by the wrapped embedder."""
        with self._lock:
            return self.inner.count_tokens(texts)

    def embed(self, texts: Sequence[str], role: Role = "passage") -> Vectors:
        """float32 [n, dimension], rows of length 1; known ones come from memory."""
        if len(texts) > _SMALL_CALL:
            return self._many(texts, role)
        with self._lock:
            fresh = list(dict.fromkeys(text for text in texts if (role, text) not in self._rows))
            if fresh:
                for text, row in zip(fresh, self.inner.embed(fresh, role), strict=True):
                    self._rows[role, text] = row.copy()  # a view would keep its whole matrix
            rows = [self._rows[role, text] for text in texts]
            for text in texts:
                self._rows.move_to_end((role, text))
            while len(self._rows) > self._capacity:
                self._rows.popitem(last=False)
        return np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)

    def _many(self, texts: Sequence[str], role: Role) -> Vectors:
        """Slice by slice, so that a question need not wait for a whole ingest."""
        rows = []
        for at in range(0, len(texts), _SLICE):
            with self._lock:
                rows.append(self.inner.embed(texts[at : at + _SLICE], role))
        return np.concatenate(rows)
