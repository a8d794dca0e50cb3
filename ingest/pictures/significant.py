"""Characters come in; those that two readers of a PDF agree on go out, with where they stood."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Significant", "significant"]

_LEFT_OUT = frozenset("'\"\u2212\ufffd")  # with all dashes and quotation marks
_KEPT = frozenset("LNPS")
_DROPPED = frozenset({"Pd", "Pi", "Pf", "Sk"})


@dataclass(frozen=True, slots=True)
class Significant:
    """What is left of a text.

    Attributes:
        letters: without white space, hyphens, quotation marks and accents; ligatures spelt out,
            widths and cases folded.
        places: `letters[i]` comes from the character at `places[i]`; never descending.
    """

    letters: str
    places: list[int]

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The range of `letters` that comes from the characters `start` to `end`."""
        return bisect_left(self.places, start), bisect_left(self.places, end)


def significant(characters: Iterable[str]) -> Significant:
    """Reduce a text, or the characters of a page, to what does not depend on who reads it."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(characters):
        folded = _folded(character)
        letters.append(folded)
        places.extend([place] * len(folded))
    return Significant("".join(letters), places)


@lru_cache(maxsize=1 << 14)
def _folded(character: str) -> str:
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(part for part in parts if part not in _LEFT_OUT and _counts(part))


def _counts(part: str) -> bool:
    category = unicodedata.category(part)
    return category[0] in _KEPT and category not in _DROPPED
