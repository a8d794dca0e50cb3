"""Refusal AUC: how often an answerable question looks surer than an unanswerable one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["refusal_auc"]


def refusal_auc(support: Sequence[float], answerable: Sequence[bool]) -> float:
    """Area under the ROC curve, in [0, 1]: 0.5 is chance, 1 parts the two kinds without error.

    Over all pairs of one answerable and one unanswerable question, the share in which the first
    has the higher support; equal ones count half.

    Args:
        support: for each question, how sure the program is that there is an answer.
        answerable: for each question, whether the documents hold one.

    Raises:
        ValueError: one of the two kinds is missing.
    """
    values, known = np.asarray(support, dtype=np.float64), np.asarray(answerable, dtype=bool)
    sure, unsure = values[known], np.sort(values[~known])
    if not len(sure) or not len(unsure):
        raise ValueError("both answerable and unanswerable questions are needed")
    below = np.searchsorted(unsure, sure, "left") + np.searchsorted(unsure, sure, "right")
    return float(below.sum() / (2 * len(sure) * len(unsure)))
