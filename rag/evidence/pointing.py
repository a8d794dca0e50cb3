"""A sentence in; whether it leans on the one before it out: "It", "In his paper", "该法令"."""

from __future__ import annotations

import re

from ..language import language_of
from ..pronouns import HE, IT, ITS, SAID, THAT

__all__ = ["points_back"]

_POINTERS = r"(?:this|that|these|those|it|its|they|their|he|his|she|her|such)\b"
_POINTS_BACK = re.compile(
    rf"\W*(?:(?:all|most|some|one|both|many|each|none|two|three) of )?{_POINTERS}"
    r"|\W*the (?:former|latter|same|above)\b"
    rf"|\W*(?:during|in|after|before|by|from|with|for|at|on|under|to|despite|because of|as) "
    rf"{_POINTERS}",
    re.IGNORECASE,
)
_POINTS_BACK_ZH = re.compile(
    rf"^\W*[在从由对与据为]?(?:这|{THAT}|{SAID}|此|{ITS}|其中|{IT}|{HE}|她|后者|前者)"
    rf"|这些|这种|这个|这一|{SAID}|此类"
)


def points_back(sentence: str) -> bool:
    """Whether a sentence begins with a word for something that was named before it.

    Chinese has such a word before a noun inside the sentence as often: that counts too.
    """
    if language_of(sentence) == "zh":
        return _POINTS_BACK_ZH.search(sentence) is not None
    return _POINTS_BACK.match(sentence) is not None
