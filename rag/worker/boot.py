"""Runs a module of this package without the package's front doors, which take a second to import.

Started by path: `python -P boot.py rag.worker.child PARENT_PID`. Bare packages are registered
that only know their folders, so relative imports work and nothing else of `rag` is loaded.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType

__all__: list[str] = []

if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    for name, folder in (("rag", here.parent), ("rag.worker", here)):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=False)
