"""Pictures: a page of a PDF as a reader sees it, with the quoted words marked."""

from .painter import PagePainter, page_picture
from .picture import PagePicture, PictureLimits

__all__ = ["PagePainter", "PagePicture", "PictureLimits", "page_picture"]
