"""A PDF from a stranger and quotes of a page come in; a picture with marks or an error goes out."""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache

from ..confined.frame import frame
from ..confined.outside import BARE_ROOM, ChildError
from ..confined.owner import ChildOwner
from ..errors import PictureError, SettingError
from .picture import PagePicture, PictureLimits
from .wire import picture_from

__all__ = ["PagePainter", "page_picture"]

_BOOT = f"{BARE_ROOM}from ingest.pictures import child\nchild.main()\n"
_WIDTHS = range(100, 4001)  # pixels
_RETIRED = "exit status 0"  # it had waited too long, just when it was asked


class PagePainter(ChildOwner):
    """Draws page after page in a child with limits, which is replaced when it dies.

    A context manager. The child starts with the first picture, ends itself after some idle time,
    and dies with this process. Safe for several threads: pictures queue.

    Attributes:
        limits: what one picture may cost.
    """

    def __init__(self, limits: PictureLimits | None = None) -> None:
        self.limits = limits or PictureLimits()
        super().__init__(_BOOT, json.dumps(asdict(self.limits)))
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"PagePainter(pid={self._child.pid if self._child else None}, {self.limits})"

    def draw(
        self,
        data: bytes,
        page: int,
        text: str,
        spans: Sequence[tuple[int, int]],
        *,
        width: int = 1000,
    ) -> PagePicture:
        """Draw one page; see `page_picture`."""
        _check(page, text, spans, width)
        if len(data) > self.limits.file_bytes:
            message = f"The PDF has {len(data):,} bytes, over {self.limits.file_bytes:,}; split it."
            raise PictureError("too_large", message)
        request = frame(
            {
                "page": page,
                "text": text,
                "spans": [list(span) for span in spans],
                "width": width,
                "pixels": self.limits.pixels,
                "size": len(data),
            }
        )
        with self._lock:
            result = picture_from(self._answer(request, data, page))
        if isinstance(result, PictureError):
            raise result
        return result

    def close(self) -> None:
        """End the child; the next picture starts another. Does nothing when there is none."""
        with self._lock:
            self._end()

    def _answer(self, request: bytes, data: bytes, page: int) -> bytearray:
        try:
            return self._asked(request, data)
        except ChildError as error:
            if error.cause != _RETIRED:
                raise _refusal(error, page, self.limits) from error
        try:
            return self._asked(request, data)
        except ChildError as error:
            raise _refusal(error, page, self.limits) from error

    def _asked(self, request: bytes, data: bytes) -> bytearray:
        limits = self.limits
        return self._ask(
            request, data, wall_seconds=limits.wall_seconds, answer_bytes=limits.answer_bytes
        )


def page_picture(
    data: bytes, page: int, text: str, spans: Sequence[tuple[int, int]], *, width: int = 1000
) -> PagePicture:
    """Draw one page of a PDF with the quoted words marked, in a child process with limits.

    Args:
        data: the whole PDF.
        page: number of the page, from 1.
        text: the page's text as it is stored, `Page.text`.
        spans: start and end of each quote in `text`; what is not found on the page is not marked.
        width: of the picture, 100 to 4000 pixels; the height follows from the page.

    Raises:
        PictureError: the page cannot be drawn; its reason says why.
        SettingError: an argument is out of its range.
    """
    return _shared().draw(data, page, text, spans, width=width)


@cache
def _shared() -> PagePainter:
    painter = PagePainter()
    atexit.register(painter.close)
    return painter


def _check(page: int, text: str, spans: Sequence[tuple[int, int]], width: int) -> None:
    if page < 1:
        raise SettingError(f"There is no page {page!r}; pages count from 1.")
    if width not in _WIDTHS:
        raise SettingError(
            f"A picture cannot be {width!r} pixels wide; choose {_WIDTHS[0]} to {_WIDTHS[-1]}."
        )
    for start, end in spans:
        if not 0 <= start < end <= len(text):
            raise SettingError(
                f"({start!r}, {end!r}) is no span of a page of {len(text)!r} characters; "
                "take the span of a citation of this page."
            )


def _refusal(error: ChildError, page: int, limits: PictureLimits) -> PictureError:
    which = f"Page {page!r}"
    if error.trouble == "crashed":
        message = f"{which} crashed the program that draws it ({error.cause}); save the PDF anew."
        return PictureError("damaged", message)
    if error.trouble == "wordy":
        message = f"{which} gives a picture of over {limits.answer_bytes:,} bytes; draw it smaller."
        return PictureError("too_large", message)
    cost = f"{limits.wall_seconds:g} seconds"
    if error.trouble == "overworked":
        cost = f"{limits.cpu_seconds:g} seconds of work, or more memory than there is"
    return PictureError("too_expensive", f"{which} takes over {cost} to draw; simplify it.")
