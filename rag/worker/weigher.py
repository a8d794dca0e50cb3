"""A prompt and texts in; how likely a model's answer is to be each of them, token by token, out.

All texts are read side by side in one context that shares the prompt, so a question about a
hundred stretches of a sentence costs little more than reading the sentence a few times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contexts import BATCH, common_start
from .protocol import Track
from .serve import EngineFault
from .tokens import Vocabulary

__all__ = ["CONTEXT", "OUTPUTS", "TRACKS", "Weigher"]

CONTEXT = 1024  # tokens: the prompt and all tracks
TRACKS = 16  # texts read side by side at most
OUTPUTS = 64  # tokens whose successors are looked at in one go: 13 MB for 50,000 tokens
_ABORTED = 2  # what llama_decode returns when the abort callback said so

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Item:
    """One token to read: its place in its sequence."""

    token: int
    place: int
    sequence: int
    looked_at: bool


class Weigher:
    """A context of its own beside the one that answers; it keeps the last prompt.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
        context: made for `CONTEXT` tokens, `TRACKS` + 1 sequences that share their cells and
            `OUTPUTS` outputs.
        vocabulary: of the model.
    """

    def __init__(self, library: Any, context: Any, vocabulary: Vocabulary) -> None:
        self._library, self._context, self._vocabulary = library, context, vocabulary
        self._memory = library.llama_get_memory(context)
        # What ends an answer: the model's own tokens for it, or a new line.
        ends = {token for token in range(vocabulary.size) if vocabulary.is_end(token)}
        self._ends = sorted(ends.union(vocabulary.plain("\n")[-1:]))
        self._held: list[int] = []

    def read(self, tokens: Sequence[int]) -> int | None:
        """Read a prompt from where it differs from the last one.

        Returns:
            How many tokens at its start needed no reading; None when halted.

        Raises:
            EngineFault: the library cannot.
        """
        self._keep(0)
        keep = common_start(self._held, tokens[:-1])
        if not self._library.llama_memory_seq_rm(self._memory, 0, keep, -1):
            self._library.llama_memory_clear(self._memory, True)  # recurrent: keeps no past
            keep = 0
        self._held = list(tokens[:keep])
        last = len(tokens) - 1
        items = [_Item(t, at, 0, at == last) for at, t in enumerate(tokens) if at >= keep]
        rows = self._rows(items)
        if rows is None:
            return None
        self._held, self._first = list(tokens), rows[-1]
        return keep

    def weigh(self, texts: Sequence[Sequence[int]], most: int) -> list[Track] | None:
        """Read on from the prompt with the `most` texts whose first token is likeliest.

        Returns:
            One track per text, empty where it was not read on; None when halted.
        """
        wanted = [at for at, text in enumerate(texts) if text]
        first = {at: float(self._first[texts[at][0]]) for at in wanted}
        chosen = sorted(wanted, key=lambda at: -first[at])[: min(most, TRACKS)]
        start = len(self._held)
        items = []
        for sequence, at in enumerate(chosen, 1):
            self._library.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)
            items += [_Item(t, start + place, sequence, True) for place, t in enumerate(texts[at])]
        rows = self._rows(items)
        self._keep(0)
        if rows is None:
            return None
        tracks = [Track()] * len(texts)
        taken = 0
        for at in chosen:
            size = len(texts[at])
            tracks[at] = self._track(texts[at], first[at], rows[taken : taken + size])
            taken += size
        return tracks

    def _track(self, tokens: Sequence[int], first: float, rows: Sequence[Rows]) -> Track:
        sizes = np.cumsum([len(self._vocabulary.piece(token)) for token in tokens])
        following = [float(row[token]) for row, token in zip(rows, tokens[1:], strict=False)]
        ends = [float(np.logaddexp.reduce(row[self._ends])) for row in rows]
        return Track(tuple(int(size) for size in sizes), (first, *following), tuple(ends))

    def _keep(self, sequence: int) -> None:
        self._library.llama_memory_seq_keep(self._memory, sequence)

    def _rows(self, items: Sequence[_Item]) -> list[Rows] | None:
        """Log-probabilities of every token after each item that is looked at; None if halted."""
        found: list[Rows] = []
        start = 0
        while start < len(items):
            end, outputs = start, 0
            while end < len(items) and end - start < BATCH and outputs < OUTPUTS:
                outputs += items[end].looked_at
                end += 1
            rows = self._decode(items[start:end])
            if rows is None:
                return None
            found += rows
            start = end
        return found

    def _decode(self, items: Sequence[_Item]) -> list[Rows] | None:
        library = self._library
        batch = library.llama_batch_init(len(items), 0, 1)
        try:
            batch.n_tokens = len(items)
            for at, item in enumerate(items):
                batch.token[at], batch.pos[at] = item.token, item.place
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, item.sequence
                batch.logits[at] = item.looked_at
            status = library.llama_decode(self._context, batch)
        finally:
            library.llama_batch_free(batch)
        if status:
            self.forget()
            if status == _ABORTED:
                return None
            raise EngineFault("model", f"llama.cpp could not read the texts (code {status}).")
        return [self._logprobs(at) for at, item in enumerate(items) if item.looked_at]

    def forget(self) -> None:
        """Hold nothing any more."""
        self._library.llama_memory_clear(self._memory, True)
        self._held = []

    def _logprobs(self, at: int) -> Rows:
        pointer = self._library.llama_get_logits_ith(self._context, at)
        logits = np.ctypeslib.as_array(pointer, (self._vocabulary.size,))
        highest = logits.max()
        total = np.log(np.exp(logits - highest).sum(dtype=np.float64))
        return np.asarray(logits - np.float32(highest + total), dtype=np.float32)
