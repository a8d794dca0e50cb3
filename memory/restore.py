"""Turns that have a number already, and their notes, go back into the log, each at most once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from .errors import TranscriptError
from .rows import StoredRow, clean, digest
from .tables import SCOPED, insert_turn, open_session, user_key
from .turn import NoteRecord

__all__ = ["restore_note", "restore_session"]

_LATER = (
    "SELECT n.id, t.time > ? OR t.id = ? FROM pinned_notes AS n JOIN turns AS t ON t.id = n.turn_id"
    " WHERE n.user_key = ? AND (n.subject = ? AND n.subject <> '' OR n.text = ?)"
)


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


def restore_note(connection: sqlite3.Connection, user: str, note: NoteRecord) -> None:
    """Pin a note to its turn, in place of what was said about the same thing before that turn.

    What was said later stays in its place. The caller holds the transaction.

    Raises:
        TranscriptError: the user has no such turn, or did not say it himself.
    """
    owner = user_key(connection, user)
    turn = connection.execute(
        "SELECT t.id, t.time FROM turns AS t JOIN sessions AS s ON s.key = t.session_key"
        " WHERE t.user_key = ? AND s.session = ? AND t.number = ? AND t.role = 'user'",
        (owner, note.session, note.number),
    ).fetchone()
    if turn is None:
        raise TranscriptError(
            f"The note {note.text!r} belongs to turn {note.number} of session {note.session!r}, "
            "which the user never said; export it again or remove that line."
        )
    turn_id, time = turn
    text = clean(note.text)
    rivals = connection.execute(_LATER, (time, turn_id, owner, note.subject, text)).fetchall()
    if any(later for _, later in rivals):
        return
    connection.executemany("DELETE FROM pinned_notes WHERE id = ?", [(key,) for key, _ in rivals])
    connection.execute(
        "INSERT INTO pinned_notes (user_key, turn_id, subject, text) VALUES (?, ?, ?, ?)",
        (owner, turn_id, clean(note.subject), text),
    )


def _title(title: str | None) -> str | None:
    return clean(" ".join((title or "").split())) or None
