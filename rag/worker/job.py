"""One request on its way: what was asked, where its replies are put, and until when it may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

from ..errors import GenerationTimeoutError, ModelError
from .protocol import Done, Held, KeyType, Piece, Ready, Request, Tokens, Weights
from .requests import WeightType

__all__ = ["Job", "ModelSpec", "WorkerLimits"]

Kind = Literal["answer", "weigh", "hold", "count", "load"]
Outcome = Ready | Tokens | Weights | Held | Piece | Done | ModelError

_SLACK = 30.0  # seconds that a waiting thread grants the supervisor before it helps itself


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What to load.

    Attributes:
        path: the GGUF file.
        n_ctx: tokens of context of one answer; 0 takes what the model was trained for.
        slots: answers written side by side; each takes memory for a context of its own.
        n_threads: threads; 0 takes what a tuning found, else the machine's cores.
        flash_attention: the other way to compute attention; None takes what a tuning found, else
            does without: it was slower on every processor seen so far.
        keys: how the keys of the context are kept, "q8_0" in half the memory; None takes what a
            tuning found, else "f16".
        weights: "file" takes them as they are, "q8_0" a copy in that form, made at the first load;
            None takes what a tuning found, else `usual_weights`.
        usual_weights: the form to take when no other is asked for or was found.
        use_extra_bufts: repack weights for the processor; None finds out and remembers.
        sha256: of the file, where known; "" otherwise.
    """

    path: Path
    n_ctx: int = 0
    slots: int = 1
    n_threads: int = 0
    flash_attention: bool | None = None
    keys: KeyType | None = None
    weights: WeightType | None = None
    usual_weights: WeightType = "file"
    use_extra_bufts: bool | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """How long and how many.

    Attributes:
        load_seconds: longest loading of a model, probe included.
        count_seconds: longest counting of tokens.
        wall_seconds: longest answer, when the request names no limit of its own.
        grace_seconds: how long the process may go on after a limit or a cancel; then it is killed.
        queue_seconds: longest wait for the requests before.
        queue_length: most requests that may wait.
        crashes: so many deaths ...
        crash_seconds: ... within this time, and nothing is started for as long again.
    """

    load_seconds: float = 120.0
    count_seconds: float = 60.0
    wall_seconds: float = 300.0
    grace_seconds: float = 3.0
    queue_seconds: float = 600.0
    queue_length: int = 256
    crashes: int = 3
    crash_seconds: float = 60.0


@dataclass(eq=False, slots=True)
class Job:
    """A request and its replies.

    Attributes:
        make: the request, given its id.
        seconds: longest work, hard; the process is killed after it.
        kind: "answer" takes a slot of the model; "weigh" and "hold" (sleep and wake) have the
            process for themselves while they run; a "count" waits for nobody, "load" goes first.
        patience: longest waiting in the queue, in seconds; None takes the limits'.
        state: "waiting" in the queue, "running" in the process, or "over".
        cancelled: someone no longer wants the answer.
        told: whether the process knows that.
        begun: when it was given to the process, on the monotonic clock.
        deadline: on the same; of waiting while it waits, of working while it runs.
    """

    make: Callable[[int], Request]
    seconds: float
    kind: Kind = "answer"
    patience: float | None = None
    id: int = -1
    state: Literal["waiting", "running", "over"] = "waiting"
    cancelled: bool = False
    told: bool = False
    begun: float = 0.0
    deadline: float = float("inf")
    replies: SimpleQueue[Outcome] = field(default_factory=SimpleQueue, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def alone(self) -> bool:
        """Whether nothing else is worked on while it runs."""
        return self.kind in {"weigh", "hold"}

    def put(self, reply: Outcome) -> None:
        """Hand a reply on; everything but a `Piece` ends the job."""
        with self._lock:
            if self.state == "over":
                return
            if not isinstance(reply, Piece):
                self.state = "over"
            self.replies.put(reply)

    def get(self) -> Ready | Tokens | Weights | Held | Piece | Done:
        """Wait for the next reply.

        Raises:
            ModelError: what became of the request instead, however often it is asked for.
        """
        while True:
            patience = max(0.0, min(self.deadline - time.monotonic(), 3600.0)) + _SLACK
            try:
                reply = self.replies.get(timeout=patience)
            except Empty as error:
                if time.monotonic() < self.deadline + _SLACK:
                    continue
                raise GenerationTimeoutError(
                    f"The model process did not answer request {self.id}; restart the program."
                ) from error
            if isinstance(reply, ModelError):
                self.replies.put(reply)  # for whoever asks again
                raise reply
            return reply
