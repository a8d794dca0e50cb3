"""Exact match of CMRC 2018 for Chinese: an accepted answer, but for case and punctuation."""

from __future__ import annotations

from collections.abc import Iterable

from .cmrc_segments import cmrc_segments

__all__ = ["cmrc_em"]


def cmrc_em(given: str, accepted: Iterable[str]) -> float:
    """1 if the units are those of an accepted answer in the same order, else 0."""
    units = cmrc_segments(given)
    return float(any(cmrc_segments(answer) == units for answer in accepted))
