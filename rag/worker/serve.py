"""The loop of a model process: lines from the parent in, lines of its engine's answers out.

It knows no language model. The engine works in the main thread, all answers side by side, one
batch after the other; a second thread reads requests, so that a `Cancel` acts while the engine is
busy, and ends the process when the parent is gone; a third counts tokens, which waits for nobody.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from .halts import Halts
from .protocol import (
    Cancel,
    Count,
    Failed,
    FailedKind,
    Generate,
    Held,
    Load,
    Piece,
    Quit,
    Ready,
    Reply,
    Request,
    Sleep,
    Tokens,
    Wake,
    Weigh,
    Weights,
)
from .wire import ProtocolError, decode, encode

__all__ = ["Engine", "EngineFault", "serve"]

_TICK = 0.1  # seconds between looks at the clock and at the parent
_READ = 1 << 16  # bytes


class EngineFault(Exception):
    """A request cannot be answered; the engine is as good as before."""

    def __init__(self, kind: FailedKind, message: str) -> None:
        super().__init__(message)
        self.kind: FailedKind = kind


class Engine(Protocol):
    """What answers. All but `count` and `interrupt` is called by one thread.

    Every method that takes a request raises `EngineFault` for one that it cannot answer.
    """

    def load(self, request: Load) -> Ready:
        """Load the model."""

    def count(self, request: Count) -> Tokens:
        """Count tokens; called by a thread of its own, after `load`."""

    def weigh(self, request: Weigh) -> Weights:
        """Weigh texts, until the request is halted at the latest."""

    def sleep(self, request: Sleep) -> Held:
        """Write what was read; called when a slot is free."""

    def wake(self, request: Wake) -> Held:
        """Read what was written; called when a slot is free."""

    def begin(self, request: Generate) -> None:
        """Take an answer up; at most as many as `Ready.slots` are under way."""

    @property
    def patience(self) -> float | None:
        """Seconds to wait for a request before the next step; None: until one comes.

        0 while an answer is under way.
        """

    def step(self) -> Sequence[Reply]:
        """Bring every answer on by at most a token, and end those that are halted.

        Returns:
            `Piece`s of text, and a `Done` or `Failed` for every answer that is over.
        """

    def interrupt(self, request: int) -> None:
        """Leave a native call early, because `request` was halted; called by any thread."""


def serve(make_engine: Callable[[Halts], Engine], parent: int = 0) -> None:
    """Answer requests until the parent closes its end, says `Quit` or is no longer our parent.

    Never returns. Whatever native code prints to standard output goes to standard error.

    Args:
        make_engine: called once, before the first request is read.
        parent: process id of the parent; 0 takes the present one.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write the model to disk
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which says Quit
    threading.excepthook = _die
    replies, requests = os.dup(1), os.dup(0)
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a file descriptor is needed
        os.dup2(nothing.fileno(), 0)
    halts = Halts()
    desk = _Desk(make_engine(halts), halts, replies)
    parent = parent or os.getppid()
    for work in (lambda: desk.read(requests, parent), desk.count):
        threading.Thread(target=work, daemon=True).start()
    desk.answer()


def _die(fault: threading.ExceptHookArgs) -> None:
    """A thread that fails must not leave the others running as if nothing had happened."""
    if fault.exc_value is not None:
        sys.excepthook(fault.exc_type, fault.exc_value, fault.exc_traceback)
    os._exit(os.EX_SOFTWARE)


class _Desk:
    """Takes requests in and gives answers out; each method but `_reply` has its own thread."""

    def __init__(self, engine: Engine, halts: Halts, replies: int) -> None:
        self._engine, self._halts, self._replies = engine, halts, replies
        self._inbox, self._to_count = SimpleQueue[Request](), SimpleQueue[Count]()
        self._writing = threading.Lock()

    def answer(self) -> None:
        """Answer everything but `Count`, for ever."""
        while True:
            if (request := self._next()) is not None:
                self._take(request)
                continue
            said = self._engine.step()
            self._reply(*said)
            for message in said:
                if not isinstance(message, Piece):
                    self._halts.end(message.id)

    def _next(self) -> Request | None:
        try:
            return self._inbox.get(timeout=self._engine.patience)
        except Empty:
            return None

    def _take(self, request: Request) -> None:
        engine, number = self._engine, request.id
        try:
            if isinstance(request, Load):
                self._reply(engine.load(request))
            elif isinstance(request, Weigh):
                self._reply(engine.weigh(request))
                self._halts.end(number)
            elif isinstance(request, Sleep):
                self._reply(engine.sleep(request))
            elif isinstance(request, Wake):
                self._reply(engine.wake(request))
            elif isinstance(request, Generate):
                engine.begin(request)
        except EngineFault as fault:
            self._halts.end(number)
            self._reply(Failed(number, fault.kind, str(fault)))

    def count(self) -> None:
        """Answer every `Count`, for ever."""
        while True:
            request = self._to_count.get()
            try:
                self._reply(self._engine.count(request))
            except EngineFault as fault:
                self._reply(Failed(request.id, fault.kind, str(fault)))

    def read(self, stream: int, parent: int) -> None:
        """Sort what comes in, until nothing can come any more."""
        buffer = b""
        while os.getppid() == parent:
            self._halts.tick()
            if not select.select([stream], [], [], _TICK)[0]:
                continue
            piece = os.read(stream, _READ)
            if not piece:
                break
            *lines, buffer = (buffer + piece).split(b"\n")
            for line in lines:
                self._sort(line)
        # The main thread may be deep in native code: only leaving the process at once ends it.
        os._exit(os.EX_OK)

    def _sort(self, line: bytes) -> None:
        try:
            message = decode(line)
        except ProtocolError:
            os._exit(os.EX_PROTOCOL)
        if isinstance(message, Quit):
            os._exit(os.EX_OK)
        elif isinstance(message, Cancel):
            self._halts.cancel(message.target)
        elif isinstance(message, Count):
            self._to_count.put(message)
        elif isinstance(message, Request):
            # Time runs from here: whoever is halted must be heard in the middle of a batch.
            if isinstance(message, Generate):
                seconds = message.sampling.wall_seconds
                self._halts.begin(message.id, seconds, self._engine.interrupt)
            elif isinstance(message, Weigh):
                self._halts.begin(message.id, message.wall_seconds, self._engine.interrupt)
            self._inbox.put(message)
        else:
            os._exit(os.EX_PROTOCOL)

    def _reply(self, *messages: Reply) -> None:
        view = memoryview(b"".join(encode(message) for message in messages))
        try:
            with self._writing:
                while view:
                    view = view[os.write(self._replies, view) :]
        except BrokenPipeError:  # nobody is left to tell
            os._exit(os.EX_OK)
