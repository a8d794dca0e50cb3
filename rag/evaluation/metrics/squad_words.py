"""An English answer in, its words as the SQuAD 1.1 evaluation compares them out."""

from __future__ import annotations

import re
import string

__all__ = ["squad_words"]

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_words(text: str) -> list[str]:
    """Lower case, ASCII punctuation deleted, then a, an and the as whole words, split at blanks."""
    return _ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()
