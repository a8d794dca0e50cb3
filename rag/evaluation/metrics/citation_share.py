"""Citation share: how many of an answer's citations hold or overlap a wanted place."""

from __future__ import annotations

from collections.abc import Sequence

from .span import Span

__all__ = ["citation_share"]


def citation_share(cited: Sequence[Span], wanted: Sequence[Span]) -> float:
    """Share of the cited places that share a character with a wanted place, in [0, 1].

    Where one place is wanted and two sentences are quoted this is at most 1/2, unless they meet.
    0 when nothing is cited.
    """
    good = [any(place.overlap(gold) > 0 for gold in wanted) for place in cited]
    return sum(good) / len(good) if good else 0.0
