"""A question and a user's turns in, for every turn a score and what it is made of, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus import Corpus
from ..lexical import Found
from .cues import ASKS, COUNTS, DATES, Asked
from .weights import WITH_VECTORS, WITHOUT_VECTORS, Weights

__all__ = ["Ranking", "add_cues", "rank"]

Scores = NDArray[np.float32]

_BESIDE, _NEAR = 0.6, 0.3  # worth of a word that the turn beside it holds, or the one after that
_HIGH = 1.5  # standard deviations
_PRONOUN = 0.5
_STRONG = 1.5  # deviations from which on a cosine is named as a reason


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores of all turns of a corpus, by row.

    Attributes:
        scores: higher is more wanted; log-odds but for a constant.
        words: share of the question's words in the turn and right beside it, in [0, 1].
        meaning: cosine in standard deviations, 0 without vectors.
        dated: how well the day fits, in [0, 1].
        spoken: whether the named speaker said it.
        weights: what was used.
    """

    scores: Scores
    words: Scores
    meaning: Scores
    dated: Scores
    spoken: NDArray[np.bool_]
    weights: Weights

    def why(self, row: int) -> str:
        """The reasons for one turn, in words."""
        reasons = []
        if self.words[row] > 0:
            reasons.append(f"words {self.words[row]:.0%}")
        if self.meaning[row] >= _STRONG:
            reasons.append(f"meaning {self.meaning[row]:+.1f} deviations")
        if self.dated[row] > 0:
            reasons.append("date")
        if self.spoken[row]:
            reasons.append("speaker")
        return ", ".join(reasons) or "its session"


def rank(
    corpus: Corpus,
    found: Sequence[Found],
    cosines: NDArray[np.float32] | None,
    dated: Scores,
    asked: Asked,
) -> Ranking:
    """All signs but those of the wording, which `add_cues` adds for the best."""
    weights = WITHOUT_VECTORS if cosines is None else WITH_VECTORS
    words = _coverage(corpus, found)
    meaning = np.zeros(len(corpus), dtype=np.float32) if cosines is None else _deviations(cosines)
    spoken = np.zeros(len(corpus), dtype=np.bool_)
    if asked.said_by_user is not None:
        spoken = corpus.column("user") == asked.said_by_user
    scores = weights.words * words + weights.session_words * corpus.best_of_session(words)
    if cosines is not None:
        scores += weights.meaning * meaning
        scores += weights.high_meaning * np.maximum(meaning - _HIGH, 0.0)
        scores += weights.session_meaning * corpus.best_of_session(meaning)
    scores += weights.date * dated
    scores += weights.speaker * (1.0 if asked.named else _PRONOUN) * spoken
    scores += weights.length * np.log1p(corpus.column("words"))
    return Ranking(scores.astype(np.float32), words, meaning, dated, spoken, weights)


def add_cues(ranking: Ranking, rows: NDArray[Any], cues: NDArray[Any], asked: Asked) -> None:
    """Add what the wording of these rows says; `cues` are their bits."""
    weights = ranking.weights
    ranking.scores[rows] += (
        weights.when * asked.when * ((cues & DATES) > 0)
        + weights.how_many * asked.how_many * ((cues & COUNTS) > 0)
        + weights.asks * ((cues & ASKS) > 0)
    )


def _coverage(corpus: Corpus, found: Sequence[Found]) -> Scores:
    """Share of the question's words, weighted by rarity, that stand in a turn or beside it."""
    total = sum(term.rarity for term in found)
    covered = np.zeros(len(corpus), dtype=np.float32)
    if not total:
        return covered
    before, after = corpus.column("before"), corpus.column("after")
    for term in found:
        if not term.turn_ids:
            continue
        rows = corpus.rows(term.turn_ids)
        worth = np.zeros(len(corpus), dtype=np.float32)
        beside = [_there(before[rows]), _there(after[rows])]
        worth[_there(before[beside[0]])] = _NEAR
        worth[_there(after[beside[1]])] = _NEAR
        for neighbours in beside:
            worth[neighbours] = _BESIDE
        worth[rows] = 1.0
        covered += term.rarity * worth
    return covered / np.float32(total)


def _there(rows: NDArray[Any]) -> NDArray[Any]:
    return rows[rows >= 0]


def _deviations(values: NDArray[np.float32]) -> Scores:
    spread = float(values.std())
    if spread < 1e-6:  # noqa: PLR2004 (nothing differs)
        return np.zeros_like(values)
    deviations: Scores = (values - values.mean()) / np.float32(spread)
    return deviations
