"""Sessions, turns that have a number already, and their notes go back into the log, each once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from .errors import TranscriptError
from .rows import StoredRow, check_id, clean, digest, to_row
from .session_options import NO_OPTIONS, dump_options
from .tables import SCOPED, insert_turn, open_session, user_key
from .terms import TermFunction
from .turn import NoteRecord, SessionRecord

__all__ = ["ReadySession", "ready_sessions", "restore_note", "restore_session"]

_LATER = (
    "SELECT n.id, t.time > ? OR t.id = ? FROM pinned_notes AS n JOIN turns AS t ON t.id = n.turn_id"
    " WHERE n.user_key = ? AND (n.subject = ? AND n.subject <> '' OR n.text = ?)"
)


class ReadySession(NamedTuple):
    """A session as it is stored: its id, title, options, and of each turn number, row and terms."""

    session: str
    title: str | None
    options: str
    rows: list[tuple[int, StoredRow, list[str]]]


def ready_sessions(
    sessions: Mapping[str, SessionRecord], index_terms: TermFunction, now: datetime
) -> list[ReadySession]:
    """All that can be done before the log is held.

    Raises:
        OptionError: an id, a draft or options cannot be stored.
    """
    ready = []
    for session, record in sessions.items():
        rows = [(number, to_row(draft, now)) for number, draft in record.turns]
        with_terms = [(number, row, index_terms(row.text)) for number, row in rows]
        title, options = _title(record.title), dump_options(record.options)
        ready.append(ReadySession(check_id("session", session), title, options, with_terms))
    return ready


def restore_session(connection: sqlite3.Connection, user: str, ready: ReadySession) -> int:
    """Store the turns that are not there yet and return how many; the caller holds a transaction.

    A title or options that the session has already stay.

    Raises:
        TranscriptError: a turn of that number says something else.
    """
    scope, following = open_session(connection, user, ready.session)
    keys = (scope.user_key, scope.session_key)
    known: dict[int, bytes] = dict(
        connection.execute(f"SELECT number, digest {SCOPED}", keys).fetchall()
    )
    added = 0
    for number, row, terms in ready.rows:
        fingerprint = digest(scope, number, row)
        if number not in known:
            known[number] = fingerprint
            insert_turn(connection, scope, number, row, terms)
            added += 1
        elif known[number] != fingerprint:
            raise TranscriptError(
                f"Session {ready.session!r} already has another turn {number}; forget that session "
                "first or import as another user."
            )
    # What was exported had a first turn once, even if no turn of it is left.
    following = max([following, 2, *(number + 1 for number in known)])
    connection.execute(
        "UPDATE sessions SET next_number = ?, title = coalesce(title, ?),"
        " options = CASE options WHEN ? THEN ? ELSE options END WHERE user_key = ? AND key = ?",
        (following, ready.title, NO_OPTIONS, ready.options, *keys),
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
