"""A knowledge base under one embedder or splitter in, the same documents under another out."""

from __future__ import annotations

from dataclasses import replace

from .index.identity import EmbedderIdentity
from .index.index import Index
from .index.records import WHOLE, NewDocument

__all__ = ["reindex"]


def reindex(index: Index) -> int:
    """Split and embed every document anew from its stored pages; how many were changed.

    The files are not needed. Each document is one transaction, so a run that was killed goes on
    where it was. Until the last document is done, searching is refused rather than mixed.

    Raises:
        StoreLockedError: another process writes.
    """
    changed = 0
    with index.writing():
        wanted = (index.splitter.fingerprint(), index.embedder.fingerprint())
        waiting = [
            info.source
            for info in index.documents()
            if (wanted[0] if info.splitter == WHOLE else info.splitter, info.embedder) != wanted
        ]
        EmbedderIdentity.of(index.embedder, complete=not waiting).write(index.catalog)
        for source in waiting:
            stored = index.document(source)
            if stored is not None:
                index.commit(_anew(index, stored))
                changed += 1
        EmbedderIdentity.of(index.embedder).write(index.catalog)
        index.publish()
    return changed


def _anew(index: Index, stored: NewDocument) -> NewDocument:
    embedder = index.embedder.fingerprint()
    if stored.splitter == WHOLE:
        vectors = index.embedder.embed([chunk.text for chunk in stored.chunks])
        return replace(stored, vectors=vectors, embedder=embedder)
    chunks = tuple(chunk for page in stored.pages for chunk in index.splitter.split(page))
    return replace(
        stored,
        chunks=chunks,
        vectors=index.embedder.embed([chunk.text for chunk in chunks]),
        splitter=index.splitter.fingerprint(),
        embedder=embedder,
        keys=None,
    )
