"""The picture of a page, where its marks are, and what drawing it may cost."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Box", "PagePicture", "PictureLimits"]

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels from the upper left corner; right and bottom lie outside."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page as a reader sees it, rotated and cropped as the file says.

    Attributes:
        png: the picture as a PNG file, RGB.
        width: pixels.
        height: pixels.
        boxes: for each span that was asked for, the marked rectangles, one per line and column.
        found: for each span, whether its words were found on the page; others are not marked.
        pages: how many pages the file has, with text or without.
    """

    png: bytes
    width: int
    height: int
    boxes: tuple[tuple[Box, ...], ...]
    found: tuple[bool, ...]
    pages: int

    def __repr__(self) -> str:
        return f"PagePicture({self.width} x {self.height}, found={self.found})"


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What one picture may cost.

    Attributes:
        cpu_seconds: processor time of the child, rounded up to whole seconds.
        wall_seconds: time until the picture is complete.
        memory_bytes: address space of the child beyond what it has at its start.
        file_bytes: size of the PDF.
        pixels: of the picture, width times height.
        answer_bytes: size of the answer, which is what it costs the parent.
        idle_seconds: the child waits so long for the next picture, then it ends.
    """

    cpu_seconds: float = 10
    wall_seconds: float = 20
    memory_bytes: int = 1 << 30
    file_bytes: int = 256 << 20
    pixels: int = 32_000_000
    answer_bytes: int = 128 << 20
    idle_seconds: float = 60
