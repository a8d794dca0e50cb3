"""Counted terms in, BM25 scores out, for the few short texts that are compared with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "bm25"]

Counts = Mapping[str, float]
"""How often a text holds each term; a part of 1 for what stands around it."""

_K1, _B = 1.2, 0.4  # sentences and candidates differ less in length than documents: flat 0 to 0.5


def bm25(counts: Sequence[Counts], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """BM25 of each text for terms of these weights, over the texts' mean length; [n], 0 or more."""
    lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)
    average = float(lengths.mean()) if len(lengths) else 0.0
    room = _K1 * (1 - _B + _B * lengths / (average or 1.0))
    scores = np.zeros(len(counts))
    for term, weight in weights.items():
        held = np.array([count.get(term, 0.0) for count in counts], dtype=np.float64)
        scores += weight * held * (_K1 + 1) / (held + room)
    return scores
