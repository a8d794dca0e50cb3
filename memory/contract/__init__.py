"""The contract of `Memory` as a pytest suite; needs pytest, so only tests import it."""

from .cases import count_words
from .suite import MemoryContract

__all__ = ["MemoryContract", "count_words"]
