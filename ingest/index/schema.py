"""The catalog's tables, and how a catalog of an older version becomes one of this version."""

from __future__ import annotations

import sqlite3
import uuid

from ..errors import StoreError

__all__ = ["LEXICAL", "SCHEMA_VERSION", "check", "migrate"]

_APPLICATION_ID = 0x52434C54  # "RCLT", so that `file` and we can tell a catalog from any database

LEXICAL = "CREATE VIRTUAL TABLE lexical USING fts5(body, context, tokenize = 'ascii')"

_V1 = f"""
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE documents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    source       TEXT NOT NULL UNIQUE,   -- path or URL, escaped to valid text
    content_hash TEXT NOT NULL,          -- SHA-256 of the bytes that were parsed
    splitter     TEXT NOT NULL,          -- fingerprint of what cut the chunks
    embedder     TEXT NOT NULL,          -- fingerprint of what made the vectors
    title        TEXT NOT NULL,
    media_type   TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    page_count   INTEGER NOT NULL,
    chunk_count  INTEGER NOT NULL,
    digest       TEXT NOT NULL,          -- SHA-256 over all of the document, see `digest`
    notes        TEXT NOT NULL,          -- JSON list
    metadata     TEXT NOT NULL,          -- JSON object
    ingested_at  TEXT NOT NULL           -- ISO 8601, UTC; shown, never used for ordering
);

CREATE TABLE pages (
    document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    text     TEXT NOT NULL,
    headings TEXT NOT NULL,              -- JSON list of [start, level, title]
    PRIMARY KEY (document, number)
) WITHOUT ROWID;

CREATE TABLE chunks (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: caches rely on it
    key          TEXT NOT NULL UNIQUE,
    document     INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page         INTEGER NOT NULL,
    start        INTEGER NOT NULL,
    end          INTEGER NOT NULL,
    heading_path TEXT NOT NULL,          -- JSON list
    text         TEXT NOT NULL,
    text_hash    BLOB NOT NULL           -- equal text needs no second embedding
);
CREATE INDEX chunks_by_document ON chunks(document);
CREATE INDEX chunks_by_text ON chunks(text_hash);

CREATE TABLE vectors (
    chunk  INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
    vector BLOB NOT NULL                 -- float32, little endian, length 1
);

{LEXICAL};
CREATE VIRTUAL TABLE lexical_terms USING fts5vocab(lexical, row);
"""

_STEPS = (_V1,)
SCHEMA_VERSION = len(_STEPS)


def check(connection: sqlite3.Connection) -> int:
    """The format version of the catalog, 0 for an empty file; changes nothing.

    Raises:
        StoreError: the file is of a newer version, or another program's database.
    """
    connection.execute("BEGIN")  # or another process makes its tables between two of these lines
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        if connection.in_transaction:  # else the error is another one than that there is none
            connection.execute("ROLLBACK")
    if application != _APPLICATION_ID and (application or version or tables):
        raise StoreError(
            f"The database belongs to another program (application id {application!r}); "
            "choose another folder for the knowledge base."
        )
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The catalog has format {version!r}, this program knows up to {SCHEMA_VERSION}; "
            "upgrade recollect-rag."
        )
    return int(version)


def migrate(connection: sqlite3.Connection, to: int = SCHEMA_VERSION) -> None:
    """Bring the catalog to version `to`, in one transaction; a new file gets all tables.

    Raises:
        StoreError: the file is of a newer version, or another program's database.
    """
    if check(connection) >= to:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for step in _STEPS[version:to]:
            for statement in step.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
        if version == 0:
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.executemany(
                "INSERT INTO manifest VALUES (?, ?)",
                [("store_id", uuid.uuid4().hex), ("generation", "0")],
            )
        connection.execute(f"PRAGMA user_version = {max(version, to)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # it did not come to the commit
            connection.execute("ROLLBACK")
