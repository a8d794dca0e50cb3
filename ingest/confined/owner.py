"""Requests come in, answers of a child go out; it is started, replaced and ended on the way."""

from __future__ import annotations

import subprocess
from typing import Self

from .outside import ask_child, end_child, start_child

__all__ = ["ChildOwner"]


class ChildOwner:
    """Has a child from the first request on, a new one when it died or gave no answer.

    A context manager that ends the child; a base class, for one thread at a time.

    Args:
        program: of the child; see `start_child`.
        arguments: of that program.
    """

    def __init__(self, program: str, *arguments: str) -> None:
        self._program, self._arguments = program, arguments
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """End the child; the next request starts another. Does nothing when there is none."""
        self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            end_child(child)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._child is None:
            self._child = start_child(self._program, *self._arguments)
        return self._child

    def _ask(self, *pieces: bytes, wall_seconds: float, answer_bytes: int) -> bytearray:
        """See `ask_child`."""
        child, answer = self._started(), None
        try:
            answer = ask_child(child, pieces, wall_seconds=wall_seconds, answer_bytes=answer_bytes)
        finally:
            if answer is None:
                self._end()
        return answer
