"""A question in, the passages of two ways of searching out, side by side; no language model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from ingest import Index, Passage, SettingError

from .evaluation.rankings import CANDIDATES, OURS, RANKINGS, ordered
from .search import PastExchange, retrieve

__all__ = ["WAYS", "Hit", "Trial", "Way", "try_out"]

WAYS = (OURS, *RANKINGS)
"""Names of the rankings: the program's own, and those it is measured against."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of searching.

    Attributes:
        ranking: one of `WAYS`.
        passages: at most so many, above 0.
        before: a question asked just before, which the program's own ranking heeds; "" for none.
    """

    ranking: str = OURS
    passages: int = 6
    before: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that was found.

    Attributes:
        passage: the passage.
        rank: from 1.
        other: its rank the other way; None when it is not among the passages found that way.
        signals: everything that was measured of it, by name.
    """

    passage: Passage
    rank: int
    other: int | None
    signals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one way brought.

    Attributes:
        way: the way.
        hits: best first.
        wordings: what was searched for, each with its weight; the question as asked is the first.
        seconds: how long it took.
    """

    way: Way
    hits: tuple[Hit, ...]
    wordings: tuple[tuple[str, float], ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Found:
    passages: tuple[Passage, ...]
    wordings: tuple[tuple[str, float], ...]
    seconds: float


def try_out(index: Index, question: str, one: Way, other: Way) -> tuple[Trial, Trial]:
    """Search both ways.

    Raises:
        SettingError: there is no such ranking, or no passages are wanted.
        EmbedderMismatchError: the knowledge base was built with another embedder.
    """
    index.search(question, k=1)  # whatever loads with the first search counts for neither
    first = _found(index, question, one)
    second = first if other == one else _found(index, question, other)
    return _trial(one, first, second), _trial(other, second, first)


def _found(index: Index, question: str, way: Way) -> _Found:
    if way.ranking not in WAYS:
        raise SettingError(f"There is no ranking {way.ranking!r}; choose one of {WAYS!r}.")
    started = time.perf_counter()
    if way.ranking == OURS:
        past = [PastExchange(way.before, "")] if way.before.strip() else []
        retrieval = retrieve(index, question, past, k=way.passages)
        passages = list(retrieval.passages[: way.passages])
        asked = retrieval.wordings
        wordings = tuple(zip(asked.texts, asked.weights, strict=True))
    else:
        candidates = index.search(question, k=max(CANDIDATES, way.passages))
        passages = ordered(candidates, RANKINGS[way.ranking])[: way.passages]
        wordings = ((question, 1.0),)
    return _Found(tuple(passages), wordings, time.perf_counter() - started)


def _trial(way: Way, found: _Found, compared: _Found) -> Trial:
    ranks = {passage.chunk_id: rank for rank, passage in enumerate(compared.passages, 1)}
    hits = []
    for rank, passage in enumerate(found.passages, 1):
        own = {"score": passage.score} if way.ranking == OURS else {}
        hits.append(Hit(passage, rank, ranks.get(passage.chunk_id), {**passage.signals, **own}))
    return Trial(way, tuple(hits), found.wordings, found.seconds)
