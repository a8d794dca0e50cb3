"""A folder in, what there is to say of the knowledge base in it out; a damaged one says why."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest import EmbedderIdentity, Index, IngestError

__all__ = ["KnowledgeBase", "describe"]


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """One knowledge base of a shelf, as it was when it was looked at.

    Attributes:
        id: stays the same when it is renamed; safe in addresses and scripts.
        name: as its owner calls it, up to 80 characters; no other on the shelf has it.
        path: its folder.
        documents: how many it holds.
        pages: pages with text of all documents.
        chunks: chunks of all documents.
        size: bytes of all its files on disk, conversations and caches among them.
        embedder: name of the embedder it was built with; "" while it is empty.
        updated: when the latest document came in, ISO 8601 in UTC; None while it is empty.
        problem: why it cannot be read, with what to do; "" when it can, otherwise the counts are 0.
        own: it lies on the shelf, so that the shelf may delete it.
    """

    id: str
    name: str
    path: Path
    documents: int = 0
    pages: int = 0
    chunks: int = 0
    size: int = 0
    embedder: str = ""
    updated: str | None = None
    problem: str = ""
    own: bool = True


def describe(id: str, name: str, path: Path, *, own: bool) -> KnowledgeBase:
    """Look at a knowledge base without changing it; what goes wrong becomes its `problem`."""
    size = _size(path)
    try:
        with Index(path, read_only=True) as index:
            contents = index.contents()
            identity = EmbedderIdentity.read(index.catalog)
    except (IngestError, OSError) as error:
        return KnowledgeBase(id, name, path, size=size, problem=str(error), own=own)
    return KnowledgeBase(
        id,
        name,
        path,
        contents.documents,
        contents.pages,
        contents.chunks,
        size,
        identity.name if identity else "",
        contents.updated,
        own=own,
    )


def _size(folder: Path) -> int:
    """Bytes of all files below; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            if name.endswith("-shm"):  # memory that SQLite shares while somebody reads
                continue
            with suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total
