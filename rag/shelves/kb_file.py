"""The form of a knowledge base in one file: a zip of stored members, and a manifest of them.

```
manifest.json      format, version, name, embedder, counts; size and SHA-256 of every other member
catalog.sqlite     documents, pages, chunks and vectors
uploads/…          the files that were uploaded, and their names
```

Members are stored, never compressed, so that no file can unpack to more than its own size; most of
it is vectors and PDFs, which hardly compress.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest import EmbedderIdentity

from ..uploads import FOLDER, is_upload

__all__ = [
    "CATALOG",
    "MANIFEST",
    "MOST_DIRECTORY_BYTES",
    "MOST_NAME_BYTES",
    "SUFFIX",
    "Manifest",
    "Member",
    "Progress",
    "is_member",
]

SUFFIX = ".recollect.zip"
CATALOG = "catalog.sqlite"
MANIFEST = "manifest.json"
MOST_DIRECTORY_BYTES = 1 << 26
"""Of the manifest, and of the zip's own directory: half a million members."""
MOST_NAME_BYTES = 1 << 14
"""Of the text file with an upload's name; 255 characters need 3,000 when each is escaped."""

Progress = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""

_Count = Annotated[int, Field(ge=0)]
_Upload = re.compile(rf"{FOLDER}/([^/]+)")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Member(_Strict):
    """One file of the zip.

    Attributes:
        size: bytes.
        sha256: lower-case hexadecimal.
    """

    size: _Count
    sha256: Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]


class Manifest(_Strict):
    """What the file says of itself; everything in it is checked when it is taken in.

    Attributes:
        format: always the same.
        version: of this form.
        name: of the knowledge base.
        folder: where the uploads lay, as the sources of their documents begin.
        embedder: what the catalog was built with; None while it is empty.
        documents: how many.
        pages: of all documents.
        chunks: of all documents.
        made: when, ISO 8601 in UTC.
        members: every other member by its name.
    """

    format: Literal["recollect knowledge base"] = "recollect knowledge base"
    version: Literal[1] = 1
    name: str
    folder: str
    embedder: EmbedderIdentity | None
    documents: _Count
    pages: _Count
    chunks: _Count
    made: str
    members: dict[str, Member]


def is_member(name: str) -> bool:
    """Whether a member may be called so: the catalog, or an upload under a name of our own."""
    upload = _Upload.fullmatch(name)
    return name == CATALOG or bool(upload and is_upload(upload[1]))
