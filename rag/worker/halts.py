"""Who must stop: requests under way, the time each may take, and cancels that came for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .protocol import FinishReason

__all__ = ["Halts"]


def _nothing(_request: int) -> None:
    """For a request that looks at its reason by itself."""


@dataclass(slots=True)
class _Watched:
    request: int
    deadline: float
    on_halt: Callable[[int], None]
    reason: FinishReason | None = None


class Halts:
    """Halts requests by their number, from any thread; a request is halted once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[int, _Watched] = {}
        self._early: set[int] = set()

    def begin(
        self, request: int, seconds: float | None, on_halt: Callable[[int], None] = _nothing
    ) -> None:
        """Time runs for `request`.

        Args:
            request: its number; numbers grow.
            seconds: that it may take; None is without end.
            on_halt: called with the number when it is halted, under a lock and maybe by another
                thread, so it must be short: to stop in the middle of a native call.
        """
        with self._lock:
            deadline = time.monotonic() + seconds if seconds is not None else float("inf")
            self._under_way[request] = watched = _Watched(request, deadline, on_halt)
            if request in self._early:
                self._halt(watched, "cancelled")
            # What was asked of an earlier request that is over came too late.
            self._early = {number for number in self._early if number > request}

    def end(self, request: int) -> None:
        """`request` is over."""
        with self._lock:
            self._under_way.pop(request, None)

    def reason(self, request: int) -> FinishReason | None:
        """Why `request` must end, None while it may go on."""
        with self._lock:
            watched = self._under_way.get(request)
            return watched.reason if watched is not None else None

    def cancel(self, request: int) -> None:
        """Halt `request` now, or as soon as it begins."""
        with self._lock:
            watched = self._under_way.get(request)
            if watched is None:
                self._early.add(request)
            else:
                self._halt(watched, "cancelled")

    def tick(self) -> None:
        """Halt every request whose time is over."""
        with self._lock:
            now = time.monotonic()
            for watched in self._under_way.values():
                if now >= watched.deadline:
                    self._halt(watched, "time")

    @staticmethod
    def _halt(watched: _Watched, reason: FinishReason) -> None:
        if watched.reason is None:
            watched.reason = reason
            watched.on_halt(watched.request)
