"""A place in a document: which page, from which character to which."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """A place; two places are compared by document, page and characters.

    Attributes:
        source: the document.
        page: number of the page, from 1; 0 is any page.
        start: first character in the page's text.
        end: one past the last; `start == end` is the whole page.
    """

    source: str
    page: int = 0
    start: int = 0
    end: int = 0

    def overlap(self, other: Span) -> float:
        """Share of this place's characters that lie in `other`, in [0, 1].

        A whole page lies wherever something of it lies.
        """
        if self.source != other.source or (self.page and other.page and self.page != other.page):
            return 0.0
        if self.start == self.end or other.start == other.end:
            return 1.0
        shared = min(self.end, other.end) - max(self.start, other.start)
        return max(0, shared) / (self.end - self.start)
