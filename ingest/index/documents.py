"""Documents into the catalog and out of it: the statements, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ..document import Chunk, Heading, Page, Passage
from ..embedders.base import Vectors
from ..errors import StoreDamagedError
from .digest import document_digest
from .records import DocumentInfo, NewDocument, chunk_key, text_hash
from .words import lexical_row

__all__ = [
    "add_document",
    "known_vectors",
    "list_documents",
    "passages_by_id",
    "read_document",
    "read_page",
    "read_vectors",
    "remove_document",
]

_BATCH = 500  # SQLite takes 32,766 variables in one statement; small batches keep it responsive
_ADVICE = "run `rag index verify`, then remove and ingest the documents that it names."
_INFO = (
    "source, title, media_type, bytes, page_count, chunk_count, content_hash, splitter, "
    "embedder, ingested_at, notes"
)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError) as error:
        raise StoreDamagedError(f"The catalog holds {text!r} for a list; {_ADVICE}") from error


def _row(blob: bytes, dimension: int) -> Vectors:
    if not isinstance(blob, bytes) or len(blob) != 4 * dimension:
        raise StoreDamagedError(f"A vector of the catalog has not {dimension} numbers; {_ADVICE}")
    return np.frombuffer(blob, dtype="<f4")


def _headings(text: str) -> tuple[Heading, ...]:
    try:
        return tuple(Heading(*item) for item in _load(text))
    except TypeError as error:
        raise StoreDamagedError(f"The catalog holds {text!r} for headings; {_ADVICE}") from error


def batches(ids: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
    """Pieces of `ids` with the question marks that an IN (…) needs."""
    for at in range(0, len(ids), _BATCH):
        part = ids[at : at + _BATCH]
        yield ",".join("?" * len(part)), part


def remove_document(connection: sqlite3.Connection, source: str) -> int:
    """Take a document out, with pages, chunks, vectors and terms; the number of its chunks."""
    row = connection.execute("SELECT id FROM documents WHERE source = ?", (source,)).fetchone()
    if row is None:
        return 0
    connection.execute(
        "DELETE FROM lexical WHERE rowid IN (SELECT id FROM chunks WHERE document = ?)", row
    )
    (count,) = connection.execute("SELECT count(*) FROM chunks WHERE document = ?", row).fetchone()
    connection.execute("DELETE FROM documents WHERE id = ?", row)
    return int(count)


def add_document(connection: sqlite3.Connection, document: NewDocument) -> list[int]:
    """Put a document in, in place of an older one of the same source; the ids of its chunks."""
    remove_document(connection, document.source)
    texts = [chunk.text for chunk in document.chunks]
    cursor = connection.execute(
        f"INSERT INTO documents ({_INFO}, digest, metadata) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
        (
            document.source,
            document.title,
            document.media_type,
            document.size,
            len(document.pages),
            len(texts),
            document.content_hash,
            document.splitter,
            document.embedder,
            datetime.now(UTC).isoformat(timespec="seconds"),
            _dump(document.notes),
            "",
            _dump(dict(document.metadata)),
        ),
    )
    owner = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?)",
        (
            (
                owner,
                page.number,
                page.text,
                _dump([(h.start, h.level, h.title) for h in page.headings]),
            )
            for page in document.pages
        ),
    )
    ids = _add_chunks(connection, document, owner)
    rows = np.ascontiguousarray(document.vectors, dtype="<f4")
    connection.executemany(
        "INSERT INTO vectors VALUES (?, ?)",
        ((chunk_id, row.tobytes()) for chunk_id, row in zip(ids, rows, strict=True)),
    )
    connection.executemany(
        "INSERT INTO lexical (rowid, body, context) VALUES (?, ?, ?)",
        (
            (chunk_id, *lexical_row(chunk.text, document.title, chunk.heading_path))
            for chunk_id, chunk in zip(ids, document.chunks, strict=True)
        ),
    )
    connection.execute(
        "UPDATE documents SET digest = ? WHERE id = ?", (document_digest(connection, owner), owner)
    )
    return ids


def _add_chunks(connection: sqlite3.Connection, document: NewDocument, owner: int) -> list[int]:
    """Insert the chunks one by one, because each id is needed; the ids."""
    ids = []
    for at, chunk in enumerate(document.chunks):
        key = (
            document.keys[at]
            if document.keys is not None
            else chunk_key(document.source, document.content_hash, chunk)
        )
        cursor = connection.execute(
            "INSERT INTO chunks (key, document, page, start, end, heading_path, text, text_hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                owner,
                chunk.page,
                chunk.start,
                chunk.end,
                _dump(chunk.heading_path),
                chunk.text,
                text_hash(chunk.text),
            ),
        )
        ids.append(int(cursor.lastrowid or 0))
    return ids


def list_documents(connection: sqlite3.Connection) -> list[DocumentInfo]:
    """All documents, by source."""
    rows = connection.execute(f"SELECT {_INFO} FROM documents ORDER BY source")  # noqa: S608
    return [DocumentInfo(*(*row[:-1], tuple(_load(row[-1])))) for row in rows]


def read_page(connection: sqlite3.Connection, source: str, number: int) -> Page | None:
    """One page of a document as it was parsed, or None."""
    row = connection.execute(
        "SELECT number, p.text, headings FROM pages p JOIN documents d ON d.id = p.document "
        "WHERE d.source = ? AND p.number = ?",
        (source, number),
    ).fetchone()
    if row is None:
        return None
    return Page(row[0], row[1], _headings(row[2]))


def _chunk(text: str, page: int, start: int, end: int, path: str) -> Chunk:
    return Chunk(text, page, start, end, tuple(_load(path)))


def read_document(connection: sqlite3.Connection, source: str) -> NewDocument | None:
    """A whole document as it was committed, with the keys of its chunks, or None."""
    row = connection.execute(
        "SELECT id, content_hash, title, media_type, bytes, splitter, embedder, notes, metadata "
        "FROM documents WHERE source = ?",
        (source,),
    ).fetchone()
    if row is None:
        return None
    pages = connection.execute(
        "SELECT number, text, headings FROM pages WHERE document = ? ORDER BY number", row[:1]
    )
    chunks = connection.execute(
        "SELECT text, page, start, end, heading_path, key, vector FROM chunks c "
        "JOIN vectors v ON v.chunk = c.id WHERE document = ? ORDER BY c.id",
        row[:1],
    ).fetchall()
    return NewDocument(
        source=source,
        content_hash=row[1],
        title=row[2],
        media_type=row[3],
        size=row[4],
        pages=tuple(Page(number, text, _headings(headings)) for number, text, headings in pages),
        chunks=tuple(_chunk(*chunk[:5]) for chunk in chunks),
        vectors=_matrix([chunk[6] for chunk in chunks]),
        splitter=row[5],
        embedder=row[6],
        notes=tuple(_load(row[7])),
        metadata=_load(row[8]),
        keys=tuple(chunk[5] for chunk in chunks),
    )


def _matrix(blobs: Sequence[bytes]) -> Vectors:
    dimension = len(blobs[0]) // 4 if blobs else 0
    out = np.empty((len(blobs), dimension), dtype=np.float32)
    for at, blob in enumerate(blobs):
        out[at] = _row(blob, dimension)
    return out


def read_vectors(connection: sqlite3.Connection, ids: Sequence[int], dimension: int) -> Vectors:
    """float32 [len(ids), dimension] in the order of `ids`; a row of zeros for an unknown id."""
    place = {chunk_id: at for at, chunk_id in enumerate(ids)}
    out = np.zeros((len(ids), dimension), dtype=np.float32)
    for marks, part in batches(ids):
        for chunk_id, blob in connection.execute(
            f"SELECT chunk, vector FROM vectors WHERE chunk IN ({marks})",  # noqa: S608
            part,
        ):
            out[place[chunk_id]] = _row(blob, dimension)
    return out


def known_vectors(
    connection: sqlite3.Connection, texts: Iterable[str], embedder: str
) -> dict[bytes, Vectors]:
    """Rows that the catalog already holds for these texts from this embedder, by `text_hash`."""
    found: dict[bytes, Vectors] = {}
    for wanted in {text_hash(text) for text in texts}:
        row = connection.execute(
            "SELECT v.vector FROM chunks c JOIN vectors v ON v.chunk = c.id "
            "JOIN documents d ON d.id = c.document "
            "WHERE c.text_hash = ? AND d.embedder = ? LIMIT 1",
            (wanted, embedder),
        ).fetchone()
        if row is not None:
            found[wanted] = np.frombuffer(row[0], dtype="<f4").astype(np.float32)
    return found


def passages_by_id(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Passage]:
    """The chunks of these ids as passages without a score; unknown ids are absent.

    Raises:
        StoreDamagedError: a text is not the one that was stored.
    """
    found: dict[int, Passage] = {}
    for marks, part in batches(ids):
        for row in connection.execute(
            "SELECT c.id, d.source, d.title, c.page, c.start, c.end, c.heading_path, c.text, "  # noqa: S608
            "c.text_hash "
            f"FROM chunks c JOIN documents d ON d.id = c.document WHERE c.id IN ({marks})",
            part,
        ):
            chunk_id, source, title, page, start, end, path, text, checksum = row
            if not isinstance(text, str) or text_hash(text) != checksum:
                raise StoreDamagedError(f"The stored text of {source!r} is damaged; {_ADVICE}")
            found[chunk_id] = Passage(
                chunk_id, source, title, page, start, end, tuple(_load(path)), text
            )
    return found
