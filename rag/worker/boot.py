"""Runs a module of this package without the package's front door, which takes a second to import.

Started by path: `python -P boot.py rag.worker.child PARENT_PID`. A bare `rag` is registered
that only knows its folder, so relative imports work and nothing else of `rag` is loaded.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType

__all__: list[str] = []

if __name__ == "__main__":
    room = ModuleType("rag")
    room.__path__ = [str(Path(__file__).resolve().parent.parent)]
    sys.modules["rag"] = room
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=False)
