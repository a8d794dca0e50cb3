"""F1 of SQuAD 1.1: the words that a given answer shares with an accepted one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .squad_words import squad_words

__all__ = ["squad_f1"]


def squad_f1(given: str, accepted: Iterable[str]) -> float:
    """Harmonic mean of word precision and word recall, in [0, 1], with the best accepted answer.

    Words are counted with repeats after the official normalisation. 0 when nothing is shared, and
    when nothing is accepted.
    """
    return max((_f1(squad_words(given), squad_words(answer)) for answer in accepted), default=0.0)


def _f1(given: list[str], wanted: list[str]) -> float:
    shared = (Counter(given) & Counter(wanted)).total()
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0
