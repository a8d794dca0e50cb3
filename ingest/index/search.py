"""A question in, passages out: candidates of both signals, fused, the best ones read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ..document import Passage
from ..embedders.base import Vectors
from ..lexical import is_cjk
from .cache import VectorCache
from .documents import passages_by_id, read_vectors
from .ranking import Query, fuse, lexical_scores
from .rescore import RESCORED, rescore

__all__ = ["CANDIDATES", "search"]

CANDIDATES = 200
"""Candidates taken from each signal; the fusion sees their union."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What one query says of the chunks it knows."""

    query: Query
    vector: Vectors | None
    lexical: dict[int, float]
    cosine: dict[int, float]


def _gather(
    connection: sqlite3.Connection,
    cache: VectorCache,
    state: str,
    query: Query,
    vector: Vectors | None,
    limit: int,
) -> _Evidence:
    lexical = lexical_scores(connection, query.text, limit)
    cosine: dict[int, float] = {}
    if vector is not None:
        ids, cosines = cache.search(connection, state, vector, limit)
        cosine = dict(zip(ids.tolist(), cosines.tolist(), strict=True))
    return _Evidence(query, vector, lexical, cosine)


def _complete(
    connection: sqlite3.Connection, evidence: Sequence[_Evidence], candidates: Sequence[int]
) -> None:
    """Give every candidate its cosine to every query, from the catalog's own vectors."""
    asked = [item for item in evidence if item.vector is not None]
    if not asked or not candidates:
        return
    vectors = np.stack([item.vector for item in asked if item.vector is not None])
    rows = read_vectors(connection, candidates, vectors.shape[1])
    for item, column in zip(asked, (rows @ vectors.T).T.tolist(), strict=True):
        item.cosine.update(zip(candidates, column, strict=True))


def search(
    connection: sqlite3.Connection,
    cache: VectorCache,
    state: str,
    queries: Sequence[tuple[Query, Vectors | None]],
    *,
    k: int,
    exclude: Collection[int] = (),
) -> list[Passage]:
    """The `k` best passages, best first, each with its signals; equal scores by chunk id.

    Args:
        connection: a reading snapshot of this `state`.
        cache: the vector cache, brought up to the state when it lags.
        state: of the snapshot.
        queries: ways of asking, each with its float32 [d] row, or None to use words alone.
        k: how many passages at most.
        exclude: chunk ids to leave out, such as passages already shown.
    """
    limit = CANDIDATES + len(exclude)  # what is set aside must not crowd out what is new
    evidence = [
        _gather(connection, cache, state, query, vector, limit) for query, vector in queries
    ]
    union: set[int] = set()
    for item in evidence:
        union.update(item.lexical, item.cosine)
    candidates = sorted(union.difference(exclude))
    _complete(connection, evidence, candidates)
    signals = []
    for item in evidence:
        signals.append((item.lexical, item.query.weight))
        if item.vector is not None:
            signals.append((item.cosine, item.query.weight * item.query.cosine_weight))
    scores = fuse(candidates, signals)
    best = sorted(candidates, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
    reads_again = any(is_cjk(query.text) for query, _ in queries)
    depth = max(k, RESCORED) if reads_again else k
    found = passages_by_id(connection, best[:depth])
    first = evidence[0]
    passages = [
        replace(
            found[chunk_id],
            score=scores[chunk_id],
            signals=MappingProxyType(
                {
                    "bm25": first.lexical.get(chunk_id, 0.0),
                    "cosine": first.cosine.get(chunk_id, 0.0),
                }
            ),
        )
        for chunk_id in best[:depth]
        if chunk_id in found
    ]
    return _read_again(connection, passages, [item.query for item in evidence])[:k]


def _read_again(
    connection: sqlite3.Connection, passages: Sequence[Passage], queries: Sequence[Query]
) -> list[Passage]:
    """The best ones in the order of the closer reading; the others stay behind them."""
    close, behind = passages[:RESCORED], passages[RESCORED:]
    added, signals = rescore(connection, close, [(query.text, query.weight) for query in queries])
    if not signals and not added.any():
        return list(passages)
    again = [
        replace(
            passage,
            score=passage.score + float(added[at]),
            signals=MappingProxyType(
                {
                    **passage.signals,
                    **{name: float(values[at]) for name, values in signals.items()},
                }
            ),
        )
        for at, passage in enumerate(close)
    ]
    again.sort(key=lambda passage: (-passage.score, passage.chunk_id))
    gap = min(0.0, again[-1].score - close[-1].score)
    return again + [replace(passage, score=passage.score + gap) for passage in behind]
