"""Feedback: what a user thinks of an answer, up or down with a note, kept with the turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal

from .erasures import count_erasure
from .errors import LogDamagedError, OptionError
from .log import ConversationLog
from .ratings import LONGEST_NOTE, check_rating, store_rating
from .rows import check_id
from .tables import user_key
from .turn import Thumb

__all__ = ["Feedback", "Rating"]

_COLUMNS = (
    "SELECT f.turn_id, users.user, sessions.session, turns.number, f.rating, f.note, f.time"
    " FROM feedback AS f JOIN turns ON turns.id = f.turn_id AND turns.user_key = f.user_key"
    " JOIN sessions ON sessions.key = turns.session_key JOIN users ON users.key = f.user_key"
    " WHERE users.user = ?"
)


@dataclass(frozen=True, slots=True)
class Rating:
    """What a user thinks of one answer.

    Attributes:
        turn_id: the assistant's turn.
        user: whose conversation, and opinion.
        session: the conversation.
        number: the turn's, in its conversation.
        rating: "up" or "down".
        note: why, in the user's words; "" if none were given.
        time: when it was given, aware, in UTC.
    """

    turn_id: int
    user: str
    session: str
    number: int
    rating: Thumb
    note: str
    time: datetime


class Feedback:
    """The ratings of one log; safe for several threads and processes, as the log is.

    An answer has one rating at most. It goes when that turn is forgotten or replaced; where the
    answer loses words that it quotes of a forgotten turn, the note loses them too. Nothing of it
    ever enters a prompt. Every method is about one user and never sees another's ratings.

    Args:
        log: where they are kept, beside the turns.

    Attributes:
        longest: characters of a note at most.
    """

    longest: ClassVar[int] = LONGEST_NOTE

    def __init__(self, log: ConversationLog) -> None:
        self._log = log

    def give(
        self, turn_id: int, rating: Literal["up", "down"], note: str = "", *, user: str
    ) -> Rating | None:
        """Rate an answer, instead of how this user rated it before.

        Returns:
            The rating as it stands; None if this user has no such turn, or said it himself.

        Raises:
            OptionError: the rating is neither "up" nor "down", or the note has more than `longest`
                characters; nothing was changed.
            LogBusyError: it is done, but the words of an older note stay in the file; see `purge`.
        """
        check_id("user", user)
        words = check_rating(rating, note)
        now = datetime.now(UTC)
        with self._log.writing() as connection:
            owner = user_key(connection, user)
            turn = connection.execute(
                "SELECT 1 FROM turns WHERE id = ? AND user_key = ? AND role = 'assistant'",
                (turn_id, owner),
            ).fetchone()
            if owner is None or turn is None:
                return None
            lost = store_rating(connection, owner, turn_id, rating, words, now)
            (given,) = _select(connection, user, "f.turn_id = ?", turn_id)
        if lost:
            self._log.purge()
        return given

    def withdraw(self, turn_id: int, *, user: str) -> bool:
        """Delete a rating for good, the answer stays; whether this user had given one.

        Raises:
            LogBusyError: it is done, but the words of its note stay in the file; see `purge`.
        """
        check_id("user", user)
        with self._log.writing() as connection:
            gone = connection.execute(
                "DELETE FROM feedback WHERE turn_id = ? AND user_key = ? RETURNING note",
                (turn_id, user_key(connection, user)),
            ).fetchall()
            lost = any(note for (note,) in gone)
            if lost:
                count_erasure(connection)
        if lost:
            self._log.purge()
        return bool(gone)

    def of(self, session: str, *, user: str) -> dict[int, Rating]:
        """The ratings in one session by turn id; {} for an unknown one."""
        check_id("user", user)
        check_id("session", session)
        with self._log.reading() as connection:
            found = _select(connection, user, "sessions.session = ?", session)
        return {rating.turn_id: rating for rating in found}

    def list(self, *, user: str) -> Sequence[Rating]:
        """The user's ratings, in the order of the turns they are about."""
        check_id("user", user)
        with self._log.reading() as connection:
            return _select(connection, user, "1 = ?", 1)


def _select(
    connection: sqlite3.Connection, user: str, condition: str, value: int | str
) -> list[Rating]:
    rows = connection.execute(f"{_COLUMNS} AND {condition} ORDER BY f.turn_id", (user, value))
    return [_read(*row) for row in rows]


def _read(
    turn_id: int, user: str, session: str, number: int, rating: Thumb, note: str, time: str
) -> Rating:
    try:
        check_rating(rating, note)
        return Rating(turn_id, user, session, number, rating, note, datetime.fromisoformat(time))
    except (ValueError, TypeError, OptionError) as error:
        raise LogDamagedError(
            f"The rating of turn {turn_id} in session {session!r} is damaged; give it anew."
        ) from error
