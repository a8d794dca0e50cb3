"""Turns in, their vectors out: computed once, kept beside the log as a cache, never the truth."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import LogError
from .failure import Failure
from .log import ConversationLog
from .sentence_groups import sentence_groups

__all__ = ["TurnEmbedder", "TurnVectors", "load_vectors"]

T = TypeVar("T")

_SLICE = 64  # texts embedded and stored together; what is stored survives an interruption


class TurnEmbedder(Protocol):
    """What turns text into vectors; an embedder of documents will do.

    Attributes:
        languages: ISO 639-1 codes for which its cosine says something; empty means all.
    """

    languages: frozenset[str]

    def fingerprint(self) -> str:
        """Identity of its vectors; only equal ones are compared."""

    def embed(
        self, texts: Sequence[str], role: Literal["passage", "query"] = "passage"
    ) -> NDArray[np.float32]:
        """float32 [n, d], rows of length 1."""


class TurnVectors:
    """The vectors of one log by one embedder.

    An embedder that fails, whatever it raises, costs the vectors and nothing else: turns are
    recorded and recalled by their words, and `failure` says why.

    Args:
        log: whose turns; the vectors lie in the same file and go with their turns.
        embedder: makes them; used by one thread at a time.

    Attributes:
        failure: what the embedder or the file last said when it failed; "" when all is well.
    """

    def __init__(self, log: ConversationLog, embedder: TurnEmbedder) -> None:
        self.failure = ""
        self._log = log
        self._embedder = embedder
        self._lock = threading.Lock()
        self._identity: str | None = None

    def understands(self, language: str) -> bool:
        """Whether cosines say something about texts of this language ("en", "zh")."""
        return not self._embedder.languages or language in self._embedder.languages

    def question(self, text: str) -> NDArray[np.float32] | None:
        """The vector of a question, or None if the embedder fails."""
        rows = self._embed([text], "query")
        return None if rows is None else rows[0]

    def key(self, connection: sqlite3.Connection) -> int | None:
        """The number under which this embedder's vectors are stored, or None before the first."""
        row = connection.execute(
            "SELECT key FROM embedders WHERE fingerprint = ?", (self._fingerprint(),)
        ).fetchone()
        return None if row is None else int(row[0])

    def remember(self, turns: Sequence[tuple[int, str]], user_key: int) -> None:
        """Compute and store the vectors of turns given as (id, text); never fails.

        A long turn has one vector for each group of its sentences.
        """
        parts = [
            (turn_id, part, group)
            for turn_id, text in turns
            for part, group in enumerate(sentence_groups(text))
        ]
        texts = dict(turns)
        for at in range(0, len(parts), _SLICE):
            batch = parts[at : at + _SLICE]
            rows = self._embed([group for _, _, group in batch], "passage")
            if rows is None:
                return
            try:
                self._store([(i, part, texts[i]) for i, part, _ in batch], rows, user_key)
            except LogError as error:
                self.failure = str(error)
                return

    def _embed(
        self, texts: Sequence[str], role: Literal["passage", "query"]
    ) -> NDArray[np.float32] | None:
        if self._fingerprint() is None:
            return None
        return self._tried(
            lambda: np.asarray(self._embedder.embed(list(texts), role), dtype=np.float32)
        )

    def _fingerprint(self) -> str | None:
        """The embedder's identity, or None if it cannot even say that."""
        if self._identity is None:
            self._identity = self._tried(self._embedder.fingerprint)
        return self._identity

    def _tried(self, call: Callable[[], T]) -> T | None:
        result: T | None = None
        with self._lock, Failure() as failure:
            result = call()
        self.failure = failure.text
        return result

    def _store(
        self, keys: Sequence[tuple[int, int, str]], rows: NDArray[np.float32], user_key: int
    ) -> None:
        with self._log.writing() as connection:
            connection.execute(
                "INSERT INTO embedders (fingerprint) VALUES (?) ON CONFLICT DO NOTHING",
                (self._fingerprint(),),
            )
            embedder = self.key(connection)
            # A turn that was forgotten meanwhile, or lost words, gets no vector.
            connection.executemany(
                "INSERT OR IGNORE INTO turn_vectors (turn_id, user_key, embedder, part, vector)"
                " SELECT id, user_key, ?, ?, ? FROM turns"
                " WHERE id = ? AND user_key = ? AND text = ?",
                [
                    (embedder, part, row.astype(np.float16).tobytes(), turn_id, user_key, text)
                    for (turn_id, part, text), row in zip(keys, rows, strict=True)
                ],
            )


def load_vectors(
    connection: sqlite3.Connection, user_key: int, embedder: int, after: int
) -> tuple[list[int], NDArray[np.float32], int]:
    """Vectors of one user's turns that were stored after key `after`.

    Returns:
        Turn ids, float32 [n, d] in the same order, and the last key.
    """
    rows = connection.execute(
        "SELECT key, turn_id, vector FROM turn_vectors"
        " WHERE user_key = ? AND embedder = ? AND key > ? ORDER BY key",
        (user_key, embedder, after),
    ).fetchall()
    if not rows:
        return [], np.empty((0, 0), dtype=np.float32), after
    width = len(rows[0][2])
    whole = [row for row in rows if isinstance(row[2], bytes) and len(row[2]) == width]
    packed = np.frombuffer(b"".join(row[2] for row in whole), dtype=np.float16)
    matrix = packed.reshape(len(whole), -1).astype(np.float32)
    return [row[1] for row in whole], matrix, rows[-1][0]
