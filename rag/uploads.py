"""Bytes with a stranger's file name in; a file under a name of our own out, the other kept as data.

The name that came with the bytes never becomes part of a path: the file is called by a hash of it,
and it stands in a text file beside. The same name again replaces the older file.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from ingest import shown

__all__ = [
    "FOLDER",
    "discard_upload",
    "document_name",
    "is_upload",
    "is_upload_name",
    "store_upload",
    "stored_uploads",
]

FOLDER = "uploads"
"""Folder of a knowledge base that keeps the files which were uploaded into it."""
LONGEST_NAME = 2000
"""Characters of a name that are kept; files have 255 at most, addresses of pages more."""

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_OWN_NAME = re.compile(r"[0-9a-f]{32}(?:\.[a-z0-9]{1,8})?\Z")
_NAME_SUFFIX = ".name.txt"


def store_upload(knowledge_base: Path, name: str, data: bytes) -> Path:
    """Write `data` below the knowledge base and return where; whole or not at all.

    Args:
        knowledge_base: its folder.
        name: as the stranger called it; only its ending, if plain, is used for the path.
        data: the bytes.
    """
    kept = unicodedata.normalize("NFC", name)[-LONGEST_NAME:]
    ending = _SUFFIX.search(kept)
    words = hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    folder = knowledge_base / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / (words + (ending.group().lower() if ending else ""))
    _replace(target.with_name(words + _NAME_SUFFIX), shown(kept).encode("utf-8"))
    _replace(target, data)
    return target


def discard_upload(knowledge_base: Path, path: Path) -> None:
    """Delete an upload of this knowledge base and its name; a file that is none is left alone."""
    folder = (knowledge_base / FOLDER).resolve()
    if path.parent.resolve() == folder and _OWN_NAME.match(path.name):
        path.unlink(missing_ok=True)
        path.with_name(path.stem + _NAME_SUFFIX).unlink(missing_ok=True)


def document_name(source: str) -> str:
    """What to call a document: the name an upload came with, otherwise the file's own."""
    path = Path(source)
    if path.parent.name == FOLDER and _OWN_NAME.match(path.name):
        try:
            return (path.parent / (path.stem + _NAME_SUFFIX)).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return path.name
    return path.name or source


def is_upload(name: str) -> bool:
    """Whether this is what `store_upload` calls a file, or the text file with its name."""
    return bool(_OWN_NAME.match(name) or is_upload_name(name))


def is_upload_name(name: str) -> bool:
    """Whether a file so called is the text file with an upload's name."""
    ours = name.rpartition("/")[2]
    return ours.endswith(_NAME_SUFFIX) and bool(_OWN_NAME.match(ours.removesuffix(_NAME_SUFFIX)))


def stored_uploads(knowledge_base: Path) -> list[Path]:
    """The files of all uploads and the text files with their names, sorted by name."""
    folder = knowledge_base / FOLDER
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if is_upload(path.name) and path.is_file() and not path.is_symlink()
    )


def _replace(target: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)  # only there if it could not take the place
