"""What a child does to itself before it touches a stranger's bytes: pipes aside, limits on."""

from __future__ import annotations

import os
import resource
import select
import threading
from pathlib import Path
from typing import BinaryIO

__all__ = ["end_with_parent", "limit_cpu", "limit_memory", "private_pipes"]

_MOST_OPEN_FILES = 64


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move the pipes away from 0 and 1, so that nothing a library prints gets into an answer.

    Returns:
        Where requests come in, and where replies go out.
    """
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return requests, replies


def limit_memory(memory_bytes: int) -> None:
    """No core files, few open files, and so much address space beyond what Python has now."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_OPEN_FILES, _MOST_OPEN_FILES))
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_cpu(seconds: float) -> None:
    """The soft limit counts from the start of the process, so it moves with every file."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def end_with_parent(requests: BinaryIO) -> None:
    """End this process as soon as nobody holds the other end of `requests`, also in mid-work."""

    def watch() -> None:
        hangup = select.poll()
        hangup.register(requests.fileno(), 0)
        hangup.poll()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
