"""Answers side by side: every step brings each of them on by a token, all in one batch.

A processor reads a model's weights from memory once per batch, whatever is in it, so four answers
together take little longer than one. The method is known as continuous batching (Yu et al.,
"Orca", OSDI 2022): an answer joins at any step, and leaves when it is over.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .batch import Batch
from .contexts import BATCH, common_start
from .halts import Halts
from .protocol import Failed, FinishReason, Generate, Piece, Reply
from .sampler import free_sampler, make_sampler
from .serve import EngineFault
from .slot import Answering, Slot, choose, is_read_by_another
from .text import AnswerText, is_repeating
from .tokens import Vocabulary

__all__ = ["ABORTED", "Decoder"]

ABORTED = 2  # what llama_decode returns when the abort callback said so
_TRAILING = 64  # tokens that a slot may hold beyond a prompt and still be that conversation's
_SHARED = 32  # tokens of prompts read per step while others wait for their next word


class Decoder:
    """A context with its slots.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
        context: made for `slots` sequences that share no cells.
        vocabulary: of the model.
        slots: how many.
        n_ctx: tokens that fit into each.
        halts: says which answers must end.
        abort: "1" in it stops a batch; see `make_context`.
    """

    def __init__(
        self,
        library: Any,
        context: Any,
        vocabulary: Vocabulary,
        *,
        slots: int,
        n_ctx: int,
        halts: Halts,
        abort: ctypes.Array[ctypes.c_char],
    ) -> None:
        self._library, self._context, self._vocabulary = library, context, vocabulary
        self._memory = library.llama_get_memory(context)
        self._slots = [Slot(sequence) for sequence in range(slots)]
        self._n_ctx, self._halts, self._abort = n_ctx, halts, abort
        self._batch = Batch(library)
        self._coming: list[Answering] = []
        self._uses = 0

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return bool(self._coming or self._under_way())

    def warm_up(self, tokens: int) -> None:
        """Read so many tokens and forget them, so that a faulty processor unit shows itself."""
        self._batch.clear()
        self._batch.add(0, 0, [self._vocabulary.any_token] * min(tokens, self._n_ctx), look=True)
        self._batch.decode(self._context)
        self._forget(self._slots[0])

    def begin(self, request: Generate, tokens: list[int], text: AnswerText) -> None:
        """Take an answer up.

        Args:
            request: what was asked.
            tokens: of its prompt, fewer than fit into a slot.
            text: for what is drawn.

        Raises:
            EngineFault: no slot is free, or the grammar is wrong.
        """
        if len(self._under_way()) + len(self._coming) >= len(self._slots):
            raise EngineFault("protocol", f"All {len(self._slots)} slots are busy.")
        sampler = make_sampler(self._library, self._vocabulary, request.sampling)
        self._coming.append(Answering(request, tokens, sampler, text))

    def _place(self) -> None:
        """Give slots to those who come, unless it pays to wait for what another is reading."""
        for answering in [*self._coming]:
            if is_read_by_another(self._slots, answering.tokens):
                continue
            self._coming.remove(answering)
            slot, donor, start = choose(self._slots, answering.tokens)
            if donor is not slot:
                # Not llama_memory_seq_cp, which copies only when the next batch is read: whatever
                # reads or writes a state before that finds the cells of another conversation.
                start = min(start, len(self._put(slot, donor.held, self._state(donor))))
            answering.reused = self._keep(slot, start)
            answering.pending = answering.tokens[answering.reused :]
            slot.answering = answering
            self._uses += 1
            slot.used = self._uses

    def save(self, tokens: Sequence[int]) -> tuple[list[int], bytes]:
        """What is held of the start of a prompt: tokens and llama.cpp's state; empty for none.

        The slot is one that is free and holds little else; it forgets that. What belongs to other
        conversations, which only begin alike, is neither written nor lost.
        """
        starts = {
            slot.sequence: common_start(slot.held, tokens)
            for slot in self._slots
            if slot.answering is None
        }
        own = [
            slot
            for slot in self._slots
            if slot.sequence in starts and len(slot.held) - starts[slot.sequence] <= _TRAILING
        ]
        slot = max(own, key=lambda slot: starts[slot.sequence], default=None)
        if slot is None or not self._keep(slot, starts[slot.sequence]):
            return [], b""
        return list(slot.held), self._state(slot)

    def restore(self, tokens: Sequence[int], state: bytes) -> bool:
        """Hold in a free slot what was saved; False when the library refuses it."""
        free = [slot for slot in self._slots if slot.answering is None]
        slot = min(free, key=lambda slot: (len(slot.held) > 0, slot.used))
        self._uses += 1
        slot.used = self._uses
        return bool(self._put(slot, tokens, state))

    def _state(self, slot: Slot) -> bytes:
        size = self._library.llama_state_seq_get_size(self._context, slot.sequence)
        buffer = (ctypes.c_uint8 * size)()
        self._library.llama_state_seq_get_data(self._context, buffer, size, slot.sequence)
        return bytes(buffer)

    def _put(self, slot: Slot, tokens: Sequence[int], state: bytes) -> list[int]:
        """Fill a slot; returns what it holds then, nothing where the library refuses the state."""
        self._forget(slot)
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if self._library.llama_state_seq_set_data(self._context, buffer, len(state), slot.sequence):
            slot.held = list(tokens)
        else:
            self._forget(slot)
        return slot.held

    def held(self, tokens: Sequence[int]) -> int:
        """How many tokens at the start of a prompt some slot holds."""
        return max(common_start(slot.held, tokens) for slot in self._slots)

    def step(self) -> list[Reply]:
        """Bring every answer on by at most a token, and end those that are halted."""
        self._abort[0] = b"0"  # before looking: a halt from here on stops the batch
        said: list[Reply] = []
        for slot, answering in self._under_way():
            if reason := self._halts.reason(answering.request.id):
                slot.answering = None
                said += self._end(answering, reason)
        for answering in [*self._coming]:
            if reason := self._halts.reason(answering.request.id):
                self._coming.remove(answering)
                said += self._end(answering, reason)
        if said:
            return said  # nobody who stopped waits for a batch of the others
        self._place()
        taken = self._fill()
        status = self._batch.decode(self._context) if taken else 0
        if status == ABORTED:
            for slot, _ in self._under_way():
                self._keep_for_answer(slot)
            return []
        return self._fail(status) if status else self._draw_all(taken)

    def _under_way(self) -> list[tuple[Slot, Answering]]:
        found = [(slot, slot.answering) for slot in self._slots]
        return [(slot, answering) for slot, answering in found if answering is not None]

    def _fill(self) -> dict[int, tuple[int, int]]:
        """Put the next word of every answer in, then prompts, the earliest first.

        Returns:
            For every sequence in the batch how many of its pending tokens are in it, and the place
            of the last.
        """
        self._batch.clear()
        taken: dict[int, tuple[int, int]] = {}
        waiting = sorted(
            self._under_way(), key=lambda pair: (len(pair[1].pending) > 1, pair[0].used)
        )
        writing = sum(len(answering.pending) == 1 for _, answering in waiting)
        room = writing + _SHARED if writing else BATCH
        for slot, answering in waiting:
            size = min(len(answering.pending), room - self._batch.size)
            if size > 0:
                part, last = answering.pending[:size], size == len(answering.pending)
                place = self._batch.add(slot.sequence, len(slot.held), part, look=last)
                taken[slot.sequence] = size, place
        return taken

    def _draw_all(self, taken: dict[int, tuple[int, int]]) -> list[Reply]:
        said: list[Reply] = []
        for slot, answering in self._under_way():
            if slot.sequence not in taken:
                continue
            size, place = taken[slot.sequence]
            slot.held += answering.pending[:size]
            del answering.pending[:size]
            if not answering.pending:
                answering.read = answering.read or time.perf_counter()
                said += self._draw(slot, answering, place)
        return said

    def _draw(self, slot: Slot, answering: Answering, place: int) -> Iterator[Reply]:
        """Draw one token, and say what it adds."""
        sampling, drawn, text = answering.request.sampling, answering.drawn, answering.text
        token = self._library.llama_sampler_sample(answering.sampler, self._context, place)
        reason: FinishReason | None = "stop" if self._vocabulary.is_end(token) else None
        if reason is None:
            if sampling.logprobs:
                answering.logprobs.append(self._logprob(token, place))
            drawn.append(token)
            if piece := text.feed(self._vocabulary.piece(token)):
                yield Piece(answering.request.id, piece)
            if text.stopped:
                reason = "stop"
            elif is_repeating(drawn):
                reason = "repetition"
            elif len(slot.held) == self._n_ctx or len(drawn) >= sampling.max_tokens:
                reason = "length"
        if reason is None:
            answering.pending = [token]
        else:
            slot.answering = None
            yield from self._end(answering, reason)

    def _end(self, answering: Answering, reason: FinishReason) -> Iterator[Reply]:
        free_sampler(self._library, answering.sampler)
        if rest := answering.text.finish():
            yield Piece(answering.request.id, rest)
        yield answering.done(reason)

    def _fail(self, status: int) -> list[Reply]:
        """Nothing in the batch can be trusted."""
        said: list[Reply] = []
        for slot, answering in self._under_way():
            slot.answering = None
            free_sampler(self._library, answering.sampler)
            self._forget(slot)
            why = f"llama.cpp could not read the prompt (code {status}); ask again."
            said.append(Failed(answering.request.id, "model", why))
        return said

    def _keep_for_answer(self, slot: Slot) -> None:
        """Drop what a batch that was stopped has left behind its tokens."""
        held = list(slot.held)
        kept = self._keep(slot, len(held))
        if slot.answering is not None:
            slot.answering.pending = held[kept:] + slot.answering.pending

    def _keep(self, slot: Slot, size: int) -> int:
        """Keep the first `size` tokens of a slot, or none where that cannot be."""
        if not self._library.llama_memory_seq_rm(self._memory, slot.sequence, size, -1):
            self._forget(slot)  # recurrent models keep no past
            return 0
        del slot.held[size:]
        return size

    def _forget(self, slot: Slot) -> None:
        self._library.llama_memory_seq_rm(self._memory, slot.sequence, -1, -1)
        slot.held.clear()

    def _logprob(self, token: int, place: int) -> float:
        """Natural logarithm of the model's own probability of `token`, before any sampling."""
        pointer = self._library.llama_get_logits_ith(self._context, place)
        logits = np.ctypeslib.as_array(pointer, (self._vocabulary.size,)).astype(np.float64)
        highest = logits.max()
        return float(logits[token] - highest - np.log(np.exp(logits - highest).sum()))
