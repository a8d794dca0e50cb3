"""Deletion from the log: the turns of a scope, their words in the index, where they are quoted."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from .erasures import count_erasure
from .quoted import blank_quotes
from .terms import TermFunction

__all__ = ["Doomed", "delete_turns"]

_CHOSEN = (
    "SELECT id FROM turns WHERE user_key = :user AND (:session IS NULL OR session_key = :session)"
    " AND (:turn IS NULL OR id = :turn) AND (:since IS NULL OR number >= :since)"
)


class Doomed(NamedTuple):
    """What is to be deleted, by the log's keys: all of a user, but for what narrows it.

    Attributes:
        user: whose.
        session: of this session only; without `turn` and `since` it goes itself.
        turn: this turn only.
        since: turns of this number in their session, and after it.
    """

    user: int
    session: int | None = None
    turn: int | None = None
    since: int | None = None


def delete_turns(connection: sqlite3.Connection, index_terms: TermFunction, doomed: Doomed) -> int:
    """Delete what is doomed and return how many turns that were.

    Replies that stay lose the words that they quote of what goes. The caller holds the transaction,
    and purges the file afterwards: here the rows go, there the bytes.
    """
    chosen = doomed._asdict()
    ids = [found for (found,) in connection.execute(_CHOSEN, chosen)]
    with_session = doomed.turn is None and doomed.since is None
    if not ids and not with_session:
        return 0
    whole_user = with_session and doomed.session is None
    if not whole_user:
        blank_quotes(connection, doomed.user, ids, index_terms)
    connection.execute(f"DELETE FROM turn_terms WHERE rowid IN ({_CHOSEN})", chosen)  # noqa: S608
    # Vectors, notes and ratings go with their turns: their tables refer to them ON DELETE CASCADE.
    deleted = connection.execute(f"DELETE FROM turns WHERE id IN ({_CHOSEN})", chosen)  # noqa: S608
    if with_session:
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
    count_erasure(connection)
    return deleted.rowcount
