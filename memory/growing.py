"""Rows in, one contiguous array out that grows by doubling."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["Growing"]

_FIRST = 64


class Growing:
    """An array whose end can be added to without copying all of it each time.

    Args:
        dtype: of the elements.
        width: None for a vector, otherwise the length of a row.
    """

    def __init__(self, dtype: DTypeLike, width: int | None = None) -> None:
        self._rows = np.empty(_FIRST if width is None else (_FIRST, width), dtype=dtype)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def all(self) -> NDArray[Any]:
        """A view of what was added; valid until the next addition."""
        return self._rows[: self._used]

    def add(self, rows: ArrayLike) -> None:
        """Put rows behind the last one."""
        more = np.asarray(rows, dtype=self._rows.dtype)
        needed = self._used + len(more)
        if needed > len(self._rows):
            shape = (max(needed, 2 * len(self._rows)), *self._rows.shape[1:])
            larger = np.empty(shape, dtype=self._rows.dtype)
            larger[: self._used] = self.all
            self._rows = larger
        self._rows[self._used : needed] = more
        self._used = needed
