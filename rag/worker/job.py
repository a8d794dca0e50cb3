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
from .protocol import Done, Piece, Ready, Request, Tokens, Weights

__all__ = ["Job", "ModelSpec", "WorkerLimits"]

Reply = Ready | Tokens | Weights | Piece | Done | ModelError

_SLACK = 30.0  # seconds that a waiting thread grants the supervisor before it helps itself


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What to load.

    Attributes:
        path: the GGUF file.
        n_ctx: tokens of context; 0 takes what the model was trained for.
        n_threads: threads; 0 takes the machine's cores.
        use_extra_bufts: repack weights for the processor; None finds out and remembers.
        sha256: of the file, where known; "" otherwise.
    """

    path: Path
    n_ctx: int = 0
    n_threads: int = 0
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
        state: "waiting" in the queue, "running" in the process, or "over".
        cancelled: someone no longer wants the answer.
        deadline: on the monotonic clock; of waiting while it waits, of working while it runs.
    """

    make: Callable[[int], Request]
    seconds: float
    id: int = -1
    state: Literal["waiting", "running", "over"] = "waiting"
    cancelled: bool = False
    deadline: float = float("inf")
    replies: SimpleQueue[Reply] = field(default_factory=SimpleQueue, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def put(self, reply: Reply) -> None:
        """Hand a reply on; everything but a `Piece` ends the job."""
        with self._lock:
            if self.state == "over":
                return
            if not isinstance(reply, Piece):
                self.state = "over"
            self.replies.put(reply)

    def get(self) -> Ready | Tokens | Weights | Piece | Done:
        """Wait for the next reply.

        Raises:
            ModelError: what became of the request instead.
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
                raise reply
            return reply
