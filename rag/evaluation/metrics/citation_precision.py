"""Citation precision: whether a cited place holds or overlaps a wanted one."""

from __future__ import annotations

from collections.abc import Sequence

from .citation_share import citation_share
from .span import Span

__all__ = ["citation_precision"]


def citation_precision(cited: Sequence[Span], wanted: Sequence[Span]) -> float:
    """1 if a cited place shares a character with a wanted place, else 0; the mean is a rate.

    It is stated over the questions that were answered. 0 when nothing is cited: an answer without
    a source proves nothing. `citation_share` counts every single citation.
    """
    return float(citation_share(cited, wanted) > 0)
