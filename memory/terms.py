"""Text in, search terms out: lower-case words, and single characters and pairs of Chinese.

The plain default for a log that stands alone; a program that indexes documents hands the log the
tokenization of its documents instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

__all__ = ["TermFunction", "index_terms", "query_terms"]

TermFunction = Callable[[str], list[str]]

# Han with extensions and compatibility forms, kana, Hangul syllables: scripts without word spaces.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


def index_terms(text: str) -> list[str]:
    """Terms to store for `text`: words, and of Chinese runs each character and each pair."""
    return _terms(text, singles=True)


def query_terms(text: str) -> list[str]:
    """Terms to look for: words and pairs; a character alone only where it stands alone."""
    return _terms(text, singles=False)


def _terms(text: str, *, singles: bool) -> list[str]:
    terms: list[str] = []
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match.group()
        if not _IS_CJK.match(run):
            terms.append(run)
            continue
        if singles or len(run) == 1:
            terms.extend(run)
        terms.extend(run[i : i + 2] for i in range(len(run) - 1))
    return terms
