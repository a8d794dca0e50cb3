"""A picture or its refusal as plain values, there and back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from ..errors import PictureError, PictureReason
from .picture import PagePicture

__all__ = ["picture_from", "refusal_of", "reply_of"]


def reply_of(picture: PagePicture) -> dict[str, object]:
    """A picture as plain lists, numbers and strings."""
    return {
        "png": b64encode(picture.png).decode("ascii"),
        "size": [picture.width, picture.height],
        "boxes": picture.boxes,
        "found": picture.found,
        "pages": picture.pages,
    }


def refusal_of(reason: PictureReason, message: str) -> dict[str, object]:
    """Why there is no picture."""
    return {"reason": reason, "message": message}


def picture_from(body: bytes | bytearray) -> PagePicture | PictureError:
    """The picture or the refusal that a reply holds; what is no reply counts as "damaged"."""
    try:
        reply: dict[str, Any] = json.loads(body)
        if "reason" in reply:
            return PictureError(reply["reason"], reply["message"])
        width, height = reply["size"]
        boxes = tuple(
            tuple((left, top, right, bottom) for left, top, right, bottom in lines)
            for lines in reply["boxes"]
        )
        png = b64decode(reply["png"], validate=True)
        return PagePicture(png, width, height, boxes, tuple(reply["found"]), reply["pages"])
    except (ValueError, KeyError, TypeError):
        return PictureError("damaged", "The picture makes no sense; save the PDF anew.")
