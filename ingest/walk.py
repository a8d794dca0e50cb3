"""Paths come in; every real file below them goes out once, as found or as skipped with a reason."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import Reason

__all__ = ["Found", "Skipped", "shown", "unshown", "walk"]

_LEFT_OUT = frozenset({"__pycache__"})
_ESCAPED = re.compile(r"\\(?:[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file that may be read.

    Attributes:
        path: absolute, without any symbolic link in it; undecodable bytes are surrogates.
        root: the file or folder the caller named, resolved; `path` is it or lies below it.
        size: bytes, at the time of the walk.
        mtime_ns: time of the last change, nanoseconds since 1970.
    """

    path: Path
    root: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was seen and is not read.

    Attributes:
        path: as found; for display use `shown`.
        reason: a code for programs.
        message: what, which, and what to do, for people.
    """

    path: Path
    reason: Reason
    message: str


def shown(path: str | os.PathLike[str]) -> str:
    r"""The path for people: control, bidirectional, invisible and undecodable characters escaped.

    A backslash is doubled, so two different paths are never shown alike but for look-alike letters.
    """
    escaped: list[str] = []
    for character in os.fspath(path):
        if character == "\\":
            escaped.append("\\\\")
        elif "\udc80" <= character <= "\udcff":
            escaped.append(f"\\x{ord(character) - 0xDC00:02x}")
        elif unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}:
            escaped.append(character.encode("unicode_escape", "surrogatepass").decode("ascii"))
        else:
            escaped.append(character)
    return "".join(escaped)


def unshown(words: str) -> Path:
    r"""The path that `shown` gives so; "\x80" to "\xff" count as bytes that cannot be decoded."""

    def character(match: re.Match[str]) -> str:
        escaped = match.group()
        if escaped[1] == "x" and (byte := int(escaped[2:], 16)) >= 0x80:  # noqa: PLR2004
            return chr(0xDC00 + byte)
        return escaped.encode("ascii").decode("unicode_escape")

    return Path(_ESCAPED.sub(character, words))


def walk(
    paths: Iterable[str | os.PathLike[str]], *, follow_links: bool = False
) -> Iterator[Found | Skipped]:
    """Every file below `paths`, sorted by the bytes of its name, each real file once.

    Hidden entries (a leading dot), `__pycache__` and office lock files (`~$…`) are left out unless
    named in `paths`. Symbolic links come after everything else of their root; one that stays
    inside counts under the path it leads to. Of hard-linked twins the first is found and the others
    are skipped. Pipes, sockets and devices are never opened. Lazy: folders are listed as the
    caller iterates, and what vanishes meanwhile is skipped with a reason.

    Args:
        paths: files and folders; one that does not exist yields a `Skipped`.
        follow_links: also read what symbolic links outside their root lead to.
    """
    walker = _Walker(follow_links)
    for path in paths:
        yield from walker.root(path)


class _Walker:
    def __init__(self, follow_links: bool) -> None:
        self._follow_links = follow_links
        self._files: dict[_Key, Path] = {}
        self._folders: dict[_Key, Path] = {}

    def root(self, path: str | os.PathLike[str]) -> Iterator[Found | Skipped]:
        named = Path(path)
        try:
            root = _resolved(named)
        except (OSError, RuntimeError, ValueError) as error:
            message = f"'{shown(named)}' cannot be found ({_cause(error)}); check the path."
            yield Skipped(named, "unreadable", message)
            return
        links: deque[Path] = deque()
        yield from self._below(root, root, links)
        while links:
            yield from self._link(links.popleft(), root, links)

    def _below(self, start: Path, root: Path, links: deque[Path]) -> Iterator[Found | Skipped]:
        """Depth first with a stack of our own: folders may nest deeper than Python recurses."""
        stack = [start]
        while stack:
            path = stack.pop()
            try:
                status = path.lstat()
            except OSError as error:
                yield _unreadable(path, error)
                continue
            if stat.S_ISLNK(status.st_mode):
                links.append(path)
            elif stat.S_ISDIR(status.st_mode):
                key = (status.st_dev, status.st_ino)
                if key in self._folders:
                    yield from _twin(path, self._folders[key])
                    continue
                self._folders[key] = path
                try:
                    stack.extend(_listed(path))
                except OSError as error:
                    yield _unreadable(path, error)
            else:
                yield from self._file(path, root, status)

    def _file(self, path: Path, root: Path, status: os.stat_result) -> Iterator[Found | Skipped]:
        if not stat.S_ISREG(status.st_mode):
            message = f"'{shown(path)}' is a pipe, socket or device, not a file; nothing to do."
            yield Skipped(path, "special", message)
            return
        key = (status.st_dev, status.st_ino)
        if key in self._files:
            yield from _twin(path, self._files[key])
            return
        self._files[key] = path
        if os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            yield Found(path, root, status.st_size, status.st_mtime_ns)
        else:
            yield _unreadable(path, PermissionError(errno.EACCES, "Permission denied"))

    def _link(self, link: Path, root: Path, links: deque[Path]) -> Iterator[Found | Skipped]:
        try:
            target = _resolved(link)
            status = target.lstat()
        except (OSError, RuntimeError, ValueError) as error:
            message = f"'{shown(link)}' leads nowhere ({_cause(error)}); repair or remove the link."
            yield Skipped(link, "symlink", message)
            return
        if not self._follow_links and not target.is_relative_to(root):
            message = f"'{shown(link)}' leads out of '{shown(root)}'; add its target by name."
            yield Skipped(link, "symlink", message)
            return
        key = (status.st_dev, status.st_ino)
        known = self._folders.get(key) or self._files.get(key)
        if known is not None:
            yield from _twin(link, known)
            return
        yield from self._below(target, root if target.is_relative_to(root) else target, links)


def _resolved(path: Path) -> Path:
    return path.resolve(strict=True)


def _listed(folder: Path) -> list[Path]:
    """The visible entries, last name first, as a stack wants them."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    visible = [name for name in names if not name.startswith((".", "~$")) and name not in _LEFT_OUT]
    return [folder / name for name in sorted(visible, key=os.fsencode, reverse=True)]


def _twin(path: Path, known: Path) -> Iterator[Skipped]:
    """A second name of what was seen; nothing when it is the very path, named twice."""
    if path != known:
        message = f"'{shown(path)}' is '{shown(known)}' under another name; it is read once."
        yield Skipped(path, "symlink", message)


def _unreadable(path: Path, error: OSError) -> Skipped:
    message = f"'{shown(path)}' cannot be read ({_cause(error)}); check its permissions."
    return Skipped(path, "unreadable", message)


def _cause(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
