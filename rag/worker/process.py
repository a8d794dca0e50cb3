"""One child process with pipes: messages out without blocking, messages in, and how it died."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .protocol import Message
from .wire import ProtocolError, decode, encode

__all__ = ["CHILD", "ChildProcess", "Death"]

CHILD: tuple[str, ...] = (
    sys.executable,
    "-P",
    str(Path(__file__).with_name("boot.py")),
    "rag.worker.child",
)
_ENVIRONMENT = {
    # Threads that wait for each other by spinning lose their processor to any other busy program:
    # measured 6 tokens a second; with few rounds of spinning 30, and 73 instead of 86 when idle.
    "GOMP_SPINCOUNT": "1000",
    # A debugger started by a dying process may hang, and hides how it died.
    "GGML_NO_BACKTRACE": "1",
}
_READ = 1 << 16  # bytes
_LAST_WORDS = 400  # characters of standard error kept for the message


@dataclass(frozen=True, slots=True)
class Death:
    """How a process ended.

    Attributes:
        signal: name such as "SIGSEGV", or "" when it left by itself.
        exit_code: what it left with, None when a signal ended it.
        last_words: the end of what it wrote to standard error.
    """

    signal: str
    exit_code: int | None
    last_words: str

    def __str__(self) -> str:
        words = f"; its last words: {self.last_words!r}" if self.last_words else ""
        if self.signal:
            number = getattr(signal, self.signal, None)
            return f"{self.signal}" + (f", signal {int(number)}" if number else "") + words
        return f"exit code {self.exit_code}{words}"


class ChildProcess:
    """A running child; used by one thread. No method but `reap` waits."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [*command, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**_ENVIRONMENT, **os.environ},
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr  # noqa: S101
        self._pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self.stdin, self.stdout, self.stderr = (pipe.fileno() for pipe in self._pipes)
        for descriptor in (self.stdin, self.stdout, self.stderr):
            os.set_blocking(descriptor, False)
        self._outbox, self._inbox, self._words = bytearray(), b"", b""
        self.ended = False
        self._mute = False

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def interests(self) -> list[tuple[int, int]]:
        """File descriptors and `select.poll` events to wait for, before `flush` and `receive`."""
        wanted = [(self.stdout, select.POLLIN)]
        if not self._mute:
            wanted.append((self.stderr, select.POLLIN))
        if self._outbox:
            wanted.append((self.stdin, select.POLLOUT))
        return wanted

    def send(self, message: Message) -> None:
        """Hand a message over, as far as the pipe takes it now."""
        self._outbox += encode(message)
        self.flush()

    def flush(self) -> None:
        """Send what is left of earlier messages, as far as the pipe takes it now."""
        try:
            while self._outbox:
                del self._outbox[: os.write(self.stdin, self._outbox)]
        except BlockingIOError:
            return
        except BrokenPipeError:  # it is dead or dying; reading tells
            self._outbox.clear()

    def receive(self) -> list[Message]:
        """The messages that came; sets `ended` when there will be no more."""
        self._listen()
        messages: list[Message] = []
        while not self.ended:
            try:
                piece = os.read(self.stdout, _READ)
            except BlockingIOError:
                break
            if not piece:
                self.ended = True
                break
            *lines, self._inbox = (self._inbox + piece).split(b"\n")
            try:
                messages += [decode(line) for line in lines]
            except ProtocolError:  # it babbles: as good as dead
                self.kill()
                self.ended = True
        return messages

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while piece := os.read(self.stderr, _READ):
                self._words = (self._words + piece)[-4 * _LAST_WORDS :]
            self._mute = True

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def reap(self, patience_seconds: float = 0.0) -> Death:
        """Close the pipes, wait so long for it to leave, then kill it; no zombie stays."""
        self._listen()
        for pipe in self._pipes:
            pipe.close()
        try:
            code = self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        words = self._words.decode("utf-8", "replace").strip()[-_LAST_WORDS:]
        if code >= 0:
            return Death("", code, words)
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return Death(name, None, words)
