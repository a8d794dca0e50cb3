"""Documents into the catalog and out of it: the statements, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from ..document import Chunk, Heading, Page, Passage
from ..embedders.base import Vectors
from ..lexical import index_terms
from .records import DocumentInfo, NewDocument, chunk_key, document_digest, text_hash

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
_INFO = (
    "source, title, media_type, bytes, page_count, chunk_count, content_hash, splitter, "
    "embedder, ingested_at, notes"
)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


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
            document_digest(texts, document.vectors),
            _dump(dict(document.metadata)),
        ),
    )
    owner = cursor.lastrowid
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
    ids: list[int] = []
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
    rows = np.ascontiguousarray(document.vectors, dtype="<f4")
    connection.executemany(
        "INSERT INTO vectors VALUES (?, ?)",
        ((chunk_id, row.tobytes()) for chunk_id, row in zip(ids, rows, strict=True)),
    )
    connection.executemany(
        "INSERT INTO lexical (rowid, body, context) VALUES (?, ?, ?)",
        (
            (
                chunk_id,
                " ".join(index_terms(chunk.text)),
                " ".join(index_terms(" ".join((document.title, *chunk.heading_path)))),
            )
            for chunk_id, chunk in zip(ids, document.chunks, strict=True)
        ),
    )
    return ids


def list_documents(connection: sqlite3.Connection) -> list[DocumentInfo]:
    """All documents, by source."""
    rows = connection.execute(f"SELECT {_INFO} FROM documents ORDER BY source")  # noqa: S608
    return [DocumentInfo(*row[:10], tuple(json.loads(row[10]))) for row in rows]


def read_page(connection: sqlite3.Connection, source: str, number: int) -> Page | None:
    """One page of a document as it was parsed, or None."""
    row = connection.execute(
        "SELECT number, p.text, headings FROM pages p JOIN documents d ON d.id = p.document "
        "WHERE d.source = ? AND p.number = ?",
        (source, number),
    ).fetchone()
    if row is None:
        return None
    return Page(row[0], row[1], tuple(Heading(*item) for item in json.loads(row[2])))


def _chunk(text: str, page: int, start: int, end: int, path: str) -> Chunk:
    return Chunk(text, page, start, end, tuple(json.loads(path)))


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
        pages=tuple(
            Page(number, text, tuple(Heading(*item) for item in json.loads(headings)))
            for number, text, headings in pages
        ),
        chunks=tuple(_chunk(*chunk[:5]) for chunk in chunks),
        vectors=np.stack([np.frombuffer(chunk[6], dtype="<f4") for chunk in chunks]),
        splitter=row[5],
        embedder=row[6],
        notes=tuple(json.loads(row[7])),
        metadata=json.loads(row[8]),
        keys=tuple(chunk[5] for chunk in chunks),
    )


def read_vectors(connection: sqlite3.Connection, ids: Sequence[int], dimension: int) -> Vectors:
    """float32 [len(ids), dimension] in the order of `ids`; a row of zeros for an unknown id."""
    place = {chunk_id: at for at, chunk_id in enumerate(ids)}
    out = np.zeros((len(ids), dimension), dtype=np.float32)
    for marks, part in batches(ids):
        for chunk_id, blob in connection.execute(
            f"SELECT chunk, vector FROM vectors WHERE chunk IN ({marks})",  # noqa: S608
            part,
        ):
            out[place[chunk_id]] = np.frombuffer(blob, dtype="<f4")
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


def _passage(
    chunk_id: int, source: str, title: str, page: int, start: int, end: int, path: str, text: str
) -> Passage:
    return Passage(chunk_id, source, title, page, start, end, tuple(json.loads(path)), text)


def passages_by_id(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Passage]:
    """The chunks of these ids as passages without a score; unknown ids are absent."""
    found: dict[int, Passage] = {}
    for marks, part in batches(ids):
        for row in connection.execute(
            "SELECT c.id, d.source, d.title, c.page, c.start, c.end, c.heading_path, c.text "  # noqa: S608
            f"FROM chunks c JOIN documents d ON d.id = c.document WHERE c.id IN ({marks})",
            part,
        ):
            found[row[0]] = _passage(*row)
    return found
