"""What the program asks of its model process, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .prompts import Prompt

__all__ = [
    "VERSION",
    "Cancel",
    "Count",
    "Generate",
    "KeyType",
    "Load",
    "Quit",
    "Sampling",
    "Sleep",
    "Wake",
    "Weigh",
    "WeightType",
]

VERSION = 2

KeyType = Literal["f16", "q8_0"]
WeightType = Literal["file", "q8_0"]


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
        identity: of the file's contents; states of another model are not woken.
        n_ctx: tokens of context of one answer; 0 takes what the model was trained for.
        slots: answers that can be under way at a time, each with a context of its own.
        n_threads: threads for reading and answering; 0 takes the machine's cores.
        flash_attention: the other way to compute attention; slower on processors seen so far.
        keys: how the keys of the context are kept; "q8_0" in half the memory.
        weights: "file" takes them as they are, "q8_0" a copy in that form.
        copies: folder of such copies.
        use_extra_bufts: repack weights for the processor; faults where a kernel hides AMX.
        canary: read a batch of several tokens once, so that such a fault shows itself now.
        version: the protocol's version; another one is refused.
    """

    id: int
    path: str
    identity: str = ""
    n_ctx: int = 0
    slots: int = 1
    n_threads: int = 0
    flash_attention: bool = False
    keys: KeyType = "f16"
    weights: WeightType = "file"
    copies: str = ""
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
class Sleep:
    """Write to `path` what was read of `prompt`; answered by `Held`."""

    id: int
    prompt: Prompt
    path: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Have at hand again what the file at `path` holds of `prompt`; answered by `Held`."""

    id: int
    prompt: Prompt
    path: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the request `target` within one token; it is answered by `Done` as usual."""

    target: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""
