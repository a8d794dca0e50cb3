"""The arrays of the users that were asked about last, kept up with the log."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from .corpus import Corpus
from .log import ConversationLog
from .tables import user_key
from .vectors import TurnVectors

__all__ = ["Corpora"]

_USERS = 8  # kept in memory; 100,000 turns with vectors of 384 numbers take 160 MB
_BATCH = 500  # ids in one statement


class Corpora:
    """One `Corpus` per user, made on first use; safe for several threads, which take turns.

    Args:
        log: what they mirror.
        vectors: of its turns, or None.
    """

    def __init__(self, log: ConversationLog, vectors: TurnVectors | None) -> None:
        self._log = log
        self._vectors = vectors
        self._kept: OrderedDict[int, Corpus] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def opened(self, user: str) -> Iterator[tuple[sqlite3.Connection, Corpus] | None]:
        """The user's corpus as of this moment with a connection that sees the same, or None.

        None for a user without turns. Others wait until the block is left.
        """
        with self._lock, self._log.reading() as connection:
            key = user_key(connection, user)
            corpus = None if key is None else self._current(connection, key)
            yield None if corpus is None or not len(corpus) else (connection, corpus)

    def catch_up(self, user: str, limit: int) -> None:
        """Make the vectors of at most `limit` turns that have none, the latest first."""
        if self._vectors is None:
            return
        with self.opened(user) as found:
            if found is None:
                return
            connection, corpus = found
            ids = corpus.column("ids")[corpus.without_vector()[:limit]].tolist()
            key, turns = corpus.user_key, []
            for at in range(0, len(ids), _BATCH):
                batch = ids[at : at + _BATCH]
                marks = ", ".join("?" * len(batch))
                turns += connection.execute(
                    f"SELECT id, text FROM turns WHERE user_key = ? AND id IN ({marks})",  # noqa: S608
                    (key, *batch),
                ).fetchall()
        if turns:
            self._vectors.remember(turns, key)

    def _current(self, connection: sqlite3.Connection, key: int) -> Corpus:
        (erased,) = connection.execute("SELECT erased FROM users WHERE key = ?", (key,)).fetchone()
        corpus = self._kept.get(key)
        if corpus is None or corpus.erased != erased:
            corpus = self._kept[key] = Corpus(key, erased)
        self._kept.move_to_end(key)
        while len(self._kept) > _USERS:
            self._kept.popitem(last=False)
        corpus.refresh(connection, self._vectors)
        return corpus
