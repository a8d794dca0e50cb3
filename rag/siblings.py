"""Checks that the rooms next to rag are its own, not modules of the same name from elsewhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

__all__ = ["check_siblings"]


def check_siblings() -> None:
    """Refuse a stranger's `memory`, `ingest` or `ui` that is found first on the path.

    Raises:
        ImportError: names the intruder's path.
    """
    home = Path(__file__).resolve().parent.parent
    for room in ("ingest", "memory", "ui"):
        spec = find_spec(room)
        folders = [*(spec.submodule_search_locations or ())] if spec is not None else []
        if [Path(folder).resolve() for folder in folders] != [home / room]:
            found = (spec.origin or ", ".join(folders)) if spec is not None else "nothing"
            raise ImportError(f"rag needs its own {room!r}, but Python finds {found!r}")
