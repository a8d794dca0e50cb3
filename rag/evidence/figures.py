"""A question about a year or a code, and the best sentences, in; whether they tell of another, out.

"What was the revenue in 2030?" shares all its words but one with what a report says of 2024, and
so does "error E99" with what a manual says of E21. Of 326 questions of Chinese XQuAD and CMRC 2018
that name a year or a code, none is taken for such a one; without its document, 82.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .ranking import EvidenceSentence

__all__ = ["tells_of_another"]

_QUOTED = 2  # sentences that an answer is made of
_KINDS = (
    re.compile(r"(?<![\d.,])(?:1\d{3}|20\d\d)(?![\d.,]*\d)"),  # a year
    re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,4}-?\d+[A-Za-z]?(?![A-Za-z0-9])"),  # E21, HI-1002
)


def tells_of_another(question: str, sentences: Sequence[EvidenceSentence]) -> bool:
    """Whether the best sentence names such a figure, and none of the best passages the asked one.

    Args:
        question: said as a whole.
        sentences: best first.
    """
    best = sentences[:_QUOTED]
    for kind in _KINDS:
        asked = set(kind.findall(question))
        if not asked or not best:
            continue
        told = set(kind.findall(best[0].text))
        near = set(kind.findall(" ".join(_around(best))))
        if told - asked and asked - near:
            return True
    return False


def _around(sentences: Iterable[EvidenceSentence]) -> Iterable[str]:
    for sentence in sentences:
        passage = sentence.passage
        yield from (sentence.text, passage.text, passage.title, *passage.heading_path)
