"""Recall@k: which share of the wanted places stands in the first k results."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["recall_at_k"]


def recall_at_k(relevant: Sequence[bool], total: int, k: int) -> float:
    """Share of the wanted places found by rank `k`, in [0, 1].

    With one wanted place this is 1 for a hit and 0 for a miss, and its mean is the hit rate.

    Args:
        relevant: for each rank, best first, whether it brings a wanted place not seen before.
        total: wanted places, above 0.
        k: ranks looked at, above 0.

    Raises:
        ValueError: `total` or `k` is below 1, or more was found than is wanted.
    """
    if total < 1 or k < 1:
        raise ValueError(f"total {total!r} and k {k!r} must be 1 or more")
    if sum(relevant) > total:
        raise ValueError(f"{sum(relevant)!r} places were found where {total!r} are wanted")
    return sum(relevant[:k]) / total
