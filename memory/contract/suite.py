"""The suite that every kind of memory passes: subclass it, open your memory, run pytest.

    class TestMine(MemoryContract):
        def open(self, path, count_tokens):
            return MyMemory(path, count_tokens)

The package itself does not import it, because it needs pytest. It runs on systems that can fork.
"""

from __future__ import annotations

from .enduring import EnduringCases
from .isolating import IsolatingCases
from .keeping import KeepingCases
from .recalling import RecallingCases
from .replacing import ReplacingCases

__all__ = ["MemoryContract"]


class MemoryContract(RecallingCases, KeepingCases, ReplacingCases, IsolatingCases, EnduringCases):
    """What `Memory` promises, as tests. Each test gets a fresh folder."""
