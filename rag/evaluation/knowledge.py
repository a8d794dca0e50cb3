"""A data set in, a knowledge base that holds its documents out, through the real ingest."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from ingest import Index, Progress, ingest_paths

from .progress import Steps

__all__ = ["built", "private_copy", "without"]

_WAIT_SECONDS = 600.0
_NAME = 16  # digits of the SHA-256 that name a folder


def built(
    sha256: str, documents: Mapping[str, str], on_step: Steps, embedder: str | None = None
) -> Path:
    """The folder of a knowledge base with one file per document, in the user's cache.

    It is keyed by the data set's hash and the embedder's name. A second call writes and embeds
    nothing; one after an interruption does what is left.

    Args:
        sha256: of the data set.
        documents: name to text.
        on_step: told how far it is.
        embedder: name or folder; None takes the packaged one.

    Raises:
        EmbedderError: there is no such embedder.
        IngestInterrupted: Ctrl-C.
        StoreError: the cache folder cannot be used.
    """
    name = hashlib.sha256(f"{sha256} {embedder}".encode()).hexdigest() if embedder else sha256
    folder = user_cache_path("recollect") / "evaluation" / name[:_NAME]
    files = folder / "documents"
    files.mkdir(parents=True, exist_ok=True)
    for document, text in documents.items():
        data, file = text.encode("utf-8"), files / document
        if not file.exists() or file.read_bytes() != data:
            file.write_bytes(data)

    def tell(progress: Progress) -> None:
        on_step("reading", progress.files, progress.total_files)

    with Index(folder / "kb", embedder=embedder) as index:
        ingest_paths(index, [files], prune=True, wait_seconds=_WAIT_SECONDS, on_progress=tell)
    return folder / "kb"


@contextmanager
def private_copy(folder: Path) -> Iterator[Path]:
    """The folder of a copy of a knowledge base that may be changed; it is gone after the block.

    Raises:
        StoreError: there is no knowledge base in `folder`.
    """
    with tempfile.TemporaryDirectory(prefix="recollect-eval-") as name:
        with Index(folder, read_only=True) as index:
            index.catalog.backup(Path(name) / "catalog.sqlite")
        yield Path(name)


@contextmanager
def without(index: Index, sources: Sequence[str]) -> Iterator[None]:
    """The knowledge base without these documents, which are put back after the block.

    Raises:
        StoreLockedError: another process writes.
    """
    stored = [index.document(source) for source in sources]
    with index.writing():
        index.remove(sources)
    yield
    with index.writing():
        for document in stored:
            if document is not None:
                index.commit(document)
