"""A loop tells how far it is through a function; the command line shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

__all__ = ["Steps", "silent", "steps"]

Steps = Callable[[str, int, int], None]
"""Called with what is done, how many are done, and how many there are."""

T = TypeVar("T")


def silent(label: str, done: int, total: int) -> None:
    """Tell nobody."""


def steps(label: str, items: Sequence[T], on_step: Steps) -> Iterator[T]:
    """The items one by one; `on_step` is called before each, and at the end."""
    for done, item in enumerate(items):
        on_step(label, done, len(items))
        yield item
    on_step(label, len(items), len(items))
