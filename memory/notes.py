"""Pinned notes: what a user explicitly stated, kept with the turn it came from."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from .erasures import count_erasure
from .errors import OptionError
from .log import ConversationLog
from .rows import check_id, clean
from .statements import find_statements
from .tables import user_key
from .turn import Turn

__all__ = ["Note", "Notes"]

_COLUMNS = (
    "SELECT n.id, users.user, n.text, n.subject, n.turn_id, sessions.session, turns.number,"
    " turns.time, instr(turns.text, n.text) = 0 FROM pinned_notes AS n"
    " JOIN turns ON turns.id = n.turn_id AND turns.user_key = n.user_key"
    " JOIN sessions ON sessions.key = turns.session_key JOIN users ON users.key = n.user_key"
    " WHERE users.user = ?"
)


@dataclass(frozen=True, slots=True)
class Note:
    """One pinned note.

    Attributes:
        id: the log's, never reused.
        user: whose it is.
        text: in the user's words, or as edited.
        subject: what it tells, so that a newer statement replaces it; "" if that is not known.
        turn_id: the turn it came from.
        session: that turn's conversation.
        number: that turn's, in its conversation.
        time: when that was said, aware, in UTC.
        edited: whether these are no longer the words of that turn.
    """

    id: int
    user: str
    text: str
    subject: str
    turn_id: int
    session: str
    number: int
    time: datetime
    edited: bool


class Notes:
    """The pinned notes of one log; safe for several threads and processes, as the log is.

    A note is made of a user's own turn only, by the rules of `find_statements`. It goes when that
    turn is forgotten. Every method is about one user and never sees another's notes.

    Args:
        log: where they are kept, beside the turns.

    Attributes:
        longest: characters of a note at most; what is longer is a document.
    """

    longest: ClassVar[int] = 500

    def __init__(self, log: ConversationLog) -> None:
        self._log = log

    def hear(self, turn: Turn) -> list[Note]:
        """Pin what a stored turn states, and return it; a newer statement replaces an older one.

        Nothing for a turn of the assistant, for one that states nothing, and for statements of
        more than `longest` characters. Hearing a turn twice changes nothing.
        """
        if turn.role != "user":
            return []
        stated = [s for s in find_statements(turn.text).statements if len(s.text) <= self.longest]
        if not stated:
            return []
        with self._log.writing() as connection:
            owner = user_key(connection, turn.user)
            own = connection.execute(
                "SELECT 1 FROM turns WHERE id = ? AND user_key = ? AND role = 'user' AND text = ?",
                (turn.id, owner, turn.text),
            ).fetchone()
            if own is None:  # forgotten meanwhile, or never said so by this user
                return []
            for statement in stated:
                text = clean(statement.text)
                # A turn that is heard late replaces nothing that was said after it.
                connection.execute(
                    "DELETE FROM pinned_notes WHERE user_key = ? AND turn_id <= ?"
                    " AND (subject = ? AND subject <> '' OR text = ?)",
                    (owner, turn.id, statement.subject, text),
                )
                connection.execute(
                    "INSERT INTO pinned_notes (user_key, turn_id, subject, text)"
                    " SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM pinned_notes"
                    " WHERE user_key = ? AND turn_id > ?"
                    " AND (subject = ? AND subject <> '' OR text = ?))",
                    (
                        *(owner, turn.id, statement.subject, text),
                        *(owner, turn.id, statement.subject, text),
                    ),
                )
            return _select(connection, turn.user, "n.turn_id = ?", turn.id)

    def list(self, *, user: str) -> Sequence[Note]:
        """The user's notes, oldest first."""
        check_id("user", user)
        with self._log.reading() as connection:
            return _select(connection, user, "1 = ?", 1)

    def edit(self, note_id: int, text: str, *, user: str) -> Note | None:
        """Say a note in other words; None if this user has no such note.

        Raises:
            OptionError: the text is empty or has more than `longest` characters.
            LogBusyError: it is done, but the old words stay in the file; see `purge`.
        """
        check_id("user", user)
        words = clean(" ".join(text.split()))
        if not 1 <= len(words) <= self.longest:
            raise OptionError(
                f"A note of {len(words)!r} characters cannot be pinned; give 1 to {self.longest}."
            )
        with self._log.writing() as connection:
            connection.execute(
                "UPDATE pinned_notes SET text = ? WHERE id = ? AND user_key = ?",
                (words, note_id, user_key(connection, user)),
            )
            found = _select(connection, user, "n.id = ?", note_id)
            if found:
                count_erasure(connection)
        if found:
            self._log.purge()
        return found[0] if found else None

    def delete(self, note_id: int, *, user: str) -> bool:
        """Delete a note for good, the turn it came from stays; whether this user had it."""
        check_id("user", user)
        with self._log.writing() as connection:
            gone = connection.execute(
                "DELETE FROM pinned_notes WHERE id = ? AND user_key = ?",
                (note_id, user_key(connection, user)),
            ).rowcount
            if gone:
                count_erasure(connection)
        if gone:
            self._log.purge()
        return bool(gone)

    def render(
        self,
        *,
        user: str,
        budget: int,
        count_tokens: Callable[[str], int],
        without: Collection[int] = (),
    ) -> str:
        """One line for each note, oldest first, for a prompt; the newer ones when not all fit.

        A note that takes more than the newer ones leave is passed over, an older one may still fit.

        Args:
            user: whose.
            budget: tokens at most, counted on the text returned.
            count_tokens: text to its number of tokens.
            without: ids of notes to leave out.
        """
        if budget < 0:
            raise OptionError(f"The budget is {budget!r}; give tokens, a count of 0 or more.")
        kept = ""
        for note in reversed(self.list(user=user)):
            if note.id in without:
                continue
            longer = f"- {' '.join(note.text.split())}\n{kept}"
            if count_tokens(longer) <= budget:
                kept = longer
        return kept


def _select(connection: sqlite3.Connection, user: str, condition: str, value: int) -> list[Note]:
    order = "ORDER BY turns.time, n.turn_id, n.id"
    rows = connection.execute(f"{_COLUMNS} AND {condition} {order}", (user, value))
    return [
        Note(key, owner, text, subject, turn, session, number, datetime.fromisoformat(time), edited)
        for key, owner, text, subject, turn, session, number, time, edited in (
            (*row[:-1], bool(row[-1])) for row in rows
        )
    ]
