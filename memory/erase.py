"""Deletion from the log: the turns of a scope, their words in the index, where they are quoted."""

from __future__ import annotations

import sqlite3

from .quoted import blank_quotes
from .terms import TermFunction

__all__ = ["count_erasure", "delete_turns", "erasures"]

_CHOSEN = (
    "SELECT id FROM turns WHERE user_key = :user"
    " AND (:session IS NULL OR session_key = :session) AND (:turn IS NULL OR id = :turn)"
)


def delete_turns(
    connection: sqlite3.Connection,
    index_terms: TermFunction,
    user_key: int,
    session_key: int | None = None,
    turn_id: int | None = None,
) -> int:
    """Delete what the keys choose and return how many turns that were.

    Without `turn_id` the session itself goes too, without `session_key` the user. Replies that stay
    lose the words that they quote of what goes. The caller holds the transaction, and purges the
    file afterwards: here the rows go, there the bytes.
    """
    chosen = {"user": user_key, "session": session_key, "turn": turn_id}
    ids = [found for (found,) in connection.execute(_CHOSEN, chosen)]
    whole_user = turn_id is None and session_key is None
    if not whole_user:
        blank_quotes(connection, user_key, ids, index_terms)
    connection.execute(f"DELETE FROM turn_terms WHERE rowid IN ({_CHOSEN})", chosen)  # noqa: S608
    # Vectors and notes go with their turns: their tables refer to them ON DELETE CASCADE.
    deleted = connection.execute(f"DELETE FROM turns WHERE id IN ({_CHOSEN})", chosen)  # noqa: S608
    if turn_id is None:
        connection.execute(
            "DELETE FROM sessions WHERE user_key = :user AND (:session IS NULL OR key = :session)",
            chosen,
        )
    if whole_user:
        connection.execute("DELETE FROM users WHERE key = :user", chosen)
    else:
        connection.execute(
            "UPDATE users SET erased = erased + 1,"
            " turns = (SELECT count(*) FROM turns WHERE user_key = :user), terms ="
            " (SELECT coalesce(sum(terms), 0) FROM turns WHERE user_key = :user) WHERE key = :user",
            chosen,
        )
    # FTS5 keeps deleted words as tombstones until its segments are merged into one.
    connection.execute("INSERT INTO turn_terms (turn_terms) VALUES ('optimize')")
    return deleted.rowcount


def count_erasure(connection: sqlite3.Connection) -> None:
    """Something was forgotten, or said in other words; the caller holds the transaction."""
    connection.execute(
        "INSERT INTO settings (name, value) VALUES ('erasures', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )


def erasures(connection: sqlite3.Connection) -> int:
    """How often that happened; it never goes back, also when a user is forgotten whole."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'erasures'").fetchone()
    return int(row[0]) if row else 0
