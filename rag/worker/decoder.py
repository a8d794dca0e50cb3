"""Answers side by side: every step brings each of them on by a token, all in one batch.

Prompts are read in batches of their own, and what an answer left is read again as one: an answer
is then the same, whatever of its prompt had been read before. See `parts`.

A processor reads a model's weights from memory once per batch, whatever is in it, so four answers
together take little longer than one. The method is known as continuous batching (Yu et al.,
"Orca", OSDI 2022): an answer joins at any step, and leaves when it is over.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .batch import Batch
from .cells import Cells
from .contexts import BATCH, common_start
from .halts import Halts
from .parts import FEWEST, Share, part
from .protocol import Failed, FinishReason, Generate, Piece, Reply
from .sampler import free_sampler, logprob, make_sampler
from .serve import EngineFault
from .slot import Answering, Slot, choose, is_read_by_another
from .text import AnswerText, is_repeating
from .tokens import Vocabulary

__all__ = ["ABORTED", "Decoder"]

ABORTED = 2  # what llama_decode returns when the abort callback said so
_TRAILING = 64  # tokens that a slot may hold beyond a prompt and still be that conversation's
_SETTLED = 16  # tokens of an answer read again per step; whoever asks meanwhile waits for it
_CALM = 0.1  # seconds without a request before such a step; programs often ask twice in a row


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
        self._cells = Cells(library, context)
        self._slots = [Slot(sequence) for sequence in range(slots)]
        self._n_ctx, self._halts, self._abort = n_ctx, halts, abort
        self._batch, self._share = Batch(library), Share()
        self._coming: list[Answering] = []
        self._uses = 0

    @property
    def patience(self) -> float | None:
        """Seconds to wait for a request before the next step; None: until one comes."""
        if self._coming or self._under_way():
            return 0.0
        return _CALM if any(slot.owed for slot in self._slots) else None

    def warm_up(self, tokens: int) -> None:
        """Read so many tokens and forget them, so that a faulty processor unit shows itself."""
        self._batch.clear()
        self._batch.add(0, 0, [self._vocabulary.any_token] * min(tokens, self._n_ctx), look=True)
        self._batch.decode(self._context)
        self._cells.forget(self._slots[0])

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
                start = min(start, len(self._cells.put(slot, donor.held, self._cells.state(donor))))
            slot.owed.clear()
            answering.reused = self._cells.keep(slot, start)
            answering.pending = answering.tokens[answering.reused :]
            slot.answering = answering
            self._uses += 1
            slot.used = self._uses

    def save(self, tokens: Sequence[int]) -> tuple[list[int], bytes]:
        """What is held of the start of a prompt: tokens and llama.cpp's state; empty for none.

        The slot is one that is free and holds little else; it forgets that. What belongs to other
        conversations, which only begin alike, is neither written nor lost.
        """
        self._abort[0] = b"0"  # somebody may have been halted whose turn had not come
        while any(slot.owed for slot in self._slots):
            self._settle()
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
        if slot is None or not self._cells.keep(slot, starts[slot.sequence]):
            return [], b""
        return list(slot.held), self._cells.state(slot)

    def restore(self, tokens: Sequence[int], state: bytes) -> bool:
        """Hold in a free slot what was saved; False when the library refuses it."""
        free = [slot for slot in self._slots if slot.answering is None]
        slot = min(free, key=lambda slot: (len(slot.held) > 0, slot.used))
        self._uses += 1
        slot.used = self._uses
        return bool(self._cells.put(slot, tokens, state))

    def held(self, tokens: Sequence[int]) -> int:
        """How many tokens at the start of a prompt some slot holds."""
        return max(common_start(slot.read, tokens) for slot in self._slots)

    def step(self) -> list[Reply]:
        """Bring every answer on by at most a token, and end those that are halted."""
        self._abort[0] = b"0"  # before looking: a halt from here on stops the batch
        said: list[Reply] = []
        for slot, answering in self._under_way():
            if reason := self._halts.reason(answering.request.id):
                self._free(slot)
                said += self._end(answering, reason)
        for answering in [*self._coming]:
            if reason := self._halts.reason(answering.request.id):
                self._coming.remove(answering)
                said += self._end(answering, reason)
        if said:
            return said  # nobody who stopped waits for a batch of the others
        self._place()
        if not self._under_way():
            self._settle()
        for fill in (self._fill_words, self._fill_prompt):
            self._batch.clear()
            taken, began = fill(), time.perf_counter()
            status = self._batch.decode(self._context) if taken else 0
            if status == ABORTED:
                for slot, _ in self._under_way():
                    self._keep_for_answer(slot)
                return said
            self._share.took(self._batch.size, time.perf_counter() - began)
            said += self._fail(status) if status else self._draw_all(taken)
        return said

    def _under_way(self) -> list[tuple[Slot, Answering]]:
        found = [(slot, slot.answering) for slot in self._slots]
        return [(slot, answering) for slot, answering in found if answering is not None]

    def _fill_words(self) -> dict[int, tuple[int, int]]:
        """Put the last word of every answer in, for its next.

        Returns:
            For every sequence in the batch how many of its pending tokens are in it, and the place
            of the last.
        """
        return {
            slot.sequence: (1, self._batch.add(slot.sequence, len(slot.held), word, look=True))
            for slot, word in (
                (slot, answering.pending)
                for slot, answering in self._under_way()
                if answering.writing
            )
        }

    def _fill_prompt(self) -> dict[int, tuple[int, int]]:
        """Put a part of the prompt in that came first; returns the same."""
        reading = [pair for pair in self._under_way() if not pair[1].writing]
        if not reading:
            return {}
        slot, answering = min(reading, key=lambda pair: pair[0].used)
        alone = len(reading) == len(self._under_way())
        size = part(len(answering.pending), BATCH if alone else self._share.room)
        last = size == len(answering.pending)
        place = self._batch.add(slot.sequence, len(slot.held), answering.pending[:size], look=last)
        return {slot.sequence: (size, place)}

    def _settle(self) -> None:
        """Read a part of an answer again that is over, while nobody asks."""
        slot = next((slot for slot in self._slots if slot.owed), None)
        if slot is None:
            return
        size = part(len(slot.owed), _SETTLED)
        self._batch.clear()
        self._batch.add(slot.sequence, len(slot.held), slot.owed[:size], look=False)
        if self._batch.decode(self._context):
            slot.owed.clear()
            self._cells.keep(slot, len(slot.held))
            return
        slot.held += slot.owed[:size]
        del slot.owed[:size]

    def _free(self, slot: Slot) -> None:
        """Take the answer out of a slot; its words are owed, unless the model cannot go back."""
        read, slot.answering = len(slot.read), None
        if self._cells.goes_back:
            owed = slot.held[read:]
            slot.owed = owed if self._cells.keep(slot, read) and len(owed) >= FEWEST else []

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
                size = self._vocabulary.size
                answering.logprobs.append(logprob(self._library, self._context, size, token, place))
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
            self._free(slot)
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
            self._cells.forget(slot)
            why = f"llama.cpp could not read the prompt (code {status}); ask again."
            said.append(Failed(answering.request.id, "model", why))
        return said

    def _keep_for_answer(self, slot: Slot) -> None:
        """Drop what a batch that was stopped has left behind its tokens."""
        held = list(slot.held)
        kept = self._cells.keep(slot, len(held))
        if slot.answering is not None:
            slot.answering.pending = held[kept:] + slot.answering.pending
