"""A child process of ours: started without secrets, asked before a deadline, ended for good."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Literal

from .frame import LENGTH_BYTES

__all__ = ["BARE_ROOM", "ChildError", "Trouble", "ask_child", "end_child", "start_child"]

BARE_ROOM = """
import sys, types
room = types.ModuleType("ingest")
room.__path__ = [sys.argv[1]]
sys.modules["ingest"] = room
"""
"""Begins a child's program without the room's front door, which imports what no child needs and
costs a second."""

Trouble = Literal[
    "crashed",  # it died; the cause names how
    "overworked",  # it used up its processor time, or was killed
    "slow",  # no complete answer before the deadline
    "wordy",  # the answer is larger than allowed
]

_ROOM = Path(__file__).resolve().parents[1]
_KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR")
_BLOCK = 1 << 16
_GRACE_SECONDS = 5.0
_TOO_LONG = (signal.SIGXCPU, signal.SIGKILL)


class ChildError(Exception):
    """No answer came; the child is dead or not to be trusted again.

    Attributes:
        trouble: one of the codes in `Trouble`.
        cause: of a crash: a signal's name or "exit status 3"; otherwise "".
    """

    def __init__(self, trouble: Trouble, cause: str = "") -> None:
        super().__init__(f"{trouble} {cause}".strip())
        self.trouble: Trouble = trouble
        self.cause = cause


def start_child(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Run a Python program that speaks over pipes; `sys.argv[1]` is this room's folder.

    It gets neither the environment's secrets nor modules out of the current folder.
    """
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    child = subprocess.Popen(
        # -P: a folder full of documents may hold a json.py.
        [sys.executable, "-P", "-B", "-c", program, str(_ROOM), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        bufsize=0,
        start_new_session=True,
    )
    os.set_blocking(_pipe(child.stdin).fileno(), False)
    os.set_blocking(_pipe(child.stdout).fileno(), False)
    return child


def end_child(child: subprocess.Popen[bytes]) -> None:
    """Kill it and take its status."""
    for pipe in (child.stdin, child.stdout):
        _pipe(pipe).close()
    child.kill()
    child.wait()


def ask_child(
    child: subprocess.Popen[bytes],
    pieces: Sequence[bytes],
    *,
    wall_seconds: float,
    answer_bytes: int,
) -> bytearray:
    """Send the pieces and read one whole frame; what stands behind its length.

    Raises:
        ChildError: there is no such answer; end the child.
    """
    deadline = time.monotonic() + wall_seconds
    to_child, from_child = _pipe(child.stdin), _pipe(child.stdout)
    left = [memoryview(piece) for piece in pieces if piece]
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(to_child, selectors.EVENT_WRITE)
        selector.register(from_child, selectors.EVENT_READ)
        while len(received) < LENGTH_BYTES or len(received) < _total(received):
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise ChildError("slow")
            for key, _ in ready:
                if key.fileobj is to_child:
                    if not _send(to_child, left):
                        selector.unregister(to_child)
                elif block := os.read(from_child.fileno(), _BLOCK):
                    received += block
                else:
                    raise _died(child)
            if len(received) >= LENGTH_BYTES and _total(received) > answer_bytes:
                raise ChildError("wordy")
    return received[LENGTH_BYTES:]


def _died(child: subprocess.Popen[bytes]) -> ChildError:
    try:
        status = -child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        status = 0
    if status in _TOO_LONG:
        return ChildError("overworked")
    cause = signal.Signals(status).name if status > 0 else f"exit status {-status}"
    return ChildError("crashed", cause)


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
