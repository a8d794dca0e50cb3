"""One user's turns as arrays: who, when, how long, beside what, and their vectors; no texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .growing import Growing
from .vectors import TurnVectors, load_vectors

__all__ = ["UNKNOWN", "Corpus"]

UNKNOWN = -1
"""A count of tokens or cues that nobody has taken yet; a neighbour that is not there."""

_SINGLE_THREADED = 32_768
"""Vectors up to which one thread is as fast as several: 0.8 ms for 6,000. A BLAS that shares such
a product among threads which wait for each other took 7 ms on a busy machine."""

_COLUMNS = {
    "ids": np.int64,
    "session": np.intp,  # place of the session, from 0, in the order of first appearance
    "number": np.int64,
    "day": np.int32,  # proleptic ordinal, UTC
    "user": np.bool_,  # said by the user
    "tokens": np.int32,
    "words": np.int32,
    "cues": np.int8,
    "before": np.int32,  # row of the turn before it in its session
    "after": np.int32,
}


class Corpus:
    """A snapshot that `refresh` keeps up with the log; row i is the user's i-th turn by id.

    Not safe for several threads by itself.

    Args:
        user_key: whose turns.
        erased: the user's count of deletions when this was made; another count means that it is
            stale and a new one is needed.

    Attributes:
        sessions: session keys by place.
        names: for assistant (0) and user (1) the name that stands before their turns, or "".
    """

    def __init__(self, user_key: int, erased: int) -> None:
        self.user_key = user_key
        self.erased = erased
        self.sessions: dict[int, int] = {}
        self.names = ["", ""]
        self._columns = {name: Growing(kind) for name, kind in _COLUMNS.items()}
        self._last_row: dict[int, int] = {}
        self._vectors: Growing | None = None
        self._owners = Growing(np.intp)
        self._last_vector = 0
        self._embedder: int | None = None
        self._named_at = 0

    def __len__(self) -> int:
        return len(self._columns["ids"])

    def column(self, name: str) -> NDArray[Any]:
        """One attribute of all turns; see the list above for their names."""
        return self._columns[name].all

    def rows(self, ids: Iterable[int]) -> NDArray[np.int64]:
        """Rows of these turn ids; ids that are not here are left out."""
        known = self.column("ids")
        wanted = np.fromiter(ids, dtype=np.int64)
        at = np.searchsorted(known, wanted)
        at = at[at < len(known)] if not len(known) else np.minimum(at, len(known) - 1)
        found: NDArray[np.int64] = at[known[at] == wanted] if len(known) else at
        return found

    def refresh(self, connection: sqlite3.Connection, vectors: TurnVectors | None) -> None:
        """Add the turns and vectors that came since; the caller holds a transaction."""
        ids = self.column("ids")
        rows = connection.execute(
            "SELECT id, session_key, number, time, role, tokens, terms FROM turns"
            " WHERE user_key = ? AND id > ? ORDER BY id",
            (self.user_key, int(ids[-1]) if len(ids) else 0),
        ).fetchall()
        if rows:
            self._add(rows)
        if len(self) > 2 * self._named_at:
            self._named_at = len(self)
            self.names = [self._name(connection, role) for role in ("assistant", "user")]
        if vectors is None:
            return
        if self._embedder is None:
            self._embedder = vectors.key(connection)
        if self._embedder is not None:
            self._load(connection, self._embedder)

    def without_vector(self) -> NDArray[np.int64]:
        """Rows that have no vector, latest first."""
        bare = np.ones(len(self), dtype=np.bool_)
        bare[self._owners.all] = False
        return np.flatnonzero(bare)[::-1]

    def cosines(self, question: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Of every turn its best part's cosine, the mean where there is none yet; or None."""
        if self._vectors is None or self._vectors.all.shape[1] != len(question):
            return None
        vectors = self._vectors.all
        if len(vectors) <= _SINGLE_THREADED:
            parts = np.einsum("ij,j->i", vectors, question, optimize=False)
        else:
            parts = vectors @ question
        best = np.full(len(self), -np.inf, dtype=np.float32)
        np.maximum.at(best, self._owners.all, parts)
        best[np.isinf(best)] = parts.mean()
        return best

    def vector(self, row: int) -> NDArray[np.float32] | None:
        """The first vector of a turn, or None."""
        at = np.flatnonzero(self._owners.all == row)
        if self._vectors is None or not len(at):
            return None
        first: NDArray[np.float32] = self._vectors.all[at[0]]
        return first

    def best_of_session(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """For every turn the largest value in its session."""
        best = np.full(len(self.sessions), -np.inf, dtype=np.float32)
        np.maximum.at(best, self.column("session"), values)
        of_turns: NDArray[np.float32] = best[self.column("session")]
        return of_turns

    def _add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        start = len(self)
        places = [self.sessions.setdefault(row[1], len(self.sessions)) for row in rows]
        self._columns["ids"].add([row[0] for row in rows])
        self._columns["session"].add(places)
        self._columns["number"].add([row[2] for row in rows])
        self._columns["day"].add([_day(row[3]) for row in rows])
        self._columns["user"].add([row[4] == "user" for row in rows])
        self._columns["tokens"].add([UNKNOWN if row[5] is None else row[5] for row in rows])
        self._columns["words"].add([row[6] for row in rows])
        for name in ("cues", "before", "after"):
            self._columns[name].add(np.full(len(rows), UNKNOWN))
        self._link(start, places)

    def _link(self, start: int, places: Sequence[int]) -> None:
        """Neighbours of the rows from `start` on; all anew when a turn came in between others."""
        before, after = self.column("before"), self.column("after")
        number = self.column("number")
        for row, place in enumerate(places, start):
            last = self._last_row.get(place)
            if last is not None and number[last] > number[row]:
                break
            if last is not None:
                before[row], after[last] = last, row
            self._last_row[place] = row
        else:
            return
        session = self.column("session")
        order = np.lexsort((number, session))
        same = session[order[1:]] == session[order[:-1]]
        before[order[1:]] = np.where(same, order[:-1], UNKNOWN)
        after[order[:-1]] = np.where(same, order[1:], UNKNOWN)
        before[order[0]] = after[order[-1]] = UNKNOWN
        self._last_row = {int(session[row]): int(row) for row in order}

    def _load(self, connection: sqlite3.Connection, embedder: int) -> None:
        ids, matrix, last = load_vectors(connection, self.user_key, embedder, self._last_vector)
        self._last_vector = last
        if not ids:
            return
        if self._vectors is None:
            self._vectors = Growing(np.float32, matrix.shape[1])
        if matrix.shape[1] != self._vectors.all.shape[1]:
            return  # damaged rows: those turns go by their words
        self._vectors.add(matrix)
        self._owners.add(np.searchsorted(self.column("ids"), ids))

    def _name(self, connection: sqlite3.Connection, role: str) -> str:
        """What most of the latest turns of a role begin with before a colon."""
        found = connection.execute(
            "SELECT substr(text, 1, 40) FROM turns WHERE user_key = ? AND role = ?"
            " ORDER BY id DESC LIMIT 12",
            (self.user_key, role),
        ).fetchall()
        heads = [text.replace("：", ":").partition(":") for (text,) in found]
        names = [head.strip() for head, colon, _ in heads if colon]
        most = max(set(names), key=lambda name: (names.count(name), name), default="")
        return most if most and names.count(most) > 2 * len(found) / 3 else ""


def _day(time: str) -> int:
    return date.fromisoformat(time[:10]).toordinal()
