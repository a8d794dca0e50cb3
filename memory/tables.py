"""The statements of the log: who owns what, turns in and out, the list of sessions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .lexical import add_terms, encode_terms
from .rows import Scope, StoredRow, check_id, digest, read_turn
from .turn import SessionInfo, Turn

__all__ = [
    "SCOPED",
    "find_session",
    "insert_turn",
    "list_sessions",
    "open_session",
    "question_number",
    "select_session_turns",
    "select_user_turns",
    "user_key",
]

SCOPED = "FROM turns WHERE user_key = ? AND session_key = ?"

_COLUMNS = "turns.id, number, time, role, text, passages, tokens, digest"
_TITLE_CHARACTERS = 60


def user_key(connection: sqlite3.Connection, user: str) -> int | None:
    """The key of a user, or None if nobody of that name has written.

    Raises:
        OptionError: `user` can be nobody's id.
    """
    check_id("user", user)
    row = connection.execute("SELECT key FROM users WHERE user = ?", (user,)).fetchone()
    return None if row is None else int(row[0])


def find_session(connection: sqlite3.Connection, user: str, session: str) -> Scope | None:
    """A session of a user, or None if this user has no such session.

    Raises:
        OptionError: one of the two can be nobody's id.
    """
    check_id("user", user)
    check_id("session", session)
    row = connection.execute(
        "SELECT users.key, sessions.key FROM users JOIN sessions ON sessions.user_key = users.key"
        " WHERE users.user = ? AND sessions.session = ?",
        (user, session),
    ).fetchone()
    return None if row is None else Scope(user, session, *row)


def open_session(connection: sqlite3.Connection, user: str, session: str) -> tuple[Scope, int]:
    """A session of a user, made if it is not there, and the number its next turn will have."""
    connection.execute("INSERT INTO users (user) VALUES (?) ON CONFLICT DO NOTHING", (user,))
    owner = user_key(connection, user)
    connection.execute(
        "INSERT INTO sessions (user_key, session) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (owner, session),
    )
    key, following = connection.execute(
        "SELECT key, next_number FROM sessions WHERE user_key = ? AND session = ?", (owner, session)
    ).fetchone()
    return Scope(user, session, int(owner or 0), key), following


def insert_turn(
    connection: sqlite3.Connection,
    scope: Scope,
    number: int,
    row: StoredRow,
    terms: list[str],
    turn_id: int | None = None,
) -> int:
    """Store one turn with its words and return its id, a new one unless it is given."""
    encoded = encode_terms(terms, scope.user_key)
    values = (turn_id, scope.user_key, scope.session_key, number, *row, len(encoded))
    cursor = connection.execute(
        "INSERT INTO turns (id, user_key, session_key, number, time, role, text, passages, tokens,"
        " terms, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, digest(scope, number, row)),
    )
    turn_id = int(cursor.lastrowid or 0)
    add_terms(connection, turn_id, encoded)
    connection.execute(
        "UPDATE users SET turns = turns + 1, terms = terms + ? WHERE key = ?",
        (len(encoded), scope.user_key),
    )
    return turn_id


def select_session_turns(
    connection: sqlite3.Connection, scope: Scope, condition: str, *parameters: Any
) -> list[Turn]:
    """Turns of one session; `condition` is SQL of this package, its `?` are `parameters`."""
    sql = f"SELECT {_COLUMNS} {SCOPED} AND {condition}"
    rows = connection.execute(sql, (scope.user_key, scope.session_key, *parameters))
    return [read_turn(scope, row) for row in rows]


def question_number(connection: sqlite3.Connection, scope: Scope, last: int) -> int:
    """The number of the `last`-th question from the end (1 is the latest), or 1 if too few."""
    row = connection.execute(
        f"SELECT number {SCOPED} AND role = 'user' ORDER BY number DESC LIMIT 1 OFFSET ?",
        (scope.user_key, scope.session_key, last - 1),
    ).fetchone()
    return 1 if row is None else int(row[0])


def select_user_turns(connection: sqlite3.Connection, user: str, ids: Sequence[int]) -> list[Turn]:
    """Turns of one user, whatever the session, ids ascending; foreign ids are left out."""
    owner = user_key(connection, user)
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"SELECT sessions.session, sessions.key, {_COLUMNS} FROM turns"  # noqa: S608
        " JOIN sessions ON sessions.key = turns.session_key AND sessions.user_key = turns.user_key"
        f" WHERE turns.user_key = ? AND turns.id IN ({marks}) ORDER BY turns.id",
        (owner, *ids),
    )
    return [read_turn(Scope(user, row[0], int(owner or 0), row[1]), row[2:]) for row in rows]


def list_sessions(connection: sqlite3.Connection, user: str) -> list[SessionInfo]:
    """The sessions of one user that were ever written to, the latest first."""
    check_id("user", user)
    of_session = "FROM turns AS t WHERE t.user_key = s.user_key AND t.session_key = s.key"
    rows = connection.execute(
        f"SELECT s.session, s.title, (SELECT count(*) {of_session}),"  # noqa: S608
        f" (SELECT text {of_session} AND role = 'user' ORDER BY number LIMIT 1),"
        f" (SELECT time {of_session} ORDER BY number LIMIT 1),"
        f" (SELECT time {of_session} ORDER BY number DESC LIMIT 1),"
        f" (SELECT max(id) {of_session}) AS latest"
        " FROM sessions AS s JOIN users ON users.key = s.user_key"
        " WHERE users.user = ? AND s.next_number > 1 ORDER BY latest DESC, s.key DESC",
        (user,),
    )
    return [
        SessionInfo(
            session,
            title or _shorten(question or ""),
            _time(first),
            _time(last),
            turns,
            named=title is not None,
        )
        for session, title, turns, question, first, last, _ in rows
    ]


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


def _shorten(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1] + "…"
