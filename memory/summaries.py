"""Running summaries in the log's file: a cache that goes with any turn that it covers."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .log import ConversationLog
from .rows import Scope, clean
from .tables import SCOPED, find_session
from .turn import Turn

__all__ = ["Summaries", "Summary"]

_HASH_BYTES = 16  # against accidents of a disk, not against an attacker
_OWN = "user_key = ? AND session_key = ? AND model = ?"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a session was about, from its first turn to some other.

    Attributes:
        text: in the model's words; "" when there is none yet.
        through: number of the last turn covered; 0 when there is none yet.
        started: time of the first turn covered; None when there is none yet.
    """

    text: str = ""
    through: int = 0
    started: datetime | None = None


class Summaries:
    """The summaries that one model wrote, one for each session.

    Args:
        log: whose sessions.
        model: name of the model; what another one wrote is not seen.
    """

    def __init__(self, log: ConversationLog, model: str) -> None:
        self._log = log
        self._model = model
        self._sound: set[int] = set()

    def find(self, *, user: str, session: str) -> Summary:
        """The summary of a session; one without text if none holds for its turns as they are."""
        with self._log.reading() as connection:
            scope = find_session(connection, user, session)
            row = None if scope is None else self._row(connection, scope)
            if scope is None or row is None:
                return Summary()
            key, through, covered, text = row
            if key not in self._sound:
                if covered != _fingerprint(connection, scope, through, text):
                    return Summary()
                self._sound.add(key)  # what is stored never changes, and keys are never reused
            (started,) = connection.execute(
                f"SELECT time {SCOPED} ORDER BY number LIMIT 1", (scope.user_key, scope.session_key)
            ).fetchone()
        return Summary(text, through, datetime.fromisoformat(started))

    def uncovered(self, through: int, *, user: str, session: str) -> int:
        """Tokens of the turns after number `through`, a third of its bytes for an uncounted one."""
        with self._log.reading() as connection:
            scope = find_session(connection, user, session)
            if scope is None:
                return 0
            (tokens,) = connection.execute(
                "SELECT coalesce(sum(coalesce(tokens, length(CAST(text AS BLOB)) / 3)), 0)"
                f" {SCOPED} AND number > ?",
                (scope.user_key, scope.session_key, through),
            ).fetchone()
        return int(tokens)

    def keep(
        self, text: str, turns: Sequence[Turn], before: Summary, *, user: str, session: str
    ) -> bool:
        """Store what the model made of the summary `before` and the `turns` that followed it.

        Returns:
            False, and nothing is stored, if meanwhile a turn was forgotten or restored, or another
            program has stored a summary.
        """
        text, through = clean(text), turns[-1].number
        with self._log.writing() as connection:
            scope = find_session(connection, user, session)
            if scope is None:
                return False
            keys = (scope.user_key, scope.session_key)
            between = connection.execute(
                f"SELECT id, text {SCOPED} AND number > ? AND number <= ? ORDER BY number",
                (*keys, before.through, through),
            ).fetchall()
            row = self._row(connection, scope)
            sound = row is None or row[2] == _fingerprint(connection, scope, row[1], row[3])
            same = before.through == (row[1] if row is not None and sound else 0)
            if not same or between != [(turn.id, turn.text) for turn in turns]:
                return False
            connection.execute(f"DELETE FROM summaries WHERE {_OWN}", (*keys, self._model))  # noqa: S608
            connection.execute(
                "INSERT INTO summaries (user_key, session_key, model, through, covered, text)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(*keys, self._model, through),
                    *(_fingerprint(connection, scope, through, text), text),
                ),
            )
        return True

    def _row(
        self, connection: sqlite3.Connection, scope: Scope
    ) -> tuple[int, int, bytes, str] | None:
        found: tuple[int, int, bytes, str] | None = connection.execute(
            f"SELECT key, through, covered, text FROM summaries WHERE {_OWN}",  # noqa: S608
            (scope.user_key, scope.session_key, self._model),
        ).fetchone()
        return found


def _fingerprint(connection: sqlite3.Connection, scope: Scope, through: int, text: str) -> bytes:
    """Of the turns that a summary covers, and of its words."""
    rows = connection.execute(
        f"SELECT digest {SCOPED} AND number <= ? ORDER BY number",
        (scope.user_key, scope.session_key, through),
    )
    content = b"".join(digest for (digest,) in rows) + text.encode()
    return hashlib.blake2b(content, digest_size=_HASH_BYTES).digest()
