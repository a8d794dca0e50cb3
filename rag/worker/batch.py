"""One llama.cpp batch, used again and again: tokens of several sequences read in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .contexts import BATCH

__all__ = ["Batch"]


class Batch:
    """Holds up to `BATCH` tokens; each belongs to one sequence at one position.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self._batch = library.llama_batch_init(BATCH, 0, 1)
        view = np.ctypeslib.as_array
        self._tokens = view(self._batch.token, (BATCH,))
        self._positions = view(self._batch.pos, (BATCH,))
        self._looked_at = view(self._batch.logits, (BATCH,))
        view(self._batch.n_seq_id, (BATCH,))[:] = 1
        self.clear()

    def clear(self) -> None:
        """Take everything out."""
        self._batch.n_tokens = 0

    @property
    def size(self) -> int:
        """Tokens in it."""
        return int(self._batch.n_tokens)

    def add(self, sequence: int, position: int, tokens: Sequence[int], *, look: bool) -> int:
        """Put tokens of one sequence in.

        Args:
            sequence: its number.
            position: of the first token in its sequence.
            tokens: not more than still fit in.
            look: whether the model's opinion on what follows the last of them is wanted.

        Returns:
            The place of the last token, to ask for that opinion by.
        """
        start = int(self._batch.n_tokens)
        end = start + len(tokens)
        self._tokens[start:end] = tokens
        self._positions[start:end] = range(position, position + len(tokens))
        self._looked_at[start:end] = 0
        for at in range(start, end):
            self._batch.seq_id[at][0] = sequence
        self._looked_at[end - 1] = look
        self._batch.n_tokens = end
        return end - 1

    def decode(self, context: Any) -> int:
        """Read what is in; llama.cpp's status, 0 for success."""
        return int(self._library.llama_decode(context, self._batch))
