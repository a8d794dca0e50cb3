"""Passages in; the same out in the order of a cross-encoder, which reads them with the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ingest import Passage, Reranker, z_scores

from .followup import Wordings

__all__ = ["RERANKED", "rerank"]

RERANKED = 20
"""Passages of the search that a cross-encoder reads; a laptop reads about ten a second."""


def rerank(passages: Sequence[Passage], asked: Wordings, reranker: Reranker) -> list[Passage]:
    """The passages by the cross-encoder's score, best first; equal ones keep their order.

    A follow-up is read in every wording, by the weights of the search. Scores become z-scores, so
    that they stay of the size of the search's.

    Raises:
        RerankerError: the model cannot be loaded or used.
    """
    texts = [passage.text for passage in passages]
    total = np.zeros(len(texts))
    for wording, weight in zip(asked.texts, asked.weights, strict=True):
        total += weight * z_scores(reranker.scores(wording, texts))
    scored = [
        replace(
            passage,
            score=float(score),
            signals=MappingProxyType({**passage.signals, "reranker": float(score)}),
        )
        for passage, score in zip(passages, total, strict=True)
    ]
    return sorted(scored, key=lambda passage: -passage.score)
