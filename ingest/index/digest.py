"""One document in the catalog, the SHA-256 of everything the catalog says of it out."""

from __future__ import annotations

import hashlib
import sqlite3

__all__ = ["document_digest"]

# Each reads one document back in a fixed order. Row ids are left out: they say nothing of it.
_PARTS = (
    "SELECT source, content_hash, splitter, embedder, title, media_type, bytes, page_count, "
    "chunk_count, notes, metadata, ingested_at FROM documents WHERE id = ?",
    "SELECT number, text, headings FROM pages WHERE document = ? ORDER BY number",
    "SELECT key, page, start, end, heading_path, text, text_hash, vector FROM chunks c "
    "LEFT JOIN vectors ON chunk = c.id WHERE document = ? ORDER BY c.id",
)


def document_digest(connection: sqlite3.Connection, owner: int) -> str:
    """Lower-case hexadecimal; types and lengths are part of it, so no two documents run together.

    Args:
        connection: inside a transaction.
        owner: the document's id.
    """
    digest = hashlib.sha256()
    for part in _PARTS:
        for row in connection.execute(part, (owner,)):
            for value in row:
                data = value if isinstance(value, bytes) else str(value).encode()
                digest.update(f"{type(value).__name__} {len(data)} ".encode())
                digest.update(data)
        digest.update(b"part ")
    return digest.hexdigest()
