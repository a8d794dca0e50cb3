"""The conversation log: every turn of every session, kept whole in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from .erase import Doomed, delete_turns
from .erasures import erasures
from .errors import OptionError, UnknownSessionError
from .lexical import score_terms
from .log_file import LogFile
from .ratings import restore_rating
from .restore import ready_sessions, restore_note, restore_session
from .rows import Scope, check_id, clean, to_row
from .session_options import dump_options, read_options, write_options
from .tables import (
    find_session,
    insert_turn,
    list_sessions,
    open_session,
    question_number,
    select_session_turns,
    select_user_turns,
    user_key,
)
from .terms import TermFunction, index_terms, query_terms
from .turn import (
    Draft,
    NoteRecord,
    RatingRecord,
    RecalledTurn,
    SessionInfo,
    SessionRecord,
    Turn,
)

__all__ = ["ConversationLog"]

_BATCH = 500  # ids in one statement; SQLite's oldest limit on parameters is 999


class ConversationLog(LogFile):
    """An append-only log of conversations, safe for several threads and several processes.

    Every method is about one user and never sees another's turns: ids are compared exactly, and
    user and session stand in every statement. A user or session nobody has written to is empty,
    not an error. Appending is durable when it returns. Only the `forget_*` methods delete.

    Args:
        path: the SQLite file; it and missing folders are created, readable by their owner only.
        index_terms: text to search terms, for what is stored. Terms are compared without regard to
            ASCII case and by their first 64 characters. If it differs from the one that the file
            was indexed with, every turn is indexed anew.
        query_terms: the same for questions; None means `index_terms`.
        busy_timeout_seconds: how long to wait for another program's write.
        clock: the time of turns that do not state theirs; aware.

    Raises:
        LogError: or a child of it: the file cannot be opened, is damaged, or is newer.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        index_terms: TermFunction = index_terms,
        query_terms: TermFunction | None = query_terms,
        busy_timeout_seconds: float = 30.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(path, index_terms, busy_timeout_seconds)
        self.query_terms = query_terms or index_terms
        self._clock = clock

    def append(
        self, drafts: Sequence[Draft], *, user: str, session: str, replaces: int | None = None
    ) -> tuple[Turn, ...]:
        """Add turns at the end of a session, all in one transaction, and return them as stored.

        Args:
            drafts: for none, nothing happens.
            user: whose session.
            session: made if it is not there.
            replaces: turns of the session from this number on are forgotten in the same
                transaction; None, or a number beyond the last turn, forgets none. Numbers are never
                used again.

        Raises:
            OptionError: an id or a draft cannot be stored, or `replaces` is below 1; nothing was.
            LogBusyError: that of `purge`, which says so: it is done, but old bytes remain.
            LogError: or a child of it; nothing was stored.
        """
        check_id("user", user)
        check_id("session", session)
        if replaces is not None and (type(replaces) is not int or replaces < 1):
            raise OptionError(f"replaces is {replaces!r}; give a number of 1 or more, or None.")
        rows = [to_row(draft, self._clock()) for draft in drafts]
        terms = [self.index_terms(row.text) for row in rows]
        if not rows:
            return ()
        with self._database.writing() as connection:
            scope, first = open_session(connection, user, session)
            replaced = 0
            if replaces is not None:
                doomed = Doomed(scope.user_key, scope.session_key, since=replaces)
                replaced = delete_turns(connection, self.index_terms, doomed)
            numbers = range(first, first + len(rows))
            for item in zip(numbers, rows, terms, strict=True):
                insert_turn(connection, scope, *item)
            connection.execute(
                "UPDATE sessions SET next_number = ? WHERE user_key = ? AND key = ?",
                (numbers.stop, scope.user_key, scope.session_key),
            )
            after = "number >= ? ORDER BY number"
            turns = tuple(select_session_turns(connection, scope, after, first))
        if replaced:
            self.purge()
        return turns

    def restore(
        self,
        sessions: Mapping[str, SessionRecord],
        *,
        user: str,
        notes: Sequence[NoteRecord] = (),
        ratings: Sequence[RatingRecord] = (),
    ) -> int:
        """Put numbered turns back where they stood and return how many were not there yet.

        What stands there already and says the same is passed over, so doing it twice does no harm.

        Args:
            sessions: what is known of each by its id; a title or options that it has stay.
            user: whose they become.
            notes: pinned to these turns, or to others of the user's own.
            ratings: of these turns, or of other answers to this user; the later of two stays.

        Raises:
            OptionError: an id, a draft, options or a rating cannot be stored; nothing was.
            TranscriptError: a turn of that number says something else, or a note or a rating has
                none; nothing was stored.
        """
        check_id("user", user)
        ready = ready_sessions(sessions, self.index_terms, self._clock())
        with self._database.writing() as connection:
            added = sum(restore_session(connection, user, item) for item in ready)
            for note in notes:
                restore_note(connection, user, note)
            lost = [restore_rating(connection, user, rating) for rating in ratings]
        if any(lost):
            self.purge()
        return added

    def history(
        self, *, user: str, session: str, after: int = 0, limit: int | None = None
    ) -> list[Turn]:
        """Turns with a number above `after`, ascending, the first `limit` of them."""
        with self._session(user, session) as (connection, scope):
            if scope is None:
                return []
            condition = "number > ? ORDER BY number LIMIT ?"
            end = -1 if limit is None else limit
            return select_session_turns(connection, scope, condition, after, end)

    def tail(self, *, user: str, session: str, exchanges: int) -> list[Turn]:
        """The turns of the last `exchanges` exchanges, numbers ascending."""
        with self._session(user, session) as (connection, scope):
            if scope is None or exchanges < 1:
                return []
            first = question_number(connection, scope, exchanges)
            return select_session_turns(connection, scope, "number >= ? ORDER BY number", first)

    def turns(self, ids: Iterable[int], *, user: str) -> list[Turn]:
        """The turns of these ids, ids ascending; ids that are not this user's are left out."""
        wanted = sorted(set(ids))
        found: list[Turn] = []
        with self._database.reading() as connection:
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                found += select_user_turns(connection, user, batch)
        return found

    def sessions(self, *, user: str) -> list[SessionInfo]:
        """This user's sessions that were ever written to, the latest first."""
        with self._database.reading() as connection:
            return list_sessions(connection, user)

    def rename(self, title: str, *, user: str, session: str) -> None:
        """Name a session; an empty title gives it back its first question.

        Raises:
            UnknownSessionError: this user has no such session.
        """
        with self._database.writing() as connection:
            scope = find_session(connection, user, session)
            keys = (scope.user_key, scope.session_key) if scope else (None, None)
            renamed = connection.execute(
                "UPDATE sessions SET title = ? WHERE user_key = ? AND key = ? AND next_number > 1",
                (clean(" ".join(title.split())) or None, *keys),
            ).rowcount
        if not renamed:
            raise UnknownSessionError(f"No session {session!r} to rename; list the sessions.")

    def options(self, *, user: str, session: str) -> Mapping[str, str]:
        """The small settings of a session; {} if nobody has set any."""
        with self._session(user, session) as (connection, scope):
            return {} if scope is None else read_options(connection, scope)

    def set_options(self, options: Mapping[str, str], *, user: str, session: str) -> None:
        """Keep these small settings of a session instead of those it had.

        A session that has no turn yet is made, and is not listed before its first turn.

        Raises:
            OptionError: more than 20, or a name or value that is no text of up to 500 characters.
        """
        check_id("user", user)
        check_id("session", session)
        stored = dump_options(options)
        with self._database.writing() as connection:
            scope, _ = open_session(connection, user, session)
            write_options(connection, scope, stored)

    def scores(self, query: str, *, user: str, session: str | None = None) -> dict[int, float]:
        """BM25 of the turns that share a term with `query`: turn id to a score above 0.

        In a long log the commonest terms of the query are passed over. Term statistics are those
        of all turns of this user, and of nobody else.
        """
        terms = self.query_terms(clean(query))
        with self._database.reading() as connection:
            scope = None if session is None else find_session(connection, user, session)
            key = scope.user_key if scope else user_key(connection, user)
            if key is None or (session is not None and scope is None):
                return {}
            return score_terms(connection, terms, key, scope.session_key if scope else None)

    def search(
        self, query: str, *, user: str, session: str | None = None, limit: int = 10
    ) -> list[RecalledTurn]:
        """The `limit` turns that share most with `query`, best first, the later one on a tie."""
        if limit < 1:
            raise OptionError(f"limit is {limit!r}; ask for at least 1 turn.")
        scores = self.scores(query, user=user, session=session)
        best = sorted(scores, key=lambda turn_id: (-scores[turn_id], -turn_id))[:limit]
        turns = {turn.id: turn for turn in self.turns(best, user=user)}
        why = "shares words with the query"
        return [RecalledTurn(turns[i], scores[i], why) for i in best if i in turns]

    def forget_turn(self, turn_id: int, *, user: str) -> int:
        """Delete one turn for good; 1, or 0 if this user has no such turn.

        What it stated and replies quote of it is blanked there; a note of it goes.
        """
        return self._forget(user, None, turn_id)

    def forget_session(self, session: str, *, user: str) -> int:
        """Delete a session for good and return how many turns it had."""
        return self._forget(user, check_id("session", session), None)

    def forget_user(self, user: str) -> int:
        """Delete everything of a user for good and return how many turns that were."""
        return self._forget(user, None, None)

    def erasures(self, *, user: str) -> int:
        """How often something was forgotten; another number means: read this user's words anew."""
        check_id("user", user)
        with self._database.reading() as connection:
            return erasures(connection)

    @contextmanager
    def _session(
        self, user: str, session: str
    ) -> Iterator[tuple[sqlite3.Connection, Scope | None]]:
        with self._database.reading() as connection:
            yield connection, find_session(connection, user, session)

    def _forget(self, user: str, session: str | None, turn_id: int | None) -> int:
        with self._database.writing() as connection:
            owner = user_key(connection, user)
            scope = None if session is None else find_session(connection, user, session)
            if owner is None or (session is not None and scope is None):
                return 0
            key = scope.session_key if scope else None
            doomed = Doomed(owner, key, turn_id)
            deleted = delete_turns(connection, self.index_terms, doomed)
        self.purge()
        return deleted
