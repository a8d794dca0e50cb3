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
        place = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if place is None or place.parent.parent != home:
            raise ImportError(f"rag needs its own {room!r}, but Python finds {str(place)!r} first")
