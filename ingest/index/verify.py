"""A catalog in, the list of everything that is wrong with it out; empty means sound."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import numpy as np

from ..lexical import LEXICAL_VERSION
from .digest import document_digest
from .schema import LEXICAL
from .words import lexical_row

__all__ = ["lexical_problems", "problems"]

_LENGTH_TOLERANCE = 1e-3
_COUNTS = {
    "chunks": "SELECT count(*) FROM chunks",
    "vectors": "SELECT count(*) FROM vectors",
    "lexical rows": "SELECT count(*) FROM lexical",
    "chunks with a vector": "SELECT count(*) FROM chunks JOIN vectors ON chunk = id",
    "chunks with a lexical row": (
        "SELECT count(*) FROM chunks WHERE id IN (SELECT rowid FROM lexical)"
    ),
}
_UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
_SHADOWS = ("data", "idx", "content", "docsize", "config")


def problems(connection: sqlite3.Connection, dimension: int | None) -> Iterator[str]:
    """Check the file, each document against its digest, and the parts against each other.

    What cannot be read is a problem like any other: nothing is raised, the rest is still checked.

    Args:
        connection: a reading snapshot.
        dimension: length of a row, or None to skip the check of the vectors' shape.
    """
    try:
        for (line,) in connection.execute("PRAGMA integrity_check"):
            if line != "ok":
                yield f"SQLite: {line}"
        counts = {name: connection.execute(query).fetchone()[0] for name, query in _COUNTS.items()}
        if len(set(counts.values())) > 1:
            yield "counts differ: " + ", ".join(f"{name} {n}" for name, n in counts.items())
    except _UNREADABLE as error:
        yield f"SQLite: {error}"
    for owner, source in _sources(connection):
        try:
            yield from _document(connection, owner, source, dimension)
        except (*_UNREADABLE, ValueError, TypeError) as error:
            yield f"{source}: cannot be read ({error})"


def _sources(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Each document, as many as can be read; by id, or by the index of sources where that fails."""
    found: dict[int, str] = {}
    for order in ("id", "source"):
        try:
            for owner, source in connection.execute(
                f"SELECT id, source FROM documents ORDER BY {order}"  # noqa: S608 - our own words
            ):
                found.setdefault(owner, str(source))
        except _UNREADABLE:
            continue  # integrity_check has told of it
        break
    return list(found.items())


def _document(
    connection: sqlite3.Connection, owner: int, source: str, dimension: int | None
) -> Iterator[str]:
    title, page_count, chunk_count, digest = connection.execute(
        "SELECT title, page_count, chunk_count, digest FROM documents WHERE id = ?", (owner,)
    ).fetchone()
    if document_digest(connection, owner) != digest:
        yield f"{source}: its checksum differs"
        return
    pages = dict(
        connection.execute("SELECT number, text FROM pages WHERE document = ?", (owner,)).fetchall()
    )
    chunks = connection.execute(
        "SELECT c.id, page, start, end, text, heading_path, vector, body, context FROM chunks c "
        "LEFT JOIN vectors ON chunk = c.id LEFT JOIN lexical ON lexical.rowid = c.id "
        "WHERE document = ? ORDER BY c.id",
        (owner,),
    ).fetchall()
    (terms,) = connection.execute(
        "SELECT value FROM manifest WHERE key = 'lexical' UNION ALL SELECT '' LIMIT 1"
    ).fetchone()
    if len(pages) != page_count:
        yield f"{source}: {len(pages)} pages, {page_count} recorded"
    if len(chunks) != chunk_count:
        yield f"{source}: {len(chunks)} chunks, {chunk_count} recorded"
    for chunk_id, number, start, end, text, path, blob, *lexical in chunks:
        if number not in pages or pages[number][start:end] != text:
            yield f"{source}: chunk {chunk_id} does not match page {number}"
        if terms == str(LEXICAL_VERSION) and tuple(lexical) != lexical_row(
            text, title, json.loads(path)
        ):
            yield f"{source}: chunk {chunk_id} is not indexed by its words"
        vector = np.frombuffer(blob or b"", dtype="<f4")
        if dimension is not None and len(vector) != dimension:
            yield f"{source}: the vector of chunk {chunk_id} has {len(vector)} numbers"
        elif not abs(float(np.linalg.norm(vector)) - 1.0) <= _LENGTH_TOLERANCE:
            yield f"{source}: the vector of chunk {chunk_id} has not length 1"


def lexical_problems(uri: str) -> Iterator[str]:
    """Compare the lexical index with its own content, on a copy that SQLite deletes by itself.

    Args:
        uri: of the catalog; FTS5 checks itself by a write, which the catalog is spared.
    """
    with closing(sqlite3.connect("", uri=True, isolation_level=None)) as copy:
        try:
            copy.execute("ATTACH ? AS catalog", (uri,))
            copy.execute(LEXICAL)
            copy.execute("BEGIN")
            for name in _SHADOWS:
                copy.execute(f"DELETE FROM main.lexical_{name}")  # noqa: S608 - our own words
                copy.execute(
                    f"INSERT INTO main.lexical_{name} SELECT * FROM catalog.lexical_{name}"  # noqa: S608
                )
            copy.execute("COMMIT")
            copy.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")
        except _UNREADABLE as error:
            yield f"the index of words is damaged ({error}); run `rag index rebuild`"
