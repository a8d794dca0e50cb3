"""Everything ingest raises.

IngestError
├── ParseError             one file cannot be read; carries a reason code
├── PictureError           a page cannot be drawn; carries a reason code
├── EmbedderError          an embedder cannot be found, loaded or verified
├── EmbedderMismatchError  the knowledge base was built with another embedder
├── RerankerError          a reranker cannot be found or loaded
├── StoreError             the knowledge base cannot be opened, read or written
│   ├── StoreLockedError   another process is writing
│   └── StoreDamagedError  the catalog itself is damaged
└── SettingError           a setting is out of its range or unknown
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = [
    "EmbedderError",
    "EmbedderMismatchError",
    "IngestError",
    "ParseError",
    "PictureError",
    "PictureReason",
    "Reason",
    "RerankerError",
    "SettingError",
    "StoreDamagedError",
    "StoreError",
    "StoreLockedError",
]

Reason = Literal[
    "binary",  # not text and not a format we read
    "changed",  # the file changed while it was read
    "damaged",  # the format is broken beyond reading
    "empty",  # nothing but white space
    "encrypted",  # a password is needed
    "scanned",  # pages of pictures, no text
    "special",  # a pipe, socket or device
    "symlink",  # leads out of the folder, or to nothing
    "too_expensive",  # the parser ran into its time or memory limit
    "too_large",  # over the size limit
    "unreadable",  # permission or input/output error
    "unsupported",  # a format we do not read
]

PictureReason = Literal[
    "damaged",  # the file or the page is broken beyond drawing
    "encrypted",  # a password is needed
    "no_page",  # the file has no such page
    "too_expensive",  # drawing ran into its time or memory limit
    "too_large",  # the file, the page or its picture is over the size limit
]


class IngestError(Exception):
    """Root of what ingest raises; the message says what, which, and what to do."""


class ParseError(IngestError):
    """One file cannot be read.

    Attributes:
        reason: one of the codes in `Reason`.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        if reason not in get_args(Reason):
            raise ValueError(f"unknown reason code {reason!r}")
        super().__init__(message)
        self.reason: Reason = reason


class PictureError(IngestError):
    """A page of a PDF cannot be drawn.

    Attributes:
        reason: one of the codes in `PictureReason`.
    """

    def __init__(self, reason: PictureReason, message: str) -> None:
        if reason not in get_args(PictureReason):
            raise ValueError(f"unknown reason code {reason!r}")
        super().__init__(message)
        self.reason: PictureReason = reason


class EmbedderError(IngestError):
    """An embedder cannot be found, loaded or verified."""


class EmbedderMismatchError(IngestError):
    """The knowledge base was built with another embedder than the one configured."""


class RerankerError(IngestError):
    """A reranker cannot be found or loaded, or gives what cannot be used."""


class StoreError(IngestError):
    """The knowledge base cannot be opened, read or written."""


class StoreLockedError(StoreError):
    """Another process is writing to the knowledge base."""


class StoreDamagedError(StoreError):
    """The catalog itself is damaged."""


class SettingError(IngestError):
    """A setting is out of its range or unknown."""
