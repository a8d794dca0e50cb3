"""A path comes in; the bytes of that regular file go out, whole, unmixed, with their SHA-256."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import ParseError
from .walk import shown

__all__ = ["RawFile", "read_file"]

_BLOCK = 1 << 20
_TRIES = 2


@dataclass(frozen=True, slots=True)
class RawFile:
    """The bytes of one file, as they were at one moment.

    Attributes:
        data: the bytes themselves.
        sha256: of `data`, lower-case hexadecimal.
        size: length of `data`, bytes.
        mtime_ns: time of the last change, nanoseconds since 1970.
    """

    data: bytes
    sha256: str
    size: int
    mtime_ns: int

    def __repr__(self) -> str:
        return f"RawFile(size={self.size}, sha256={self.sha256[:12]!r})"


class _Changed(Exception):
    """The file was not the same before and after."""


def read_file(path: str | os.PathLike[str], max_bytes: int) -> RawFile:
    """Read a regular file that nobody writes to meanwhile.

    The last part of `path` must not be a symbolic link, and nothing but a regular file is opened
    for reading, so a pipe cannot block the caller. A file that changes is read once more.

    Args:
        path: as `walk` found it.
        max_bytes: a larger file is refused before it is read.

    Raises:
        ParseError: "changed", "special", "symlink", "too_large" or "unreadable".
    """
    for _ in range(_TRIES):
        try:
            return _read_once(Path(path), max_bytes)
        except _Changed:
            continue
        except OSError as error:
            raise _translated(path, error) from error
    message = f"'{shown(path)}' changed while it was read; try again when it is no longer written."
    raise ParseError("changed", message)


def _read_once(path: Path, max_bytes: int) -> RawFile:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            message = f"'{shown(path)}' is not a regular file; give the path of a file."
            raise ParseError("special", message)
        if before.st_size > max_bytes:
            message = (
                f"'{shown(path)}' has {before.st_size:,} bytes, over the limit of {max_bytes:,}; "
                "split it or raise the limit."
            )
            raise ParseError("too_large", message)
        data = _read_all(descriptor, before.st_size)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    at_path = _identity_at(path)
    if len(data) != before.st_size or _version(before) != _version(after):
        raise _Changed
    if at_path != (before.st_dev, before.st_ino):
        raise _Changed
    return RawFile(data, hashlib.sha256(data).hexdigest(), len(data), before.st_mtime_ns)


def _read_all(descriptor: int, size: int) -> bytes:
    """At most `size` + 1 bytes: the one more shows that the file has grown."""
    blocks: list[bytes] = []
    left = size + 1
    while left > 0 and (block := os.read(descriptor, min(left, _BLOCK))):
        blocks.append(block)
        left -= len(block)
    return b"".join(blocks)


def _version(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _identity_at(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino)


def _translated(path: str | os.PathLike[str], error: OSError) -> ParseError:
    which = f"'{shown(path)}'"
    if error.errno == errno.ELOOP:
        return ParseError("symlink", f"{which} is a symbolic link; give the path it leads to.")
    if error.errno == errno.ENXIO:
        return ParseError("special", f"{which} is a socket or pipe; give the path of a file.")
    cause = (error.strerror or type(error).__name__).lower()
    return ParseError("unreadable", f"{which} cannot be read ({cause}); check permissions.")
