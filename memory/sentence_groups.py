"""A long text in, groups of neighbouring sentences out, of about equal size, nothing left out."""

from __future__ import annotations

import re

__all__ = ["GROUP_SIZE", "sentence_groups"]

GROUP_SIZE = 900
"""Size of a group at most, unless one sentence is longer: Latin characters, or a third as many
Chinese ones. About 200 tokens, which embedders with short windows still read whole."""

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|(?<=[。！？；…])[”’」』）]*|\n+")
_WIDE = re.compile(r"[\u2e80-\U0003ffff]")


def sentence_groups(text: str, size: int = GROUP_SIZE) -> list[str]:
    """Cut `text` between sentences, English or Chinese; a short text is one group.

    Joined, the groups are the text again. A sentence longer than `size` is cut at `size`.
    """
    if _weight(text) <= size:
        return [text]
    groups: list[str] = []
    current, filled = "", 0
    for sentence in _sentences(text, size):
        weight = _weight(sentence)
        if current and filled + weight > size:
            groups.append(current)
            current, filled = "", 0
        current += sentence
        filled += weight
    return [*groups, current] if current else groups


def _sentences(text: str, size: int) -> list[str]:
    ends = [match.end() for match in _END.finditer(text)]
    pieces = [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if a < b]
    cut: list[str] = []
    for piece in pieces:
        step = size if _weight(piece) <= size else max(size // 3, 1)
        cut += [piece[at : at + step] for at in range(0, len(piece), step)]
    return cut


def _weight(text: str) -> int:
    return len(text) + 2 * len(_WIDE.findall(text))
