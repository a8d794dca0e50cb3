"""A folder comes onto the shelf whole and leaves it whole, whenever the program is killed.

What is being made lies under a hidden name, with its writer lock held by its maker; what is being
deleted lies under another. Whoever comes next sweeps away what nobody holds any more.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ingest import StoreError, sync_folder, writer_lock

from ..errors import ShelfError

__all__ = ["home_of", "making", "put_up", "shelf_lock", "sweep", "take_away"]

_MADE = ".making-"
_GONE = ".gone-"
_WAIT_SECONDS = 10.0


@contextmanager
def shelf_lock(shelf: Path, *, wait_seconds: float = _WAIT_SECONDS) -> Iterator[None]:
    """Change what stands on the shelf, or what it is called, inside the block; others wait.

    Raises:
        ShelfError: the folder cannot be made.
        StoreError: or a child of it: it cannot be locked.
    """
    try:
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(error) from error
    with writer_lock(shelf, wait_seconds=wait_seconds):
        yield


@contextmanager
def making(shelf: Path) -> Iterator[Path]:
    """A hidden folder to work in; what still lies there when the block ends is removed."""
    folder = shelf / f"{_MADE}{secrets.token_hex(4)}"
    with ExitStack() as held:
        with shelf_lock(shelf):  # no sweep sees it before it is held
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                raise _refused(error) from error
            held.enter_context(writer_lock(folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def home_of(folder: Path) -> Path:
    """Where a folder that is being made will stand on the shelf."""
    return folder.with_name(folder.name.removeprefix(_MADE))


def put_up(folder: Path) -> None:
    """Move a folder that has been made to its home; durable on return.

    Raises:
        ShelfError: it cannot be moved.
    """
    try:
        folder.rename(home_of(folder))
        sync_folder(folder.parent)
    except OSError as error:
        raise _refused(error) from error


def take_away(shelf: Path, folder: Path) -> None:
    """Delete a folder of the shelf inside `shelf_lock`: first its name goes, then its files.

    Raises:
        StoreLockedError: somebody writes to it.
        ShelfError: its files cannot be removed.
    """
    gone = shelf / f"{_GONE}{secrets.token_hex(4)}"
    try:
        with writer_lock(folder):
            folder.rename(gone)
            sync_folder(shelf)
        shutil.rmtree(gone)
    except OSError as error:
        raise _refused(error) from error


def sweep(shelf: Path) -> None:
    """Remove what killed processes left half made or half deleted; never waits, never raises."""
    try:
        left = [entry.name for entry in os.scandir(shelf) if entry.name.startswith((_MADE, _GONE))]
        if not left:
            return
        with shelf_lock(shelf, wait_seconds=0):
            for name in left:
                _sweep_one(shelf / name)
    except (OSError, StoreError):
        return  # the next one sweeps


def _sweep_one(folder: Path) -> None:
    with suppress(StoreError), writer_lock(folder):  # else its maker is alive
        shutil.rmtree(folder, ignore_errors=True)


def _refused(error: OSError) -> ShelfError:
    return ShelfError(
        f"Cannot make, rename or remove {error.filename!r} ({error.strerror}); "
        "check the permissions and the space of its folder."
    )
