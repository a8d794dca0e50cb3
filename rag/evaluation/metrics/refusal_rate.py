"""Refusal rate at a false-refusal rate: what refusing could reach at a price that is set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["refusal_rate"]


def refusal_rate(
    support: Sequence[float], answerable: Sequence[bool], false_refusals: float = 0.05
) -> float:
    """Share of the unanswerable questions below the highest usable threshold, in [0, 1].

    The threshold is the highest at which at most `false_refusals` of the answerable questions
    have less support. It is chosen on the same questions, so this is what the signal allows, not
    what a fixed threshold reaches.

    Args:
        support: for each question, how sure the program is that there is an answer.
        answerable: for each question, whether the documents hold one.
        false_refusals: accepted share of wrongly refused questions, in [0, 1).

    Raises:
        ValueError: one of the two kinds is missing.
    """
    values, known = np.asarray(support, dtype=np.float64), np.asarray(answerable, dtype=bool)
    sure, unsure = np.sort(values[known]), values[~known]
    if not len(sure) or not len(unsure):
        raise ValueError("both answerable and unanswerable questions are needed")
    spared = min(int(false_refusals * len(sure) + 1e-9), len(sure) - 1)
    return float((unsure < sure[spared]).mean())
