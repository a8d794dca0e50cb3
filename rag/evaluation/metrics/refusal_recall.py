"""Refusal recall: which share of the questions that cannot be answered was refused."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["refusal_recall"]


def refusal_recall(refused: Sequence[bool], answerable: Sequence[bool]) -> float:
    """Share of the unanswerable questions that were refused, in [0, 1].

    Args:
        refused: for each question, whether the program refused.
        answerable: for each question, whether the documents hold an answer.

    Raises:
        ValueError: every question is answerable.
    """
    caught = [no for no, known in zip(refused, answerable, strict=True) if not known]
    if not caught:
        raise ValueError("every question is answerable; there is nothing to refuse")
    return sum(caught) / len(caught)
