"""One writer at a time per knowledge base, across processes; a lock that dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StoreError, StoreLockedError

__all__ = ["writer_lock"]

_POLL_SECONDS = 0.05


def _holder(descriptor: int) -> str:
    text = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
    return text or "unknown"


def _is_still(descriptor: int, path: Path) -> bool:
    """Whether the file that is open still lies at `path`."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise StoreError(
            f"The disk of this knowledge base cannot lock files ({error.strerror}); "
            "choose a folder on a local disk."
        ) from error
    return True


@contextmanager
def writer_lock(
    folder: Path,
    *,
    wait_seconds: float = 0.0,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold `folder`'s writer lock inside the block.

    The kernel frees a flock when its holder ends, however it ends, so there is never a stale lock
    to delete. The file's words (process id and start) are for people only.

    Args:
        folder: the knowledge base.
        wait_seconds: how long to wait for another writer; 0 refuses at once.
        on_wait: called once with the holder's description when waiting begins.

    Raises:
        StoreLockedError: another process still writes after `wait_seconds`.
        StoreError: the folder cannot be written, its disk knows no locks, or it was deleted or
            moved away while this waited.
    """
    path = folder / "writer.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"Cannot write to {str(folder)!r} ({error.strerror}); check its permissions and space."
        ) from error
    try:
        deadline = time.monotonic() + wait_seconds
        told = False
        while not _take(descriptor):
            holder = _holder(descriptor)
            if time.monotonic() >= deadline:
                raise StoreLockedError(
                    f"Another process is writing to {str(folder)!r} ({holder}); "
                    "wait until it is done, or end it."
                )
            if on_wait is not None and not told:
                on_wait(holder)
                told = True
            time.sleep(_POLL_SECONDS)
        if not _is_still(descriptor, path):  # what is written there would be seen by nobody
            raise StoreError(
                f"{str(folder)!r} was deleted or moved meanwhile; open the knowledge base anew."
            )
        words = f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}"
        with suppress(OSError):  # a full disk is told by whoever writes what matters
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, words.encode(), 0)
        yield
    finally:
        os.close(descriptor)
