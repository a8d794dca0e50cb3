"""A search and a text that it found, in; the words found and the text around them, out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest import index_terms, is_cjk, query_terms

__all__ = ["Found", "found_in"]

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_BEFORE = 0.3  # share of an excerpt that stands before the first word found


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found in a text.

    Attributes:
        words: as the text has them, in its order, each once; empty where only parts were found.
        excerpt: one line of the text around the first of them, "…" where it was cut.
    """

    words: tuple[str, ...]
    excerpt: str


def found_in(text: str, query: str, *, width: int = 240) -> Found:
    """The words for which a search finds a text.

    Args:
        text: that was found.
        query: that was searched for, in English or Chinese.
        width: characters of the excerpt at most, the signs of a cut aside.
    """
    line = " ".join(text.split())
    spans = _spans(line, set(query_terms(query)))
    words = dict.fromkeys(line[start:end] for start, end in spans)
    unlike = {word.casefold(): word for word in reversed(words)}
    first = spans[0][0] if spans else 0
    start = max(0, min(first - int(width * _BEFORE), len(line) - width))
    end = min(len(line), start + width)
    cut = ("…" if start else "") + line[start:end].strip() + ("…" if end < len(line) else "")
    return Found(tuple(word for word in words if word in unlike.values()), cut)


def _spans(text: str, terms: set[str]) -> list[tuple[int, int]]:
    """Where words stand that have one of the terms; neighbours in Chinese are one."""
    found: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        word, start = match[0], match.start()
        if is_cjk(word):
            found += [
                (start + at.start(), start + at.end())
                for term in terms
                for at in re.finditer(re.escape(term), word, re.IGNORECASE)
            ]
        elif terms.intersection(index_terms(word)):
            found.append(match.span())
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
