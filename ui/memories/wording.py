"""A day, a speaker or a number of turns in; words of the page's language out."""

from __future__ import annotations

from datetime import datetime

from rag import Turn

from ..texts import UiLanguage, phrase

__all__ = ["day", "turns_counted", "who"]

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def day(language: UiLanguage, moment: datetime) -> str:
    """The day of a moment where the program runs, such as "May 3, 2026"."""
    at = moment.astimezone()
    month = _MONTHS[at.month - 1]
    date = {"year": at.year, "month": at.month, "day": at.day}
    return phrase(language, "memory_day", month_name=month, **date)


def turns_counted(language: UiLanguage, turns: int) -> str:
    """Such as "12 turns"."""
    return phrase(language, "memory_turns_one" if turns == 1 else "memory_turns", turns=turns)


def who(language: UiLanguage, turn: Turn) -> str:
    """Who said a turn."""
    return phrase(language, f"memory_said_{turn.role}")
