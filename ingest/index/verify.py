"""A catalog in, the list of everything that is wrong with it out; empty means sound."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import numpy as np

from ..document import Page
from .records import document_digest

__all__ = ["problems"]

_LENGTH_TOLERANCE = 1e-3


def problems(connection: sqlite3.Connection, dimension: int | None) -> Iterator[str]:
    """Check the file, each document against its digest, and the parts against each other.

    Args:
        connection: a reading snapshot.
        dimension: length of a row, or None to skip the check of the vectors' shape.
    """
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"SQLite: {line}"
    counts = {
        name: connection.execute(query).fetchone()[0]
        for name, query in {
            "chunks": "SELECT count(*) FROM chunks",
            "vectors": "SELECT count(*) FROM vectors",
            "lexical rows": "SELECT count(*) FROM lexical",
            "chunks with a vector": "SELECT count(*) FROM chunks JOIN vectors ON chunk = id",
            "chunks with a lexical row": (
                "SELECT count(*) FROM chunks WHERE id IN (SELECT rowid FROM lexical)"
            ),
        }.items()
    }
    if len(set(counts.values())) > 1:
        yield "counts differ: " + ", ".join(f"{name} {count}" for name, count in counts.items())
    documents = connection.execute(
        "SELECT id, source, page_count, chunk_count, digest FROM documents ORDER BY id"
    ).fetchall()
    for row in documents:
        yield from _document(connection, row, dimension)


def _document(
    connection: sqlite3.Connection,
    row: tuple[int, str, int, int, str],
    dimension: int | None,
) -> Iterator[str]:
    owner, source, page_count, chunk_count, digest = row
    pages = {
        number: Page(number, text)
        for number, text in connection.execute(
            "SELECT number, text FROM pages WHERE document = ?", (owner,)
        )
    }
    chunks = connection.execute(
        "SELECT c.id, page, start, end, text, heading_path, vector FROM chunks c "
        "LEFT JOIN vectors ON chunk = c.id WHERE document = ? ORDER BY c.id",
        (owner,),
    ).fetchall()
    if len(pages) != page_count:
        yield f"{source}: {len(pages)} pages, {page_count} recorded"
    if len(chunks) != chunk_count:
        yield f"{source}: {len(chunks)} chunks, {chunk_count} recorded"
    rows = []
    for chunk_id, number, start, end, text, path, blob in chunks:
        page = pages.get(number)
        if page is None or page.text[start:end] != text:
            yield f"{source}: chunk {chunk_id} does not match page {number}"
        if not isinstance(json.loads(path), list):
            yield f"{source}: chunk {chunk_id} has no heading path"
        vector = np.frombuffer(blob or b"", dtype="<f4")
        if dimension is not None and len(vector) != dimension:
            yield f"{source}: the vector of chunk {chunk_id} has {len(vector)} numbers"
            return
        if abs(float(np.linalg.norm(vector)) - 1.0) > _LENGTH_TOLERANCE:
            yield f"{source}: the vector of chunk {chunk_id} has not length 1"
        rows.append(vector)
    vectors = np.stack(rows) if rows else np.zeros((0, dimension or 0), dtype=np.float32)
    if document_digest([chunk[4] for chunk in chunks], vectors) != digest:
        yield f"{source}: the checksum of its chunks and vectors differs"
