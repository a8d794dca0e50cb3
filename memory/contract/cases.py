"""What all parts of the contract share: a memory to open, a user, ids, a count of tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..base import Memory
from ..render import TokenCounter

__all__ = ["CHINESE", "HOSTILE_IDS", "USER", "Cases", "Opener", "TokenCounter", "count_words"]

Opener = Callable[[Path, TokenCounter], Memory]
"""Opens the memory under test over the log at a path."""

USER = "li.wei"
CHINESE = "记住：预算是三万元，周五交货。"
_FIRST_CJK = 0x2E80
HOSTILE_IDS = (
    "a",
    "A",
    " a",
    "a ",
    "a&run_id=b",
    "a/b",
    "../a",
    "a%",
    "a_",
    "%",
    "*",
    "a'--",
    'a" OR 1=1',
    "a\0",
    "a\0b",
    "а",  # Cyrillic
    "ａ",  # full width
    "é",
    "e\u0301",  # the same letter, decomposed
    "a\u200b",  # zero width
    "\ufeffa",
    "a\u00ad",
    "a\u202e",
    "a\n",
    "..\\a",
    "a'; DROP TABLE turns; --",
    "None",
    "1",
    "1.0",
    "a" * 5000,
)


def count_words(text: str) -> int:
    """A tokenizer that can be followed in the head: words, newlines, and every CJK character."""
    wide = sum(ord(character) >= _FIRST_CJK for character in text)
    return len(text.split()) + text.count("\n") + wide


class Cases(ABC):
    """Test cases for a memory that a subclass opens."""

    @abstractmethod
    def open(self, path: Path, count_tokens: TokenCounter) -> Memory:
        """The memory under test over the log at `path`, which may hold turns already."""

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Memory]:
        """The memory under test over this folder's log, closed afterwards."""
        with closing(self.open(folder / "log.sqlite3", count_words)) as memory:
            yield memory
