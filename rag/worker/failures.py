"""Turns what went wrong in the model process into this program's errors, and counts its deaths."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from ..errors import (
    GenerationTimeoutError,
    ModelError,
    ModelFileError,
    PromptError,
    WorkerCrashedError,
    WorkerHaltedError,
)
from .process import Death
from .protocol import Failed

__all__ = ["Breaker", "crashed", "failed", "not_started", "overdue"]


class Breaker:
    """Keeps a process that dies again and again from being started again and again.

    Args:
        crashes: so many deaths ...
        seconds: ... within this time open it for as long.
    """

    def __init__(self, crashes: int, seconds: float) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=crashes)
        self._last = ""

    def count(self, cause: str) -> None:
        """One more death."""
        self._times.append(time.monotonic())
        self._last = cause

    def error(self) -> WorkerHaltedError | None:
        """Why nothing may be started now, or None when it may."""
        times = self._times
        if len(times) < (times.maxlen or 0) or times[-1] - times[0] > self._seconds:
            return None
        wait = times[-1] + self._seconds - time.monotonic()
        if wait <= 0:
            times.clear()
            return None
        return WorkerHaltedError(
            f"The model process stopped {len(times)} times within {self._seconds:g} seconds, last "
            f"with {self._last}; it is not started again for {wait:.0f} seconds. "
            "Check the model file and the free memory, or choose another model."
        )


def crashed(death: Death) -> WorkerCrashedError:
    """The process died."""
    return WorkerCrashedError(
        f"The model process stopped ({death}); it is started again with the next question, "
        "so ask again.",
        signal=death.signal,
        exit_code=death.exit_code,
    )


def not_started(command: Sequence[str], error: OSError) -> WorkerCrashedError:
    """The operating system could not start the process."""
    return WorkerCrashedError(
        f"The model process {command[0]!r} cannot be started ({error.strerror}); "
        "check the installation and the free memory."
    )


def overdue(what: str, seconds: float) -> GenerationTimeoutError:
    """The process did not answer in time and was killed."""
    return GenerationTimeoutError(
        f"The model process was stopped because {what} took longer than {seconds:g} seconds; "
        "ask again, with fewer passages or a smaller model if it happens again."
    )


def failed(reply: Failed) -> ModelError:
    """The process says why it cannot do what was asked."""
    if reply.kind == "model" or reply.kind == "protocol":  # noqa: PLR1714 - narrows the type
        return ModelFileError("refused", reply.message)
    return PromptError(reply.kind, reply.message)
