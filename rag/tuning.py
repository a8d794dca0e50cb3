"""A model in, the fastest way to run it on this machine out, measured and remembered.

What is fastest depends on the processor, the library's build and the model, and differs by up to
the factor two; so a few ways are tried at the length of a real prompt, in turn and twice each, and
the best is written down for every later start.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import ModelError
from .model_library import ModelCard, check_memory
from .weights import usual_weights
from .worker import Done, ModelSpec, Prompt, Sampling, Segment, Worker
from .worker.probe import Probe
from .worker.requests import KeyType, WeightType

__all__ = ["Trial", "is_tuned", "tune_model"]

READ, WRITTEN = 256, 96
"""Tokens of a typical turn: the new end of a prompt, and an answer."""

_LONGEST = 1500  # tokens of context to measure at, where the machine reads so many in ...
_CONTEXT = _LONGEST + 512
_READING_SECONDS = 4.0
_PILOT = 192  # tokens read to find that out
_DECODED = 24  # tokens written per trial
_GAIN = 0.05  # share of the time that another way must save: less may be chance
_TEXT = (
    "In the year {} the keeper of the lighthouse wrote down the weather, the ships that passed and "
    "the birds that rested on the gallery; the lamp was lit {} minutes before sunset. "
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of running a model, and how fast it was.

    Attributes:
        n_threads: threads that read and write.
        flash_attention: the other way to compute attention.
        keys: how the keys of the context are kept.
        weights: in which form they are loaded.
        read_rate: tokens read per second, the best of the rounds; 0 before.
        write_rate: tokens written per second at that length, the best of the rounds.
    """

    n_threads: int
    flash_attention: bool = False
    keys: KeyType = "f16"
    weights: WeightType = "file"
    read_rate: float = 0.0
    write_rate: float = 0.0

    @property
    def seconds(self) -> float:
        """What a typical turn takes: `READ` tokens read and `WRITTEN` tokens written."""
        if not self.read_rate or not self.write_rate:
            return float("inf")
        return READ / self.read_rate + WRITTEN / self.write_rate

    def better(self, done: Done) -> Trial:
        """With the rates of one more round, where they are higher."""
        read = done.prompt_tokens - done.reused_tokens
        return replace(
            self,
            read_rate=max(self.read_rate, read / done.prompt_seconds),
            write_rate=max(self.write_rate, done.answer_tokens / done.answer_seconds),
        )


def is_tuned(card: ModelCard) -> bool:
    """Whether the fastest way to run this model was found on this machine."""
    return Probe.of_file(card.path, card.sha256).recall().n_threads is not None


def tune_model(
    card: ModelCard,
    *,
    seconds: float = 60.0,
    state_folder: Path | None = None,
    on_trial: Callable[[Trial], None] | None = None,
) -> list[Trial]:
    """Try the ways to run a model, remember the best, and return all of them, the best first.

    The usual way comes first unless another saves at least 5 % of a typical turn.

    Args:
        card: an installed model.
        seconds: no second round begins for a way when so much time is over; each is tried once.
        state_folder: where the choice is kept; the user's when None.
        on_trial: told what was measured, as it is.

    Raises:
        ModelMemoryError: it needs more memory than is free.
        ModelError: the model cannot be loaded or does not answer in the usual way.
    """
    started = time.monotonic()
    check_memory(card, _CONTEXT, slots=1)
    trials = _ways(len(os.sched_getaffinity(0)), usual_weights(card))
    pilot = _measure(card, trials[0], _PILOT, state_folder)
    size = int(min(_LONGEST, max(_PILOT, pilot.read_rate * _READING_SECONDS)))
    for second_round in (False, True):
        for at, trial in enumerate(trials):
            if second_round and time.monotonic() - started > seconds:
                break
            try:
                trials[at] = _measure(card, trial, size, state_folder)
            except ModelError:
                if at == 0:
                    raise
                # Some ways do not suit some models, and llama.cpp says so by ending the process.
                continue
            if on_trial is not None:
                on_trial(trials[at])
    best = _choose(trials)
    Probe.of_file(card.path, card.sha256, state_folder).remember(
        n_threads=best.n_threads,
        flash_attention=best.flash_attention,
        keys=best.keys,
        weights=best.weights,
    )
    return sorted(trials, key=lambda trial: (trial is not best, trial.seconds))


def _ways(cores: int, weights: WeightType = "file") -> list[Trial]:
    """The usual way first; more threads than 8 gain nothing where memory is the limit."""
    usual = Trial(min(cores, 8), weights=weights)
    fewer = {max(1, cores // 2), min(cores, 16), max(1, cores - 1)} - {usual.n_threads}
    return [
        usual,
        *([replace(usual, weights="file")] if weights != "file" else []),
        replace(usual, keys="q8_0"),
        replace(usual, flash_attention=True),
        *(replace(usual, n_threads=threads) for threads in sorted(fewer, reverse=True)),
    ]


def _choose(trials: Sequence[Trial]) -> Trial:
    usual, best = trials[0], min(trials, key=lambda trial: trial.seconds)
    return best if best.seconds < usual.seconds * (1 - _GAIN) else usual


def _measure(card: ModelCard, trial: Trial, size: int, state_folder: Path | None) -> Trial:
    spec = ModelSpec(
        card.path,
        n_ctx=_CONTEXT,
        n_threads=trial.n_threads,
        flash_attention=trial.flash_attention,
        keys=trial.keys,
        weights=trial.weights,
        sha256=card.sha256,
    )
    with Worker(spec, state_folder=state_folder) as worker:
        text = _text_of(worker, size)
        # One token first: a new process reads the weights from the disk.
        worker.generate(Prompt(segments=(Segment("Once"),)), Sampling(max_tokens=1)).read()
        generation = worker.generate(
            Prompt(segments=(Segment(text),)), Sampling(max_tokens=_DECODED)
        )
        generation.read()
        return trial.better(generation.done) if generation.done.answer_tokens > 1 else trial


def _text_of(worker: Worker, size: int) -> str:
    """A text of about `size` tokens that goes on."""
    sentence = _TEXT.format(1871, 20)
    count = max(1, size // max(1, worker.count([sentence])[0]))
    return "".join(_TEXT.format(1871 + year, 20 + year % 40) for year in range(count)) + "In the"
