"""What the catalog takes in and gives out: a document with its pages, chunks and vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..document import Chunk, Page
from ..embedders.base import Vectors

__all__ = ["WHOLE", "Contents", "DocumentInfo", "NewDocument", "chunk_key", "text_hash"]

WHOLE = "whole"
"""Splitter fingerprint of a text that is stored as one chunk, as it is."""


def text_hash(text: str) -> bytes:
    """16 bytes that stand for `text`: the start of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def chunk_key(source: str, content_hash: str, chunk: Chunk) -> str:
    """The stable id of a chunk, 32 hexadecimal digits: same source, bytes and span, same id."""
    words = f"{source}\0{content_hash}\0{chunk.page}\0{chunk.start}\0{chunk.end}"
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document ready to be committed.

    Attributes:
        source: path or URL, the document's identity in its knowledge base.
        content_hash: SHA-256 of the bytes that were parsed.
        title: never empty.
        media_type: an IANA media type.
        size: bytes of the file.
        pages: pages with text.
        chunks: spans of those pages.
        vectors: float32 [len(chunks), d], rows of length 1.
        splitter: fingerprint of what cut the chunks.
        embedder: fingerprint of what made the vectors.
        notes: remarks for the user.
        metadata: JSON-able extra data of the caller.
        keys: ids of the chunks; None derives them from content.
    """

    source: str
    content_hash: str
    title: str
    media_type: str
    size: int
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    vectors: Vectors
    splitter: str
    embedder: str
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    keys: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the chunks."""
        if len(self.vectors) != len(self.chunks):
            raise ValueError(f"{len(self.chunks)} chunks but {len(self.vectors)} vectors")

    def __repr__(self) -> str:
        return f"NewDocument({self.source!r}, chunks={len(self.chunks)})"


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What the catalog says of one document, for lists and reports.

    Attributes:
        source: path or URL.
        title: the document's title.
        media_type: an IANA media type.
        size: bytes of the file.
        pages: number of pages with text.
        chunks: number of chunks.
        content_hash: SHA-256 of the bytes that were parsed.
        splitter: fingerprint of what cut the chunks.
        embedder: fingerprint of what made the vectors.
        ingested_at: ISO 8601, UTC.
        notes: remarks made when it was parsed.
    """

    source: str
    title: str
    media_type: str
    size: int
    pages: int
    chunks: int
    content_hash: str
    splitter: str
    embedder: str
    ingested_at: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a knowledge base holds.

    Attributes:
        documents: their number.
        pages: pages with text of all of them.
        chunks: chunks of all of them.
        updated: when the latest document came in, ISO 8601 in UTC; None while there is none.
    """

    documents: int
    pages: int
    chunks: int
    updated: str | None
