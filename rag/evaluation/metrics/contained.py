"""Answer contained: whether an accepted answer stands in what was shown, word for word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ingest import CJK

__all__ = ["contained"]

_INSIDE = rf"[^\W{CJK}]"
"""A letter or digit of a script with spaces: beside another one, a word goes on."""
_BESIDE = re.compile(rf"(?<=[{CJK}]) | (?=[{CJK}])")


def contained(shown: str, accepted: Iterable[str]) -> float:
    """1 if an accepted answer stands in `shown`, else 0.

    Case, width and runs of white space do not count, beside Chinese no white space at all. An
    answer may not begin or end inside a word or number: "5" does not stand in "1957". Chinese
    needs no such border.
    """
    text = _plain(shown)
    return float(any(_stands(_plain(answer), text) for answer in accepted))


def _plain(text: str) -> str:
    return _BESIDE.sub("", " ".join(unicodedata.normalize("NFKC", text).casefold().split()))


def _stands(answer: str, text: str) -> bool:
    if not answer:
        return False
    head = rf"(?<!{_INSIDE})" if re.match(_INSIDE, answer) else ""
    tail = rf"(?!{_INSIDE})" if re.match(_INSIDE, answer[-1]) else ""
    return re.search(head + re.escape(answer) + tail, text) is not None
