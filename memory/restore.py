"""Turns that have a number already go back into the log, each at most once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from .errors import TranscriptError
from .rows import StoredRow, clean, digest
from .tables import SCOPED, insert_turn, open_session

__all__ = ["restore_session"]


def restore_session(
    connection: sqlite3.Connection,
    user: str,
    session: str,
    title: str | None,
    rows: Sequence[tuple[int, StoredRow, list[str]]],
) -> int:
    """Store the turns that are not there yet and return how many; the caller holds a transaction.

    A row is a number, the columns and the search terms of one turn.

    Raises:
        TranscriptError: a turn of that number says something else.
    """
    scope, following = open_session(connection, user, session)
    keys = (scope.user_key, scope.session_key)
    known: dict[int, bytes] = dict(
        connection.execute(f"SELECT number, digest {SCOPED}", keys).fetchall()
    )
    added = 0
    for number, row, terms in rows:
        fingerprint = digest(scope, number, row)
        if number not in known:
            known[number] = fingerprint
            insert_turn(connection, scope, number, row, terms)
            added += 1
        elif known[number] != fingerprint:
            raise TranscriptError(
                f"Session {session!r} already has another turn {number}; forget that session "
                "first or import as another user."
            )
    connection.execute(
        "UPDATE sessions SET next_number = ?, title = coalesce(title, ?)"
        " WHERE user_key = ? AND key = ?",
        (max([following, *(number + 1 for number in known)]), _title(title), *keys),
    )
    return added


def _title(title: str | None) -> str | None:
    return clean(" ".join((title or "").split())) or None
