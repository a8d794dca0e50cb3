"""F1 of CMRC 2018 for Chinese: the longest run of characters shared with an accepted answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .cmrc_segments import cmrc_segments

__all__ = ["cmrc_f1"]


def cmrc_f1(given: str, accepted: Iterable[str]) -> float:
    """Harmonic mean of precision and recall, in [0, 1], with the best accepted answer.

    Both count the longest common substring, in characters (words of other scripts are one unit),
    as the official script does: a run, not a bag. 0 when nothing is shared.
    """
    units = cmrc_segments(given)
    return max((_f1(units, cmrc_segments(answer)) for answer in accepted), default=0.0)


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    shared = _longest_run(given, wanted)
    return 2 * shared / (len(given) + len(wanted)) if shared else 0.0


def _longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    longest = 0
    before = [0] * (len(other) + 1)
    for unit in one:
        row = [0] * (len(other) + 1)
        for at, candidate in enumerate(other, 1):
            if unit == candidate:
                row[at] = before[at - 1] + 1
        longest = max(longest, *row)
        before = row
    return longest
