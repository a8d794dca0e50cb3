"""A log checked from end to end: the file's structure, each turn and options, the word index."""

from __future__ import annotations

import sqlite3

from .errors import LogDamagedError
from .rows import Scope
from .session_options import read_options
from .tables import SCOPED, select_session_turns

__all__ = ["find_damage"]


def find_damage(connection: sqlite3.Connection) -> list[str]:
    """One sentence for each damage, empty when all is well; the caller holds a transaction."""
    problems: list[str] = []
    for check in (_structure, _turns, _words):
        try:
            problems += check(connection)
        except sqlite3.DatabaseError as error:
            problems.append(f"The file is damaged ({error}); restore a backup.")
    return problems


def _structure(connection: sqlite3.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return [f"{problem}; restore a backup." for problem in found if problem != "ok"]


def _turns(connection: sqlite3.Connection) -> list[str]:
    problems = []
    sessions = connection.execute(
        "SELECT users.user, sessions.session, users.key, sessions.key"
        " FROM sessions JOIN users ON users.key = sessions.user_key"
    ).fetchall()
    for scope in (Scope(*row) for row in sessions):
        try:
            read_options(connection, scope)
        except LogDamagedError as error:
            problems.append(str(error))
        keys = (scope.user_key, scope.session_key)
        for (turn_id,) in connection.execute(f"SELECT id {SCOPED}", keys).fetchall():
            try:
                select_session_turns(connection, scope, "id = ?", turn_id)
            except LogDamagedError as error:
                problems.append(str(error))
    return problems


def _words(connection: sqlite3.Connection) -> list[str]:
    try:
        connection.execute("INSERT INTO turn_terms (turn_terms) VALUES ('integrity-check')")
        (unindexed,) = connection.execute(
            "SELECT count(*) FROM turns WHERE id NOT IN (SELECT rowid FROM turn_terms)"
        ).fetchone()
    except sqlite3.DatabaseError:
        unindexed = 1
    return ["The word index is damaged; reindex the log."] if unindexed else []
