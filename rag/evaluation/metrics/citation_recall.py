"""Citation recall: which share of the wanted facts has a citation that overlaps its place."""

from __future__ import annotations

from collections.abc import Sequence

from .span import Span

__all__ = ["citation_recall"]


def citation_recall(cited: Sequence[Span], wanted: Sequence[Sequence[Span]]) -> float:
    """Share of the wanted facts that are cited, in [0, 1].

    Args:
        cited: the places that the answer names.
        wanted: for each fact the places that prove it; one of them is enough.

    Raises:
        ValueError: nothing is wanted.
    """
    if not wanted:
        raise ValueError("no fact is wanted; leave the question out")
    found = [any(place.overlap(c) > 0 for place in places for c in cited) for places in wanted]
    return sum(found) / len(found)
