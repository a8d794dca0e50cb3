"""Parts of the library page: the shelf, the documents of one, work on it, searches."""

from .view import View

__all__ = ["View"]
