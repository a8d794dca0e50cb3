"""Steps of a piece of work in; their wall times out."""

from __future__ import annotations

import time

__all__ = ["Clock"]


class Clock:
    """Wall time by step, in seconds; each lap begins where the one before ended.

    Attributes:
        seconds: by name of the step, in the order of the laps.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, step: str) -> None:
        """End a step."""
        now = time.monotonic()
        self.seconds[step] = now - self._last
        self._last = now
