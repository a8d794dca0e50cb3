"""The lexical index: what it holds of a chunk, and how it is made anew from the chunks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from ..lexical import index_terms
from .schema import LEXICAL

__all__ = ["lexical_row", "rebuild_lexical"]


def lexical_row(text: str, title: str, heading_path: Iterable[str]) -> tuple[str, str]:
    """Terms of a chunk's text, and terms of the title and headings that it stands under."""
    return " ".join(index_terms(text)), " ".join(index_terms(" ".join((title, *heading_path))))


def rebuild_lexical(connection: sqlite3.Connection) -> None:
    """Make every lexical row anew, as after a change of `LEXICAL_VERSION`; a damaged one too."""
    connection.execute("DROP TABLE lexical")
    connection.execute(LEXICAL)
    found = connection.execute(
        "SELECT c.id, text, title, heading_path FROM chunks c JOIN documents d ON d.id = document"
    )
    connection.executemany(
        "INSERT INTO lexical (rowid, body, context) VALUES (?, ?, ?)",
        ((row[0], *lexical_row(row[1], row[2], json.loads(row[3]))) for row in found),
    )
