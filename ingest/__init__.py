"""Ingest: files become documents, chunks and vectors in an index that can be searched."""

from .errors import IngestError
from .packaged import packaged_file, verify_sha256

__all__ = ["IngestError", "packaged_file", "verify_sha256"]
