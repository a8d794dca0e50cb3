"""Documents under new sources: texts and vectors stay, what derives from a source follows it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ..document import Chunk
from .digest import document_digest
from .records import chunk_key

__all__ = ["move_documents"]


def move_documents(connection: sqlite3.Connection, moves: Mapping[str, str]) -> int:
    """Rename the sources of documents and derive the keys of their chunks anew.

    A key that its caller chose stays as it is.

    Args:
        connection: inside a writing transaction.
        moves: the new source by the old one; no new one may be in the catalog yet.

    Returns:
        How many of them the catalog holds.
    """
    count = 0
    for old, new in moves.items():
        row = connection.execute(
            "SELECT id, content_hash FROM documents WHERE source = ?", (old,)
        ).fetchone()
        if row is None:
            continue
        owner, content_hash = row
        connection.execute("UPDATE documents SET source = ? WHERE id = ?", (new, owner))
        for chunk_id, key, text, page, start, end in connection.execute(
            "SELECT id, key, text, page, start, end FROM chunks WHERE document = ?", (owner,)
        ).fetchall():
            chunk = Chunk(text, page, start, end)
            if key == chunk_key(old, content_hash, chunk):
                connection.execute(
                    "UPDATE chunks SET key = ? WHERE id = ?",
                    (chunk_key(new, content_hash, chunk), chunk_id),
                )
        connection.execute(
            "UPDATE documents SET digest = ? WHERE id = ?",
            (document_digest(connection, owner), owner),
        )
        count += 1
    return count
