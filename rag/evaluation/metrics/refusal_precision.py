"""Refusal precision: which share of the refused questions could not be answered."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["refusal_precision"]


def refusal_precision(refused: Sequence[bool], answerable: Sequence[bool]) -> float:
    """Share of the refusals that were right, in [0, 1]; 1 when nothing was refused.

    Args:
        refused: for each question, whether the program refused.
        answerable: for each question, whether the documents hold an answer.
    """
    right = [not known for no, known in zip(refused, answerable, strict=True) if no]
    return sum(right) / len(right) if right else 1.0
