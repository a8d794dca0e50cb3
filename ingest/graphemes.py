"""Says whether a text may be cut at an offset without tearing what a reader sees as one character.

A working part of Unicode's rules for grapheme clusters (UAX #29), enough for accents, emoji and
Hangul; the full table would need a library for something that happens once in a thousand pages.
"""

from __future__ import annotations

from unicodedata import category

__all__ = ["is_grapheme_boundary", "nearest_boundary"]

_JOINERS = "\u200c\u200d"
_LONGEST_FLAGS = 64  # regional indicators looked back at to pair them


def is_grapheme_boundary(text: str, offset: int) -> bool:
    """Whether no cluster spans `offset`; True at both ends of the text."""
    if offset <= 0 or offset >= len(text):
        return True
    before, after = text[offset - 1], text[offset]
    # White space at a cut is left out, so what stands beside it stands alone.
    if before.isspace() or after.isspace() or (after.isascii() and before != "\u200d"):
        return (before, after) != ("\r", "\n")
    if _is_regional(before) and _is_regional(after):
        run = text[max(0, offset - _LONGEST_FLAGS) : offset]
        return (len(run) - len(run.rstrip(_REGIONAL))) % 2 == 0
    return not (_extends(after) or _awaits(before, after))


def _extends(after: str) -> bool:
    """Accents, joiners, skin tones and tags belong to whatever stands before them."""
    return (
        after in _JOINERS
        or category(after).startswith("M")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
    )


def _awaits(before: str, after: str) -> bool:
    """A joiner, half a surrogate pair, or Hangul that the next letter completes."""
    if "\ud800" <= before <= "\udbff":
        return "\udc00" <= after <= "\udfff"
    if "\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7fb":
        return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7fb"
    return before == "\u200d"


def nearest_boundary(text: str, offset: int, low: int, high: int) -> int:
    """The boundary nearest to `offset` with low < boundary < high; `offset` when there is none."""
    for distance in range(high - low):
        for candidate in (offset - distance, offset + distance):
            if low < candidate < high and is_grapheme_boundary(text, candidate):
                return candidate
    return offset


_REGIONAL = "".join(chr(code) for code in range(0x1F1E6, 0x1F200))


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
