"""Bytes of a PDF and quotes of a page come in; the page as a picture with marks goes out.

Runs native code on strangers' bytes: for the child of `PagePainter` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pypdfium2 as pdfium
import pypdfium2.raw as native

from ..errors import PictureError
from .boxes import line_boxes
from .locate import locate
from .marker import mark
from .picture import Box, PagePicture

__all__ = ["draw"]

_COMPRESSION = 3  # of zlib's nine: quicker than the usual 6, hardly larger
_ROUNDING = 1e-6  # the number of pixels is rounded up, which must not make one too many


def draw(
    data: bytes, page: int, text: str, spans: Sequence[tuple[int, int]], width: int, pixels: int
) -> PagePicture:
    """Draw one page; see `page_picture`.

    Raises:
        PictureError: "damaged", "encrypted", "no_page" or "too_large".
    """
    with _opened(data) as document:
        pages = len(document)
        if page > pages:
            message = f"There is no page {page!r} in a PDF of {pages} pages; choose another."
            raise PictureError("no_page", message)
        try:
            sheet = document[page - 1]
            bitmap = _rendered(sheet, width, pixels)
            boxes = _boxes(sheet, bitmap, text, spans)
        except pdfium.PdfiumError as error:
            message = f"Page {page!r} of the PDF is damaged ({error}); save the file anew."
            raise PictureError("damaged", message) from error
        image = bitmap.to_pil()
        mark(image, [box for lines in boxes for box in lines])
        file = BytesIO()
        image.save(file, "PNG", compress_level=_COMPRESSION)
        found = tuple(map(bool, boxes))
        return PagePicture(file.getvalue(), image.width, image.height, boxes, found, pages)


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (native.FPDF_ERR_PASSWORD, native.FPDF_ERR_SECURITY):
            message = "The PDF is behind a password; save a copy without it."
            raise PictureError("encrypted", message) from error
        message = f"The PDF cannot be opened ({error}); save it anew."
        raise PictureError("damaged", message) from error


def _rendered(sheet: pdfium.PdfPage, width: int, pixels: int) -> pdfium.PdfBitmap:
    wide, high = sheet.get_size()
    if not (wide > 0 and high > 0):
        raise PictureError("damaged", "The page has no size; save the file anew.")
    if width * width * high > pixels * wide:
        message = (
            f"A page of {wide:.0f} x {high:.0f} points, drawn {width!r} pixels wide, has over "
            f"{pixels:,} pixels; ask for a narrower picture."
        )
        raise PictureError("too_large", message)
    return sheet.render(scale=width / wide * (1 - _ROUNDING), rev_byteorder=True)


def _boxes(
    sheet: pdfium.PdfPage, bitmap: pdfium.PdfBitmap, text: str, spans: Sequence[tuple[int, int]]
) -> tuple[tuple[Box, ...], ...]:
    """For each span the boxes of its lines, in pixels; none where it is not to be seen."""
    layer = sheet.get_textpage()
    to_bitmap = bitmap.get_posconv(sheet).to_bitmap
    characters = [chr(native.FPDFText_GetUnicode(layer, at)) for at in range(layer.count_chars())]

    def box(at: int) -> Box:
        left, bottom, right, top = layer.get_charbox(at, loose=True)
        (x1, y1), (x2, y2) = to_bitmap(left, bottom), to_bitmap(right, top)
        return (
            max(0, min(x1, x2)),
            max(0, min(y1, y2)),
            min(bitmap.width, max(x1, x2)),
            min(bitmap.height, max(y1, y2)),
        )

    return tuple(
        line_boxes(box(at) for piece in pieces for at in piece)
        for pieces in locate(text, spans, characters)
    )
