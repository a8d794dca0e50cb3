"""The loop of a model process: lines from the parent in, lines of its engine's answers out.

It knows no language model. The engine works in the main thread; a second thread reads requests,
so that a `Cancel` acts while the engine is busy, and ends the process when the parent is gone.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from .protocol import (
    Cancel,
    Count,
    Done,
    Failed,
    FailedKind,
    FinishReason,
    Generate,
    Load,
    Message,
    Piece,
    Quit,
    Ready,
    Request,
    Tokens,
    Weigh,
    Weights,
)
from .wire import ProtocolError, decode, encode

__all__ = ["Engine", "EngineFault", "Halt", "serve"]

_TICK = 0.1  # seconds between looks at the clock and at the parent
_READ = 1 << 16  # bytes


class EngineFault(Exception):
    """A request cannot be answered; the engine is as good as before."""

    def __init__(self, kind: FailedKind, message: str) -> None:
        super().__init__(message)
        self.kind: FailedKind = kind


class Halt:
    """Asks the engine to end the answer it is working on, from any thread.

    Attributes:
        reason: why, or None while it may go on. The engine looks at it after every token.
        on_change: called with True when set and False when cleared; an engine uses it to stop in
            the middle of a native call.
    """

    def __init__(self) -> None:
        self.reason: FinishReason | None = None
        self.on_change: Callable[[bool], None] = lambda _halted: None
        self._lock = threading.Lock()
        self._current = -1
        self._deadline = float("inf")
        self._cancelled: set[int] = set()

    def begin(self, request: int, seconds: float | None) -> None:
        """From now on halts are meant for `request`, and time runs."""
        with self._lock:
            self._current = request
            self._deadline = time.monotonic() + seconds if seconds is not None else float("inf")
            self._set("cancelled" if request in self._cancelled else None)

    def end(self) -> None:
        """No request is being answered."""
        with self._lock:
            # Ids grow, so what was asked of an earlier request came too late.
            self._cancelled = {number for number in self._cancelled if number > self._current}
            self._current, self._deadline = -1, float("inf")
            self._set(None)

    def cancel(self, request: int) -> None:
        """Halt `request` now, or as soon as it begins."""
        with self._lock:
            self._cancelled.add(request)
            if request == self._current:
                self._set("cancelled")

    def tick(self) -> None:
        """Halt the current request if its time is over."""
        with self._lock:
            if self.reason is None and time.monotonic() >= self._deadline:
                self._set("time")

    def _set(self, reason: FinishReason | None) -> None:
        self.reason = reason
        self.on_change(reason is not None)


class Engine(Protocol):
    """What answers; called by one thread, one request after the other.

    Every method raises `EngineFault` for a request it cannot answer.
    """

    def load(self, request: Load) -> Ready:
        """Load the model."""

    def count(self, request: Count) -> Tokens:
        """Count tokens."""

    def generate(self, request: Generate, say: Callable[[str], None]) -> Done:
        """Answer, handing pieces of text to `say`, until `Halt.reason` is set at the latest."""

    def weigh(self, request: Weigh) -> Weights:
        """Weigh texts, until `Halt.reason` is set at the latest."""


def serve(make_engine: Callable[[Halt], Engine], parent: int = 0) -> None:
    """Answer requests until the parent closes its end, says `Quit` or is no longer our parent.

    Never returns. Whatever native code prints to standard output goes to standard error.

    Args:
        make_engine: called once, before the first request is read.
        parent: process id of the parent; 0 takes the present one.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write the model to disk
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which says Quit
    replies, requests = os.dup(1), os.dup(0)
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a file descriptor is needed
        os.dup2(nothing.fileno(), 0)
    halt, inbox = Halt(), SimpleQueue[Message]()
    threading.Thread(
        target=_read_requests,
        args=(requests, parent or os.getppid(), halt, inbox),
        daemon=True,
    ).start()
    engine = make_engine(halt)
    while True:
        _answer(engine, inbox.get(), halt, lambda reply: _write(replies, encode(reply)))


def _answer(engine: Engine, request: Message, halt: Halt, reply: Callable[[Message], None]) -> None:
    if not isinstance(request, Request):
        os._exit(os.EX_PROTOCOL)
    number = request.id
    try:
        if isinstance(request, Load):
            reply(engine.load(request))
        elif isinstance(request, Count):
            reply(engine.count(request))
        elif isinstance(request, Weigh):
            halt.begin(number, request.wall_seconds)
            reply(engine.weigh(request))
        else:
            halt.begin(number, request.sampling.wall_seconds)
            reply(engine.generate(request, lambda text: reply(Piece(number, text))))
    except EngineFault as fault:
        reply(Failed(number, fault.kind, str(fault)))
    finally:
        halt.end()


def _read_requests(stream: int, parent: int, halt: Halt, inbox: SimpleQueue[Message]) -> None:
    buffer = b""
    while os.getppid() == parent:
        halt.tick()
        if not select.select([stream], [], [], _TICK)[0]:
            continue
        piece = os.read(stream, _READ)
        if not piece:
            break
        *lines, buffer = (buffer + piece).split(b"\n")
        for line in lines:
            try:
                message = decode(line)
            except ProtocolError:
                os._exit(os.EX_PROTOCOL)
            if isinstance(message, Quit):
                os._exit(os.EX_OK)
            if isinstance(message, Cancel):
                halt.cancel(message.target)
            else:
                inbox.put(message)
    # The main thread may be deep in native code: only leaving the process at once ends it.
    os._exit(os.EX_OK)


def _write(stream: int, line: bytes) -> None:
    view = memoryview(line)
    try:
        while view:
            view = view[os.write(stream, view) :]
    except BrokenPipeError:  # nobody is left to tell
        os._exit(os.EX_OK)
