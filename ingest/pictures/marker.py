"""A picture and boxes come in; the boxes are coloured as a marker pen does, the words stay."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageStat

from .picture import Box

__all__ = ["MARKER", "NEON", "mark"]

MARKER = (255, 236, 92)
"""Red, green, blue of the pen; on white paper the mark has this very colour."""

NEON = (110, 92, 0)
"""What is added to a dark ground, where a pen would not show; on black it is this very colour."""

_DARK = 85  # of 255, the mean grey of a box


def mark(image: Image.Image, boxes: Sequence[Box]) -> None:
    """Colour the ground of the boxes in place; where boxes overlap it is coloured once."""
    light, dark = Image.new("L", image.size), Image.new("L", image.size)
    for box in boxes:
        grey = ImageStat.Stat(image.crop(box).convert("L")).mean[0]
        (dark if grey < _DARK else light).paste(255, box)
    for mask, blended, colour in (
        (light, ImageChops.multiply, MARKER),
        (dark, ImageChops.screen, NEON),
    ):
        if mask.getbbox():
            image.paste(blended(image, Image.new("RGB", image.size, colour)), mask=mask)
