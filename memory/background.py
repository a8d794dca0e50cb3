"""Work that nobody waits for: done in order, in a thread that lives only while there is some."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

__all__ = ["Background"]


class Background:
    """Calls one after the other, beside the caller; safe for several threads.

    A call must not raise. What is put twice under one key before its turn has come is done once.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Callable[[], object]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, key: Hashable, work: Callable[[], object]) -> None:
        """Have `work` called soon; nothing happens once this is closed."""
        with self._changed:
            if self._closed:
                return
            self._waiting[key] = work
            if self._thread is None:
                # Should its owner never be closed, a daemon does not keep the program from ending.
                self._thread = threading.Thread(target=self._run, name="summaries", daemon=True)
                self._thread.start()

    def settle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until nothing is left to do; whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout_seconds)

    def close(self, timeout_seconds: float) -> bool:
        """Take nothing more and wait for what was put; what has not begun by then is dropped."""
        with self._changed:
            self._closed = True
        over = self.settle(timeout_seconds)
        with self._changed:
            self._waiting.clear()
        return over

    def _run(self) -> None:
        try:
            while work := self._next():
                work()
        finally:  # also where a call raised after all
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread = None
                    self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            if self._waiting:
                return self._waiting.pop(next(iter(self._waiting)))
            self._thread = None
            self._changed.notify_all()
            return None
