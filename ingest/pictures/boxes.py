"""Boxes of characters in reading order come in; one box per line and column goes out."""

from __future__ import annotations

from collections.abc import Iterable

from .picture import Box

__all__ = ["line_boxes"]

_SHARED = 0.5  # of the smaller extent across the line that two neighbours have in common
_WIDEST_GAP = 2.5  # times that extent; what stands farther off is another column


def line_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Unite neighbours on one line, level or upright; a box without a surface is left out."""
    lines: list[Box] = []
    last: Box | None = None
    for box in boxes:
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        if last and (_beside(last, box) or _beside(_turned(last), _turned(box))):
            line = lines[-1]
            lines[-1] = (
                min(line[0], box[0]),
                min(line[1], box[1]),
                max(line[2], box[2]),
                max(line[3], box[3]),
            )
        else:
            lines.append(box)
        last = box
    return tuple(lines)


def _beside(a: Box, b: Box) -> bool:
    """Whether they stand on one level line."""
    height = min(a[3] - a[1], b[3] - b[1])
    shared = min(a[3], b[3]) - max(a[1], b[1])
    gap = max(a[0], b[0]) - min(a[2], b[2])
    return shared >= _SHARED * height and gap <= _WIDEST_GAP * height


def _turned(box: Box) -> Box:
    return (box[1], box[0], box[3], box[2])
