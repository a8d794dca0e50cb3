"""The messages between the program and its model process, as frozen values.

Requests carry an `id`, unique per process; every reply names the request it answers. One request
is answered by exactly one of `Ready`, `Tokens`, `Weights`, `Done` or `Failed`; a `Generate` may
send any number of `Piece`s before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .prompts import ChatTurn, Prompt, Segment

__all__ = [
    "VERSION",
    "Cancel",
    "ChatTurn",
    "Count",
    "Done",
    "Failed",
    "FailedKind",
    "FinishReason",
    "Generate",
    "KeyType",
    "Load",
    "Message",
    "Piece",
    "Prompt",
    "Quit",
    "Ready",
    "Reply",
    "Request",
    "Sampling",
    "Segment",
    "Tokens",
    "Track",
    "Weigh",
    "Weights",
]

VERSION = 2

FinishReason = Literal[
    "stop",  # the model ended its answer, or a stop string came
    "length",  # max_tokens reached, or the context is full
    "cancelled",  # a Cancel came
    "time",  # wall_seconds passed
    "repetition",  # the same tokens over and over
]
KeyType = Literal["f16", "q8_0"]
FailedKind = Literal["model", "too_long", "empty", "template", "grammar", "protocol"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the answer is drawn.

    Attributes:
        max_tokens: longest answer, in tokens.
        temperature: 0 takes the likeliest token each time; above, draws are spread wider.
        top_k: draw among this many; 0 means all.
        top_p: draw among the likeliest that add up to this probability.
        min_p: leave out tokens below this share of the likeliest.
        repeat_penalty: 1 means none; above, recent tokens become less likely.
        seed: equal seeds give equal draws.
        stop: strings that end the answer; they are not part of it.
        grammar: GBNF with a rule `root` that the answer (without its prefix) must follow, or "".
        logprobs: measure the log-probability of every token of the answer.
        wall_seconds: longest time from the start of reading the prompt; None means no limit.
    """

    max_tokens: int = 512
    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    grammar: str = ""
    logprobs: bool = False
    wall_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model: the first request to every process.

    Attributes:
        path: the GGUF file.
        n_ctx: tokens of context of one answer; 0 takes what the model was trained for.
        slots: answers that can be under way at a time, each with a context of its own.
        n_threads: threads for reading and answering; 0 takes the machine's cores.
        flash_attention: the other way to compute attention; slower on processors seen so far.
        keys: how the keys of the context are kept; "q8_0" in half the memory.
        use_extra_bufts: repack weights for the processor; faults where a kernel hides AMX.
        canary: read a batch of several tokens once, so that such a fault shows itself now.
        version: the protocol's version; another one is refused.
    """

    id: int
    path: str
    n_ctx: int = 0
    slots: int = 1
    n_threads: int = 0
    flash_attention: bool = False
    keys: KeyType = "f16"
    use_extra_bufts: bool = True
    canary: bool = False
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Count:
    """Count tokens of untrusted `texts`, then of the `prompt` as it would be read.

    Answered by `Tokens`: one entry per text, then one for the prompt if there is one.
    """

    id: int
    texts: tuple[str, ...] = ()
    prompt: Prompt | None = None
    with_ids: bool = False


@dataclass(frozen=True, slots=True)
class Generate:
    """Answer a prompt."""

    id: int
    prompt: Prompt
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class Weigh:
    """Measure how likely an answer to `prompt` begins with each of `texts`, and ends in it.

    Attributes:
        prompt: what the model reads first.
        texts: untrusted; each with the blank that stands before it.
        tracks: only so many of the texts are read on, those whose first token is likeliest;
            equal ones in the order given. At most 16.
        track_tokens: tokens of a text that are read at most.
        wall_seconds: longest time; None means no limit.
    """

    id: int
    prompt: Prompt
    texts: tuple[str, ...]
    tracks: int = 12
    track_tokens: int = 12
    wall_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the request `target` within one token; it is answered by `Done` as usual."""

    target: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


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


Request = Load | Count | Generate | Weigh
Reply = Ready | Tokens | Weights | Piece | Done | Failed
Message = Request | Cancel | Quit | Reply
