"""Sentences in, their counted terms out, with what stands around them; whole or by characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ingest import Counts, characters, index_terms, is_cjk

__all__ = ["counted", "finer"]

ABOVE = 0.4
"""Weight of the headings above a sentence, against 1 for its own words."""
BEFORE = 0.3
"""Weight of the sentence before: "It", "he" and "the rule" point at its words."""


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


def finer(
    counts: Sequence[Counts], weights: Mapping[str, float]
) -> tuple[list[Counts], dict[str, float]]:
    """The same with Chinese characters one by one: they match where pairs of them do not.

    A character weighs as much as the heaviest pair that it is part of.
    """
    parted: dict[str, float] = {}
    for term, weight in weights.items():
        for part in characters(term):
            parted[part] = max(weight, parted.get(part, 0.0))
    single: list[Counts] = [
        {term: held for term, held in count.items() if len(term) == 1 or not is_cjk(term)}
        for count in counts
    ]
    return single, parted
