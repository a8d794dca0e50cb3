"""One sequence of the context: the tokens that lie in it, and the answer it is working on."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .contexts import common_start
from .parts import FEWEST
from .protocol import Done, FinishReason, Generate
from .text import AnswerText

__all__ = ["Answering", "Slot", "choose", "is_read_by_another"]

WORTH_COPYING = 32  # tokens: reading fewer is faster than copying another sequence


@dataclass(eq=False, slots=True)
class Answering:
    """One answer under way.

    Attributes:
        request: what was asked.
        tokens: of the whole prompt.
        sampler: draws its tokens; freed by whoever made it.
        text: turns drawn tokens into text.
        pending: tokens that are still to be read: the rest of the prompt, then the last drawn one.
        reused: tokens at the prompt's start that needed no reading.
        drawn: tokens drawn so far.
        logprobs: of each of them, when asked for.
        started: when the request came, on the performance clock.
        read: when its prompt was read, None before.
    """

    request: Generate
    tokens: list[int]
    sampler: ctypes.c_void_p
    text: AnswerText
    pending: list[int] = field(default_factory=list)
    reused: int = 0
    drawn: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)
    read: float | None = None

    @property
    def writing(self) -> bool:
        """Whether all has been read but the word drawn last."""
        return self.read is not None and len(self.pending) == 1

    def done(self, reason: FinishReason) -> Done:
        """What to say when it is over."""
        now = time.perf_counter()
        read = self.read or now
        return Done(
            self.request.id,
            reason,
            prompt_tokens=len(self.tokens),
            reused_tokens=self.reused,
            answer_tokens=len(self.drawn),
            prompt_seconds=read - self.started,
            answer_seconds=now - read,
            logprobs=tuple(self.logprobs),
            mean_logprob=sum(self.logprobs) / len(self.logprobs) if self.logprobs else None,
        )


@dataclass(eq=False, slots=True)
class Slot:
    """A sequence.

    Attributes:
        sequence: its number in the context.
        held: the tokens that lie in it.
        owed: tokens of the last answer that followed them; they were read one by one, and are to
            be read again in parts (see `parts`).
        answering: None while it is free.
        used: counts up; the slot with the lowest was not used for longest.
    """

    sequence: int
    held: list[int] = field(default_factory=list)
    owed: list[int] = field(default_factory=list)
    answering: Answering | None = None
    used: int = 0

    @property
    def read(self) -> Sequence[int]:
        """The tokens that lie in it but for those of an answer under way."""
        return self.held if self.answering is None else self.held[: len(self.answering.tokens)]


def is_read_by_another(slots: Sequence[Slot], tokens: Sequence[int]) -> bool:
    """Whether a longer start of a prompt than any slot holds is being read for another answer.

    Waiting for it and copying costs a fraction of reading it twice: several answers to one prompt
    are asked for at the same moment.
    """
    tokens = tokens[:-FEWEST]
    held = max(common_start(slot.read, tokens) for slot in slots)
    under_way = [slot.answering for slot in slots if slot.answering is not None]
    return any(
        common_start(answering.tokens, tokens) - held >= WORTH_COPYING
        for answering in under_way
        if answering.read is None
    )


def choose(slots: Sequence[Slot], tokens: Sequence[int]) -> tuple[Slot, Slot, int]:
    """Where to answer a prompt: as little as possible is read anew, and as little is lost.

    A conversation that grows goes on in its own slot. One that only begins like another (with the
    same system text, say) takes the slot that was not used for longest, and a copy of that start.

    Args:
        slots: at least one is free.
        tokens: of the prompt.

    Returns:
        The free slot to use, the slot that holds the longest start of the prompt, perhaps a busy
        one, and the length of that start; the last tokens of a prompt are always read.
    """
    starts = {slot.sequence: common_start(slot.read, tokens[:-FEWEST]) for slot in slots}
    donor = max(slots, key=lambda slot: (starts[slot.sequence], slot.answering is None, slot.used))
    start = starts[donor.sequence]
    free = [slot for slot in slots if slot.answering is None]
    if donor.answering is None and 2 * start >= len(donor.held):
        return donor, donor, start
    oldest = min(free, key=lambda slot: (len(slot.held) > 0, slot.used))
    if oldest is donor or start - starts[oldest.sequence] < WORTH_COPYING:
        return oldest, oldest, starts[oldest.sequence]
    return oldest, donor, start
