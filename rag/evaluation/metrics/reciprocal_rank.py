"""Reciprocal rank: 1 for the first place, 1/2 for the second, and so on; its mean is MRR@k."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["reciprocal_rank"]


def reciprocal_rank(relevant: Sequence[bool], k: int = 10) -> float:
    """1 / rank of the first relevant result among the first `k`, in [0, 1]; 0 when there is none.

    Args:
        relevant: for each rank, best first, whether it is wanted.
        k: ranks looked at; 10 as in MS MARCO.
    """
    return next((1 / rank for rank, hit in enumerate(relevant[:k], 1) if hit), 0.0)
