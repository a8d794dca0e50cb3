"""Numbers in, short words for people out."""

from __future__ import annotations

from datetime import datetime

__all__ = ["day", "first_names", "local_time", "megabytes"]

_NAMES_SHOWN = 8


def megabytes(size: int) -> float:
    """Of bytes; what is there at all is 0.1 at least."""
    return max(size / 1e6, 0.1) if size else 0.0


def day(moment: str | None) -> str:
    """The day of an ISO 8601 moment, "" for none."""
    return (moment or "")[:10]


def local_time(moment: str) -> datetime | None:
    """An ISO 8601 moment as the clock here showed it; None for what is no moment."""
    try:
        return datetime.fromisoformat(moment).astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def first_names(names: list[str]) -> str:
    """A line for each of the first names, and how many there are more."""
    more = len(names) - _NAMES_SHOWN
    return "\n".join([*names[:_NAMES_SHOWN], *([f"… +{more}"] if more > 0 else [])])
