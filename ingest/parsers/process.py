"""Bytes from strangers come in; a document or a ParseError comes out, whatever the parser does."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from ..document import ParsedDocument
from ..errors import ParseError
from ..walk import shown
from .wire import LENGTH_BYTES, document_from, frame

__all__ = ["ParseLimits", "ParserProcess"]

_ROOM = Path(__file__).resolve().parents[1]
_KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR")
# Without the room's front door, which imports what no parser needs and costs a second.
_BOOT = """
import sys, types
room = types.ModuleType("ingest")
room.__path__ = [sys.argv[1]]
sys.modules["ingest"] = room
from ingest.parsers import child
child.main()
"""
_BLOCK = 1 << 16
_FILES_PER_CHILD = 500  # then a fresh one; what a library leaks goes with the old
_GRACE_SECONDS = 5.0
_TOO_LONG = (signal.SIGXCPU, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one file may cost.

    Attributes:
        cpu_seconds: processor time of the child, rounded up to whole seconds.
        wall_seconds: time until the answer is complete.
        memory_bytes: address space of the child beyond what it has at its start.
        file_bytes: size of a file.
        text_bytes: size of the answer, which is what it costs the parent.
    """

    cpu_seconds: float = 60
    wall_seconds: float = 120
    memory_bytes: int = 1 << 30
    file_bytes: int = 100 << 20
    text_bytes: int = 256 << 20


class ParserProcess:
    """A child that parses file after file; replaced when it dies or takes too much.

    A context manager. It starts with the first file and knows neither the environment's secrets nor
    the current folder. For one thread at a time.

    Attributes:
        limits: what one file may cost.
    """

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self.limits = limits or ParseLimits()
        self._child: subprocess.Popen[bytes] | None = None
        self._files = 0

    def __enter__(self) -> ParserProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ParserProcess(pid={self._child.pid if self._child else None}, {self.limits})"

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        """Read one file in the child.

        Args:
            data: the whole file.
            name: its name or path; only the extension counts, and messages show it.

        Raises:
            ParseError: for every fault of the file, "too_expensive" when it ran into a limit.
        """
        if len(data) > self.limits.file_bytes:
            message = f"'{shown(name)}' has {len(data):,} bytes, over {self.limits.file_bytes:,}."
            raise ParseError("too_large", message)
        if self._files >= _FILES_PER_CHILD:
            self.close()
        child = self._started()
        self._files += 1
        body: bytearray | None = None
        try:
            request = frame({"name": name, "size": len(data)})
            body = self._exchanged(child, (request, data), name)
        finally:
            if body is None:
                self.close()
        result, goes_on = document_from(body)
        if not goes_on:
            self.close()
        if isinstance(result, ParseError):
            raise result
        return result

    def close(self) -> None:
        """End the child; the next file starts another. Does nothing when there is none."""
        child, self._child, self._files = self._child, None, 0
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            _pipe(pipe).close()
        child.kill()
        child.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()
        if self._child is None:
            environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
            limits = json.dumps(asdict(self.limits))
            self._child = subprocess.Popen(
                # -P: a folder full of documents may hold a json.py.
                [sys.executable, "-P", "-B", "-c", _BOOT, str(_ROOM), limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                bufsize=0,
                start_new_session=True,
            )
            os.set_blocking(_pipe(self._child.stdin).fileno(), False)
            os.set_blocking(_pipe(self._child.stdout).fileno(), False)
        return self._child

    def _exchanged(
        self, child: subprocess.Popen[bytes], pieces: tuple[bytes, bytes], name: str
    ) -> bytearray:
        """Send the pieces and read one whole frame, all before the deadline."""
        deadline = time.monotonic() + self.limits.wall_seconds
        to_child, from_child = _pipe(child.stdin), _pipe(child.stdout)
        left = [memoryview(piece) for piece in pieces if piece]
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(to_child, selectors.EVENT_WRITE)
            selector.register(from_child, selectors.EVENT_READ)
            while len(received) < LENGTH_BYTES or len(received) < _total(received):
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    limit = self.limits.wall_seconds
                    message = f"'{shown(name)}' took over {limit:g} seconds; split or simplify it."
                    raise ParseError("too_expensive", message)
                for key, _ in ready:
                    if key.fileobj is to_child:
                        if not _send(to_child, left):
                            selector.unregister(to_child)
                    elif block := os.read(from_child.fileno(), _BLOCK):
                        received += block
                    else:
                        raise self._died(child, name)
                if len(received) >= LENGTH_BYTES and _total(received) > self.limits.text_bytes:
                    raise ParseError("too_large", f"'{shown(name)}' gave too much text; split it.")
        return received[LENGTH_BYTES:]

    def _died(self, child: subprocess.Popen[bytes], name: str) -> ParseError:
        try:
            status = -child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            status = 0
        if status in _TOO_LONG:
            limit = self.limits.cpu_seconds
            message = f"'{shown(name)}' took over {limit:g} seconds of work; split or simplify it."
            return ParseError("too_expensive", message)
        cause = signal.Signals(status).name if status > 0 else f"exit status {-status}"
        return ParseError("damaged", f"'{shown(name)}' crashed its parser ({cause}); save it anew.")


def _total(received: bytearray) -> int:
    return LENGTH_BYTES + int.from_bytes(received[:LENGTH_BYTES], "big")


def _send(pipe: IO[bytes], left: list[memoryview]) -> bool:
    """Write what fits; False when there is no more to send or nobody to read it."""
    try:
        sent = os.write(pipe.fileno(), left[0][:_BLOCK])
    except BlockingIOError:
        return True
    except BrokenPipeError:
        # The answer, if the child still gave one, waits in the other pipe.
        return False
    left[0] = left[0][sent:]
    if not left[0]:
        left.pop(0)
    return bool(left)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("a child started with pipes has none")
    return pipe
