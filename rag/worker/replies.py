"""What the model process answers, as frozen values; each names the request it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Done",
    "Failed",
    "FailedKind",
    "FinishReason",
    "Held",
    "Piece",
    "Ready",
    "Tokens",
    "Track",
    "Weights",
]

FinishReason = Literal[
    "stop",  # the model ended its answer, or a stop string came
    "length",  # max_tokens reached, or the context is full
    "cancelled",  # a Cancel came
    "time",  # wall_seconds passed
    "repetition",  # the same tokens over and over
]
FailedKind = Literal["model", "too_long", "empty", "template", "grammar", "protocol"]


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded.

    Attributes:
        n_ctx: tokens of context in use for one answer.
        n_ctx_train: tokens of context the model was trained for.
        n_vocab: number of tokens.
        description: such as "llama 135M Q4_1".
        engine: library, version and, in brackets, the processor features it uses.
        chat_template: whether the model brought its own; otherwise ChatML is used.
        load_seconds: time that loading took.
        slots: answers that can be under way at a time.
    """

    id: int
    n_ctx: int
    n_ctx_train: int
    n_vocab: int
    description: str
    engine: str
    chat_template: bool
    load_seconds: float
    slots: int = 1


@dataclass(frozen=True, slots=True)
class Tokens:
    """Number of tokens of each text asked for; their ids only when those were asked for."""

    id: int
    counts: tuple[int, ...]
    ids: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """What a model thinks of one text as an answer, token by token.

    Attributes:
        sizes: bytes of the text up to the end of each token.
        logprobs: natural logarithm of the probability of each token after those before it.
        ends: the same, of the answer being over after each token.
    """

    sizes: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """Texts are weighed.

    Attributes:
        reason: "stop" when all was weighed; otherwise why not, and `tracks` is empty.
        tracks: one per text; empty ones were not read on.
        prompt_tokens: tokens of the prompt, reused ones included.
        reused_tokens: tokens at its start that needed no reading.
        read_tokens: tokens of the texts that were read.
        seconds: time from the request on.
    """

    id: int
    reason: FinishReason
    tracks: tuple[Track, ...] = ()
    prompt_tokens: int = 0
    reused_tokens: int = 0
    read_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """So many tokens at the start of the prompt were written, or are at hand; 0 for none."""

    id: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The next words of an answer."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """An answer is over.

    Attributes:
        reason: why it ended.
        prompt_tokens: tokens of the prompt, reused ones included.
        reused_tokens: tokens at its start that needed no reading.
        answer_tokens: tokens generated, the one that ended the answer not counted.
        prompt_seconds: time to read the prompt.
        answer_seconds: time from there to the end.
        logprobs: natural logarithms, one per token of the answer, when asked for.
        mean_logprob: their mean; None when not asked for or nothing was generated.
    """

    id: int
    reason: FinishReason
    prompt_tokens: int = 0
    reused_tokens: int = 0
    answer_tokens: int = 0
    prompt_seconds: float = 0.0
    answer_seconds: float = 0.0
    logprobs: tuple[float, ...] = ()
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A request cannot be answered; the process lives on.

    Attributes:
        kind: what is wrong.
        message: what, which, and what to do, for the user.
    """

    id: int
    kind: FailedKind
    message: str
