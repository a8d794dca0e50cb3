"""A folder beside the log for what others derive from its turns, gone as soon as they must be."""

from __future__ import annotations

import glob
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["Derived"]


class Derived:
    """What is in it must be dispensable: whoever wrote it makes it anew, or does without.

    Everything of all users is dropped whenever the log purges the bytes of what was deleted, so
    that forgotten words do not live on in a copy.

    Args:
        log: path of the log's file.

    Attributes:
        folder: where to put things; `make` it first.
    """

    def __init__(self, log: Path) -> None:
        self.folder = log.with_name(f"{log.name}-derived")

    def make(self) -> Path:
        """The folder, made readable by its owner only if it is not there.

        Raises:
            OSError: it cannot be made.
        """
        # Not `exist_ok`: it fails when another program drops the folder at that very moment.
        with suppress(FileExistsError):
            self.folder.mkdir(mode=0o700)
        return self.folder

    def drop(self) -> None:
        """Delete the folder with everything in it, also while others write into it.

        Raises:
            OSError: something cannot be deleted.
        """
        away = self.folder.with_name(f"{self.folder.name}.{secrets.token_hex(6)}.gone")
        with suppress(FileNotFoundError):
            self.folder.rename(away)
        for gone in self.folder.parent.glob(f"{glob.escape(self.folder.name)}.*.gone"):
            shutil.rmtree(gone)
