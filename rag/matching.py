"""Sentences in, how well their words match a question out: BM25, with what stands around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest import index_terms, is_cjk

__all__ = ["Counts", "bm25", "counted", "finer"]

ABOVE = 0.4
"""Weight of the headings above a sentence, against 1 for its own words."""
BEFORE = 0.3
"""Weight of the sentence before: "It", "he" and "the rule" point at its words."""
_K1, _B = 1.2, 0.4  # sentences differ less in length than documents: b flat from 0 to 0.5

Counts = Mapping[str, float]
"""How often a sentence holds each term; what is not its own counts in part."""


def counted(
    texts: Sequence[str], paths: Sequence[Sequence[str]], following: Sequence[bool]
) -> list[Counts]:
    """The terms of each sentence; those of the sentence before and the headings above in part.

    Args:
        texts: the sentences.
        paths: the headings above each.
        following: whether the one before it stands right before it.
    """
    counts: list[Counts] = []
    before: list[str] = []
    for text, path, follows in zip(texts, paths, following, strict=True):
        own = index_terms(text)
        count: dict[str, float] = dict.fromkeys(index_terms(" ".join(path[-2:])), ABOVE)
        count.update(dict.fromkeys(before if follows else (), BEFORE))
        count.update(Counter(own))
        counts.append(count)
        before = own
    return counts


def bm25(counts: Sequence[Counts], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """BM25 of each sentence for terms of these weights, over the sentences' mean length; [n]."""
    lengths = [sum(count.values()) for count in counts]
    average = sum(lengths) / max(1, len(lengths)) or 1.0
    scores = np.zeros(len(counts))
    for at, count in enumerate(counts):
        length = 1 - _B + _B * lengths[at] / average
        for term, weight in weights.items():
            held = count.get(term, 0.0)
            scores[at] += weight * held * (_K1 + 1) / (held + _K1 * length)
    return scores


def finer(
    counts: Sequence[Counts], weights: Mapping[str, float]
) -> tuple[list[Counts], dict[str, float]]:
    """The same with Chinese characters one by one: they match where pairs of them do not.

    A character weighs as much as the heaviest pair that it is part of.
    """
    parted: dict[str, float] = {}
    for term, weight in weights.items():
        for part in term if is_cjk(term) else (term,):
            parted[part] = max(weight, parted.get(part, 0.0))
    single: list[Counts] = [
        {term: held for term, held in count.items() if len(term) == 1 or not is_cjk(term)}
        for count in counts
    ]
    return single, parted
