"""Exact match of SQuAD 1.1: the given answer is an accepted one, but for case and articles."""

from __future__ import annotations

from collections.abc import Iterable

from .squad_words import squad_words

__all__ = ["squad_em"]


def squad_em(given: str, accepted: Iterable[str]) -> float:
    """1 if the normalised words are those of an accepted answer in the same order, else 0."""
    words = squad_words(given)
    return float(any(squad_words(answer) == words for answer in accepted))
