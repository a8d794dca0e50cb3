"""An embedder without a model: counts terms into slots, so its vector can be computed in the head.

Slot `crc32(term) % dimension` counts the term; the row is then scaled to length 1. A term is a word
in lower case, a single Chinese, Japanese or Korean character, or a pair of neighbouring ones. So
"to be to be" is 2 in the slots of "to" and "be", scaled to 0.707 each (if the slots differ).
Texts that share no term meet only by accident; nothing is known about meaning.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from ..errors import SettingError
from .base import Embedder, Role, Vectors
from .tokens import encodable

__all__ = ["HashingEmbedder"]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


class HashingEmbedder(Embedder):
    """Deterministic bag of terms, for tests and for machines too small for a model.

    Reads texts of any length whole; `max_tokens` only sizes chunks like those of MiniLM.

    Args:
        dimension: slots of a row, at least 1.
        salt: put before every term; another salt is another embedder of the same dimension.

    Raises:
        SettingError: `dimension` is below 1.
    """

    def __init__(self, dimension: int = 512, salt: str = "") -> None:
        if dimension < 1:
            raise SettingError(
                f"The hashing embedder's dimension is {dimension!r}; give 1 or more, such as 512."
            )
        self.name = "hashing"
        self.dimension = dimension
        self.max_tokens = 256
        self.languages = frozenset({"en", "zh"})
        self._salt = salt

    def fingerprint(self) -> str:
        """Made of dimension and salt; there are no weights."""
        return f"hashing:crc32:{self.dimension}:{self._salt}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and single Chinese, Japanese or Korean characters of each text."""
        return [
            sum(len(run) if _IS_CJK.match(run) else 1 for run in _TOKEN.findall(text))
            for text in texts
        ]

    def embed(self, texts: Sequence[str], role: Role = "passage") -> Vectors:
        """float32 [n, dimension], rows of length 1; both roles alike.

        A text without any term counts the empty term, so that its row has length 1 as well.
        """
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in list(_terms(text)) or [""]:
                row[zlib.crc32(encodable(self._salt + term).encode()) % self.dimension] += 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows


def _terms(text: str) -> Iterator[str]:
    for run in _TOKEN.findall(text.lower()):
        if _IS_CJK.match(run):
            yield from run
            yield from (first + second for first, second in pairwise(run))
        else:
            yield run
