"""A question in; its passages in the order of each way of ranking out, of the same candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ingest import Index, Passage, Reranker

from ..search import retrieve

__all__ = ["CANDIDATES", "OURS", "RANKINGS", "Ranking", "ordered", "ranked"]

CANDIDATES = 400
"""Passages fetched to be put in order: all that either signal brings, 200 each."""
_RRF = 60
"""The constant of the original paper on reciprocal rank fusion."""

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Ranking:
    """A way of putting the candidates of a search in order.

    Attributes:
        title: for people.
        signals: names of the passages' signals that count.
    """

    title: str
    signals: tuple[str, ...]


RANKINGS: Mapping[str, Ranking] = {
    "vectors": Ranking("vectors only", ("cosine",)),
    "bm25": Ranking("BM25 only", ("bm25",)),
    "rrf": Ranking("RRF", ("bm25", "cosine")),
}
"""The ways to compare with; one signal is sorted by its value, several are fused by rank."""


def ranked(
    index: Index,
    question: str,
    *,
    k: int,
    compare: bool = False,
    reranker: Reranker | None = None,
) -> dict[str, list[Passage]]:
    """The first `k` passages of each ranking, by its name; only ours unless others are wanted.

    Ours is what an answer is made from: a question about two things is searched in parts, too.
    """
    found = {OURS: list(retrieve(index, question, [], k=k, reranker=reranker).passages[:k])}
    if compare:
        candidates = index.search(question, k=CANDIDATES)
        for name, ranking in RANKINGS.items():
            found[name] = ordered(candidates, ranking)[:k]
    return found


def ordered(candidates: Sequence[Passage], ranking: Ranking) -> list[Passage]:
    """The candidates by a ranking; those that no signal knows stand last, by chunk id."""
    total = dict.fromkeys((passage.chunk_id for passage in candidates), 0.0)
    for name in ranking.signals:
        best_first = sorted(candidates, key=_by(name))
        for rank, passage in enumerate(best_first, 1):
            if name == "bm25" and not passage.signals.get(name):
                break
            total[passage.chunk_id] += 1 / (_RRF + rank)
    return sorted(candidates, key=lambda p: (-total[p.chunk_id], p.chunk_id))


def _by(name: str) -> Callable[[Passage], tuple[float, int]]:
    return lambda passage: (-passage.signals.get(name, 0.0), passage.chunk_id)
