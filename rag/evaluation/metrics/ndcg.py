"""NDCG@k: what the ranking gains, with 1/log2(rank + 1) at each rank, over what the best could."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["ndcg"]


def ndcg(relevant: Sequence[bool], total: int, k: int = 10) -> float:
    """Discounted cumulative gain of the first `k` over that of an ideal order, in [0, 1].

    Relevance is binary; the ideal order has the `total` wanted results in front.

    Args:
        relevant: for each rank, best first, whether it brings a wanted place not seen before.
        total: wanted results, above 0.
        k: ranks looked at.

    Raises:
        ValueError: `total` is below 1, or more was found than is wanted.
    """
    if total < 1:
        raise ValueError(f"total {total!r} must be 1 or more")
    if sum(relevant) > total:
        raise ValueError(f"{sum(relevant)!r} results were found where {total!r} are wanted")
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(relevant[:k], 1) if hit)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(total, k) + 1))
