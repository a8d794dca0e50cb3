"""Ratings as rows: checked, stored in place of an older one, put back from a transcript."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from .erasures import count_erasure
from .errors import OptionError, TranscriptError
from .rows import clean, in_utc
from .tables import user_key
from .turn import RatingRecord, Thumb

__all__ = ["LONGEST_NOTE", "check_rating", "restore_rating", "store_rating"]

LONGEST_NOTE = 1_000
"""Characters of a note at most; what is longer is no remark on an answer."""


def check_rating(rating: object, note: object) -> str:
    """The note as it is stored.

    Raises:
        OptionError: the rating is neither "up" nor "down", or the note is no text or too long.
    """
    if rating not in ("up", "down"):
        raise OptionError(f"A rating of {rating!r} cannot be given; give 'up' or 'down'.")
    if not isinstance(note, str):
        raise OptionError(f'The note of a rating is {note!r}; give a text, or "" for none.')
    words = clean(note.strip())
    if len(words) > LONGEST_NOTE:
        raise OptionError(
            f"A note of {len(words)!r} characters cannot be kept; give {LONGEST_NOTE} at most."
        )
    return words


def store_rating(
    connection: sqlite3.Connection,
    owner: int,
    turn_id: int,
    rating: Thumb,
    note: str,
    time: datetime,
) -> bool:
    """Keep a rating instead of an older one; whether the words of that one are to be purged.

    The caller holds the transaction, and has seen that the turn is an answer to this user.
    """
    old = connection.execute("SELECT note FROM feedback WHERE turn_id = ?", (turn_id,)).fetchone()
    connection.execute(
        "INSERT OR REPLACE INTO feedback (turn_id, user_key, rating, note, time)"
        " VALUES (?, ?, ?, ?, ?)",
        (turn_id, owner, rating, note, in_utc(time)),
    )
    lost = old is not None and old[0] not in ("", note)
    if lost:
        count_erasure(connection)
    return lost


def restore_rating(connection: sqlite3.Connection, user: str, record: RatingRecord) -> bool:
    """Give an answer its rating back, unless it was rated since; whether older words went.

    The caller holds the transaction.

    Raises:
        OptionError: it is no rating, or its time cannot be stored.
        TranscriptError: the user has no such turn, or said it himself.
    """
    note = check_rating(record.rating, record.note)
    turn = connection.execute(
        "SELECT t.id, t.user_key, f.time FROM turns AS t JOIN sessions AS s"
        " ON s.key = t.session_key LEFT JOIN feedback AS f ON f.turn_id = t.id"
        " WHERE t.user_key = ? AND s.session = ? AND t.number = ? AND t.role = 'assistant'",
        (user_key(connection, user), record.session, record.number),
    ).fetchone()
    if turn is None:
        raise TranscriptError(
            f"The feedback {record.rating!r} belongs to turn {record.number} of session "
            f"{record.session!r}, which is no answer; export it again or remove that line."
        )
    turn_id, owner, rated = turn
    if rated is not None and rated >= in_utc(record.time):
        return False
    return store_rating(connection, owner, turn_id, record.rating, note, record.time)
