"""The process behind `ParserProcess`: files come in on fd 0, documents go out on fd 1."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ..errors import ParseError
from ..walk import shown
from .dispatch import parse
from .wire import LENGTH_BYTES, frame, reply_error, reply_of

__all__ = ["main"]

_MOST_OPEN_FILES = 64


def main() -> None:
    """Answer one request after the other until the parent closes its end.

    A request is a frame with "name" and "size", then that many bytes of file. What a parser raises
    beside ParseError ends this process, after an answer that names it: who knows what it left.
    """
    limits = json.loads(sys.argv[-1])
    requests, replies = _private_pipes()
    _limit(limits["memory_bytes"])
    while head := requests.read(LENGTH_BYTES):
        request = json.loads(requests.read(int.from_bytes(head, "big")))
        name = request["name"]
        data = requests.read(request["size"])
        _limit_cpu(limits["cpu_seconds"])
        _answer_when_dying(replies, name)
        try:
            reply = reply_of(parse(data, name))
        except ParseError as error:
            reply = reply_error(error.reason, str(error))
        body = frame(reply)
        if len(body) > limits["text_bytes"]:
            message = (
                f"'{shown(name)}' holds more text than the limit of {limits['text_bytes']:,} bytes."
            )
            body = frame(reply_error("too_large", message))
        replies.write(body)
        replies.flush()
        del request, data, reply, body
        gc.collect()


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move the pipes away from 0 and 1, so that nothing a library prints gets into an answer."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return requests, replies


def _limit(memory_bytes: int) -> None:
    """No core files, few open files, and so much address space beyond what Python has now."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_OPEN_FILES, _MOST_OPEN_FILES))
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_cpu(seconds: float) -> None:
    """The soft limit counts from the start of the process, so it moves with every file."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _answer_when_dying(replies: BinaryIO, name: str) -> None:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, MemoryError):
            message = (
                f"'{shown(name)}' needs more memory than allowed; split it or raise the limit."
            )
            replies.write(frame(reply_error("too_expensive", message, last=True)))
        else:
            message = f"'{shown(name)}' made its parser fail ({kind.__name__}); save it anew."
            replies.write(frame(reply_error("damaged", message, last=True)))
        replies.flush()

    sys.excepthook = hook
