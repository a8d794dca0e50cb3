"""A knowledge base's folder in, its conversation log out, indexed as the documents are."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from ingest import index_terms, query_terms
from memory import ConversationLog

__all__ = ["log_path", "open_log"]


def log_path(folder: str | PathLike[str]) -> Path:
    """Where the conversations about a knowledge base are kept unless somebody says otherwise."""
    return Path(folder) / "conversations.sqlite"


def open_log(path: str | PathLike[str]) -> ConversationLog:
    """The log at this path, made if it is not there.

    Raises:
        LogError: or a child of it: it cannot be opened.
    """
    return ConversationLog(Path(path), index_terms=index_terms, query_terms=query_terms)
