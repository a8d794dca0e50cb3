"""How often something was erased from the log, and whether its bytes are gone from the file too."""

from __future__ import annotations

import sqlite3

__all__ = ["count_erasure", "erasures", "mark_purged", "purge_is_due"]


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


def mark_purged(connection: sqlite3.Connection, count: int) -> None:
    """The bytes of the first `count` erasures are gone; the caller holds the transaction."""
    connection.execute(
        "INSERT INTO settings (name, value) VALUES ('purged', ?) ON CONFLICT (name) DO UPDATE"
        " SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
        (str(count),),
    )


def purge_is_due(connection: sqlite3.Connection) -> bool:
    """Whether something was erased whose bytes may still be in the file."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'purged'").fetchone()
    return erasures(connection) > (int(row[0]) if row else 0)
