"""Evidence recall: which share of the turns that prove an answer a memory printed in full."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["evidence_recall"]


def evidence_recall(wanted: Collection[int], printed: Collection[int]) -> float:
    """Share of the wanted turns among the printed ones, in [0, 1].

    Args:
        wanted: the turns that prove the answer.
        printed: the turns that stand whole in a text within the token budget.

    Raises:
        ValueError: nothing is wanted.
    """
    if not wanted:
        raise ValueError("no evidence is wanted; leave the question out")
    return len(set(wanted) & set(printed)) / len(set(wanted))
