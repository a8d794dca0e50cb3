"""Files that are there whole or not at all, also after kill -9 and power loss."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["replace_file", "sync_folder", "write_file"]


def write_file(path: Path, data: bytes) -> None:
    """Write a new file and make it durable; short writes are carried on, never ignored."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of `path` in one step: a reader sees the old bytes or the new ones."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        write_file(temporary, data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # only there if it could not take the place
    sync_folder(path.parent)
