"""The tables of the conversation log, and the steps from each older version to this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from .errors import LogVersionError

__all__ = ["MIGRATIONS", "migrate"]

# Step n leads from version n to n + 1. A released step is never edited, a new one is appended.
# Whatever a later step derives from turns (vectors, summaries) refers to turns(id) ON DELETE
# CASCADE, so that forgetting reaches it without being told.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE users (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            user TEXT NOT NULL UNIQUE,
            turns INTEGER NOT NULL DEFAULT 0,
            terms INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE sessions (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            user_key INTEGER NOT NULL REFERENCES users(key) ON DELETE CASCADE,
            session TEXT NOT NULL,
            title TEXT,
            next_number INTEGER NOT NULL DEFAULT 1,
            UNIQUE (user_key, session)
        )""",
        """CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_key INTEGER NOT NULL REFERENCES users(key) ON DELETE CASCADE,
            session_key INTEGER NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number >= 1),
            time TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
            text TEXT NOT NULL,
            passages TEXT NOT NULL,
            tokens INTEGER CHECK (tokens >= 0),
            terms INTEGER NOT NULL,
            digest BLOB NOT NULL,
            UNIQUE (user_key, session_key, number)
        )""",
        # Terms arrive ready made; see lexical.py for why "ascii" splits them at spaces only.
        "CREATE VIRTUAL TABLE turn_terms USING fts5(terms, tokenize = 'ascii')",
        "CREATE VIRTUAL TABLE term_instances USING fts5vocab('turn_terms', 'instance')",
        "CREATE VIRTUAL TABLE term_counts USING fts5vocab('turn_terms', 'row')",
        # Narrow, so that scoring thousands of turns does not walk through their texts.
        "CREATE INDEX turn_lengths ON turns (id, user_key, terms, session_key)",
        "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        # Deletions per user: who keeps arrays of turns in memory sees by it that they are stale.
        "ALTER TABLE users ADD COLUMN erased INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE embedders (
            key INTEGER PRIMARY KEY,
            fingerprint TEXT NOT NULL UNIQUE
        )""",
        # A cache: whatever is missing here is computed again from the turns.
        """CREATE TABLE turn_vectors (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
            user_key INTEGER NOT NULL,
            embedder INTEGER NOT NULL,
            part INTEGER NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE (turn_id, embedder, part)
        )""",
        "CREATE INDEX vectors_of_user ON turn_vectors (user_key, embedder)",
    ),
    (
        # A cache: a summary covers turns 1 to `through` of its session as they stand.
        """CREATE TABLE summaries (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            user_key INTEGER NOT NULL,
            session_key INTEGER NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
            model TEXT NOT NULL,
            through INTEGER NOT NULL,
            covered BLOB NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (user_key, session_key, model)
        )""",
        """CREATE TRIGGER a_covered_turn_is_forgotten AFTER DELETE ON turns BEGIN
            DELETE FROM summaries WHERE user_key = old.user_key
            AND session_key = old.session_key AND through >= old.number;
        END""",
        """CREATE TRIGGER a_covered_turn_is_restored AFTER INSERT ON turns BEGIN
            DELETE FROM summaries WHERE user_key = new.user_key
            AND session_key = new.session_key AND through >= new.number;
        END""",
        # No cache: edited notes say what no turn says. Each goes with the turn it came from.
        """CREATE TABLE pinned_notes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_key INTEGER NOT NULL REFERENCES users(key) ON DELETE CASCADE,
            turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
            subject TEXT NOT NULL,
            text TEXT NOT NULL
        )""",
        "CREATE INDEX notes_of_user ON pinned_notes (user_key, id)",
        "CREATE INDEX notes_of_turn ON pinned_notes (turn_id)",
    ),
    (
        # No cache either: what a user thinks of an answer, one opinion for each.
        """CREATE TABLE feedback (
            turn_id INTEGER PRIMARY KEY REFERENCES turns(id) ON DELETE CASCADE,
            user_key INTEGER NOT NULL REFERENCES users(key) ON DELETE CASCADE,
            rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
            note TEXT NOT NULL,
            time TEXT NOT NULL
        )""",
        "CREATE INDEX feedback_of_user ON feedback (user_key, turn_id)",
        # A JSON object of texts. It may be there before the first turn is: the session is listed
        # from number 2 on. One that came without turns from elsewhere was listed, and stays so.
        "ALTER TABLE sessions ADD COLUMN options TEXT NOT NULL DEFAULT '{}'",
        "UPDATE sessions SET next_number = 2 WHERE next_number = 1",
    ),
)


def migrate(
    connection: sqlite3.Connection,
    path: object,
    migrations: Sequence[Sequence[str]] = MIGRATIONS,
) -> None:
    """Bring the log to the newest version, all steps in one transaction, or change nothing.

    Several processes may do this at once: the version is read again under the write lock.

    Raises:
        LogVersionError: the log is newer than `migrations` reaches; it is left as it is.
    """
    if _version(connection, path, migrations) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in migrations[_version(connection, path, migrations) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # it did not come to the commit
            connection.execute("ROLLBACK")


def _version(
    connection: sqlite3.Connection, path: object, migrations: Sequence[Sequence[str]]
) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > len(migrations):
        raise LogVersionError(
            f"Conversation log {str(path)!r} has format {found}, this program reads up to "
            f"{len(migrations)}; update the program or open another log."
        )
    return found
