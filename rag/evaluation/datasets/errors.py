"""What is raised when a data set cannot be used."""

from __future__ import annotations

from ...errors import RagError

__all__ = ["DatasetError"]


class DatasetError(RagError):
    """A data set that cannot be read, or that does not fit the task or the knowledge base."""
