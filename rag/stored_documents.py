"""The documents of a knowledge base: listed by name, uploaded, read again, taken out for good."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest import (
    DocumentInfo,
    FileOutcome,
    Index,
    IngestInterrupted,
    IngestReport,
    StoreDamagedError,
    StoreError,
    ingest_paths,
    shown,
    unshown,
)

from .uploads import discard_upload, document_name, store_upload

__all__ = [
    "StoredDocument",
    "read_again",
    "remove_documents",
    "sources_called",
    "stored_documents",
    "upload_documents",
]


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One document of a knowledge base.

    Attributes:
        name: its file's, as uploaded or as found.
        info: what the knowledge base says of it.
    """

    name: str
    info: DocumentInfo


def stored_documents(index: Index, name: str = "") -> list[StoredDocument]:
    """The documents by name.

    Args:
        index: the knowledge base.
        name: only those whose name or title holds it; letter case and width do not count.
    """
    wanted = _folded(name)
    found = [StoredDocument(document_name(info.source), info) for info in index.documents()]
    if wanted:
        found = [d for d in found if wanted in _folded(d.name) or wanted in _folded(d.info.title)]
    return sorted(found, key=lambda document: (_folded(document.name), document.info.source))


def sources_called(index: Index, name: str) -> list[str]:
    """The documents that go by a name: their source, the path of their file, or its mere name.

    Args:
        index: the knowledge base.
        name: as a list of documents, a citation or the file system writes it.
    """
    sources = [info.source for info in index.documents()]
    exact = {name, shown(Path(name).resolve())}
    return [s for s in sources if s in exact] or [s for s in sources if document_name(s) == name]


def upload_documents(
    index: Index, files: Iterable[tuple[str, bytes]], **options: Any
) -> IngestReport:
    """Keep copies of uploaded files and read them; the same name again replaces it.

    Copies of what became no document are thrown away, so that the report calls them by name.

    Args:
        index: the knowledge base.
        files: names as they came, each with its bytes.
        **options: of `ingest_paths`.

    Raises:
        IngestInterrupted: see `ingest_paths`, as for all else.
    """
    kept = {
        shown(path.resolve()): path
        for path in [store_upload(index.path, name, data) for name, data in files]
    }
    try:
        report = ingest_paths(index, kept.values(), **options)
    except IngestInterrupted as interrupted:
        _discard_unread(index, kept, interrupted.report)
        raise
    _discard_unread(index, kept, report)
    return report


def _discard_unread(index: Index, kept: Mapping[str, Path], report: IngestReport) -> None:
    """Delete the copies of what is no document; the report calls them by the names they had."""
    stored = {info.source for info in index.documents()}
    for source, path in kept.items():
        if source not in stored:
            name = document_name(source)
            discard_upload(index.path, path)
            report.outcomes = [
                _called(outcome, path, name) if outcome.source == source else outcome
                for outcome in report.outcomes
            ]


def _called(outcome: FileOutcome, path: Path, name: str) -> FileOutcome:
    message = outcome.message.replace(outcome.source, name).replace(path.name, name)
    return replace(outcome, source=name, message=message)


def read_again(index: Index, sources: Sequence[str], **options: Any) -> IngestReport:
    """Read the files of these documents anew, even those that have not changed.

    A document whose file is gone stays as it is, and is reported.

    Args:
        index: the knowledge base.
        sources: of documents in it.
        **options: of `ingest_paths`.
    """
    return ingest_paths(index, [unshown(source) for source in sources], again=True, **options)


def remove_documents(
    index: Index, sources: Sequence[str], *, wait_seconds: float = 0.0, wipe: bool = True
) -> IngestReport:
    """Take documents out, wipe their words from the files, delete the copies of uploaded ones.

    Args:
        index: the knowledge base.
        sources: of documents in it; others are passed over. The report calls them by name.
        wait_seconds: how long to wait for another writer.
        wipe: overwrite the words in the file, which rewrites all of it; else they are left there,
            unused, until their place is needed.

    Raises:
        StoreLockedError: another process writes.
    """
    report = IngestReport()
    with index.writing(wait_seconds=wait_seconds):
        for source in sources:
            if index.remove([source]):
                report.outcomes.append(FileOutcome(document_name(source), "removed"))
            discard_upload(index.path, unshown(source))
        try:
            index.publish()
            if wipe:
                index.catalog.vacuum()
        except StoreDamagedError:
            raise
        except StoreError as error:
            report.warnings.append(str(error))
    return report


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", words).casefold())
