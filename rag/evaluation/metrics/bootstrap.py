"""Measured values in, their mean or another statistic with a bootstrap confidence interval out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "RESAMPLES", "Estimate", "bootstrap", "bootstrap_mean"]

RESAMPLES = 1_000
CONFIDENCE = 0.95
"""The interval leaves out 2.5 % of the resampled values on either side."""
_ROUNDED = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its uncertainty.

    Attributes:
        value: over all questions.
        low: lower end of the interval.
        high: upper end of the interval.
        n: questions.
    """

    value: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, float | int]:
        """JSON-able values, rounded to four decimals."""
        value, low, high = (round(x, _ROUNDED) for x in (self.value, self.low, self.high))
        return {"value": value, "low": low, "high": high, "n": self.n}


def _draws(n: int, resamples: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n, size=(resamples, n))


def _interval(value: float, resampled: NDArray[np.float64], n: int) -> Estimate:
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high), n)


def bootstrap_mean(
    values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES
) -> Estimate:
    """The mean over the questions with its percentile interval; the same seed, the same ends.

    Raises:
        ValueError: there are no values.
    """
    if not len(values):
        raise ValueError("no values; leave the metric out")
    row = np.asarray(values, dtype=np.float64)
    means = row[_draws(len(row), resamples, seed)].mean(axis=1)
    return _interval(float(row.mean()), means, len(row))


def bootstrap(
    strata: Sequence[int],
    statistic: Callable[[NDArray[np.int64]], float],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A statistic of many questions with its percentile interval.

    Questions are drawn within each stratum, so that a statistic that needs two kinds of questions
    finds both in every draw.

    Args:
        strata: how many questions each kind has, in the order of the questions.
        statistic: positions of questions to a value.
        seed: of the draws.
        resamples: draws.

    Raises:
        ValueError: there are no questions.
    """
    n = sum(strata)
    if not n:
        raise ValueError("no questions; leave the metric out")
    parts, first = [], 0
    for at, size in enumerate(strata):
        if size:
            parts.append(_draws(size, resamples, seed + at) + first)
        first += size
    drawn = np.hstack(parts)
    values = np.array([statistic(row) for row in drawn], dtype=np.float64)
    return _interval(statistic(np.arange(n)), values, n)
