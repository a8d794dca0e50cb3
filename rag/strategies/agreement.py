"""Several answers to one question in; those that say the same together, the largest group first.

Self-consistency (Wang et al. 2022) counts equal final answers, which suits numbers and choices.
Ours are sentences, so what is compared is what an answer adds to its question: its terms in lower
case, stemmed, without punctuation, articles and stop words (English) or its single characters
(Chinese), less those that the question has. "It was opened in May 1932." and "May 1932" are then
equal. What is not equal goes to the largest group before it with which it shares enough (token
F1), in the spirit of universal self-consistency (Chen et al. 2023), but with no model as a judge;
answers of other numbers, or of which one denies, never say the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import index_terms, is_cjk

__all__ = ["Group", "agreeing"]

ALIKE = 0.6
"""Token F1 from which two answers say the same: "Mary Ash" and "Mary Ash, an engineer" (0.8) do,
"Mary Ash" and "John Ash" (0.5) do not."""
_DENIES = re.compile(
    r"\b(?:no|not|never|none|neither|nor|cannot|without)\b|n['’]t\b|[不没未非无否]", re.I
)
_FILLING = frozenset("的了是在和与于也就")


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that say the same.

    Attributes:
        members: their places among all answers, in order.
        speaker: the place of the one that is most like the others.
    """

    members: tuple[int, ...]
    speaker: int


@dataclass(frozen=True, slots=True)
class _Sense:
    terms: frozenset[str]
    numbers: frozenset[str]
    denies: bool

    def like(self, other: _Sense) -> float:
        """In [0, 1]; 0 where they cannot say the same."""
        if self.numbers != other.numbers or self.denies != other.denies:
            return 0.0
        shared = len(self.terms & other.terms)
        return 2 * shared / (len(self.terms) + len(other.terms)) if shared else 0.0


def _terms(text: str) -> frozenset[str]:
    found = (term for term in index_terms(text) if len(term) == 1 or not is_cjk(term))
    return frozenset(term for term in found if term not in _FILLING)


def _sense(text: str, question: str) -> _Sense:
    """What an answer adds to its question; all of it where it adds nothing."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    every = _terms(plain) or frozenset(re.findall(r"\w+", plain)) or frozenset([plain])
    added = every - _terms(question) or every
    numbers = frozenset(term for term in added if term[0].isdigit())
    return _Sense(added, numbers, _DENIES.search(plain) is not None)


def agreeing(texts: Sequence[str], question: str) -> list[Group]:
    """Groups of answers, the largest first; equal ones in the order of their first members.

    Args:
        texts: the answers; those without a word agree with nothing and are in no group.
        question: as asked.
    """
    senses = {at: _sense(text, question) for at, text in enumerate(texts) if text.strip()}
    frequent = Counter(senses.values())
    led: dict[_Sense, list[int]] = {}
    for sense, _ in frequent.most_common():  # of equal counts, the one said first
        members = [at for at, other in senses.items() if other == sense]
        leader = max(led, key=sense.like, default=None)
        if leader is None or sense.like(leader) < ALIKE:
            led[sense] = members
        else:
            led[leader] += members
    groups = [_group(sorted(members), senses) for members in led.values()]
    return sorted(groups, key=lambda group: (-len(group.members), group.members))


def _group(members: list[int], senses: dict[int, _Sense]) -> Group:
    def likeness(at: int) -> float:
        return sum(senses[at].like(senses[other]) for other in members)

    return Group(tuple(members), max(members, key=likeness))
