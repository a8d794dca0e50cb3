"""Paths go in; their documents stand in the index, and a report says what became of each file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from .document import Chunk, ParsedDocument
from .embedders.base import Vectors
from .errors import ParseError, StoreDamagedError, StoreError
from .index import documents as rows
from .index.index import Index
from .index.records import DocumentInfo, NewDocument, text_hash
from .parsers import ParseLimits, ParserProcess
from .read import RawFile, read_file
from .report import FileOutcome, IngestInterrupted, IngestReport, Progress
from .walk import Found, Skipped, shown, walk

__all__ = ["ingest_paths"]

_FLUSH_CHUNKS = 256
"""Chunks gathered over several documents before they are embedded together."""
_UNSEEN = ("changed", "unreadable")
"""Reasons that say nothing about what the file holds now; what is stored of it stays."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A document that waits for its vectors."""

    found: Found
    sha256: str
    size: int
    document: ParsedDocument
    chunks: tuple[Chunk, ...]
    known: bool


def ingest_paths(
    index: Index,
    paths: Iterable[str | PathLike[str]],
    *,
    prune: bool = False,
    again: bool = False,
    limits: ParseLimits | None = None,
    follow_links: bool = False,
    wait_seconds: float = 0.0,
    on_wait: Callable[[str], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Bring the index up to date with files and folders.

    A file whose bytes are stored already is left alone, a changed one is replaced, a bad one is
    reported with its reason and stops nothing. What the report calls added or updated survives
    kill -9. Running it twice changes nothing.

    Args:
        index: the knowledge base.
        paths: files and folders.
        prune: also take out documents below these folders whose files are gone.
        again: also read anew what has not changed; its old vectors serve where texts are equal.
        limits: of one file's parsing.
        follow_links: read what symbolic links outside their folder lead to.
        wait_seconds: how long to wait for another writer.
        on_wait: called with the other writer's description when waiting begins.
        on_progress: called after each file and each batch.

    Raises:
        IngestInterrupted: Ctrl-C; carries the report of what is committed.
        StoreLockedError: another process writes.
        EmbedderMismatchError: the knowledge base was built with another embedder.
    """
    with index.writing(wait_seconds=wait_seconds, on_wait=on_wait):
        index.claim()
        run = _Run(index, limits or ParseLimits(), on_progress, again=again)
        named = list(paths)
        entries = list(walk(named, follow_links=follow_links))
        return run.all(entries, _roots(named, entries) if prune else set())


def _roots(paths: Iterable[str | PathLike[str]], entries: Iterable[Found | Skipped]) -> set[Path]:
    """The folders that were looked through; a named one that is gone may be a disk unplugged."""
    named = {Path(path).resolve() for path in paths if Path(path).is_dir()}
    return named | {entry.root for entry in entries if isinstance(entry, Found)}


class _Run:
    """One run over a list of files."""

    def __init__(
        self,
        index: Index,
        limits: ParseLimits,
        on_progress: Callable[[Progress], None] | None,
        *,
        again: bool,
    ) -> None:
        self._again = again
        self._index = index
        self._limits = limits
        self._on_progress = on_progress
        self._splitter = index.splitter.fingerprint()
        self._embedder = index.embedder.fingerprint()
        self._stored = {info.source: info for info in index.documents()}
        self._pending: list[_Parsed] = []
        self._report = IngestReport()
        self._total = (0, 0)
        self._size = 0

    def all(self, entries: list[Found | Skipped], prunable: set[Path]) -> IngestReport:
        started = time.monotonic()
        self._total = (len(entries), sum(e.size for e in entries if isinstance(e, Found)))
        try:
            with ParserProcess(self._limits) as parser:
                for entry in entries:
                    self._tell(shown(entry.path))
                    self._take(entry, parser)
                    if sum(len(parsed.chunks) for parsed in self._pending) >= _FLUSH_CHUNKS:
                        self._flush()
                self._flush()
            self._prune(entries, prunable)
            self._publish()
            self._tell("")
        except KeyboardInterrupt as stop:
            self._report.left = len(entries) - self._report.seen
            self._report.seconds = time.monotonic() - started
            raise IngestInterrupted(self._report) from stop
        self._report.seconds = time.monotonic() - started
        return self._report

    def _tell(self, current: str) -> None:
        if self._on_progress is not None:
            files = len(self._report.outcomes)
            self._on_progress(
                Progress(
                    files, self._total[0], self._size, self._total[1], self._report.chunks, current
                )
            )

    def _take(self, entry: Found | Skipped, parser: ParserProcess) -> None:
        source = shown(entry.path)
        if isinstance(entry, Skipped):
            self._skip(source, ParseError(entry.reason, entry.message))
            return
        known = self._stored.get(source)
        try:
            raw = read_file(entry.path, self._limits.file_bytes)
        except ParseError as error:
            self._skip(source, error)
            return
        self._size += raw.size
        if known is not None and not self._again and self._is_current(known, raw):
            outcome = FileOutcome(source, "unchanged", pages=known.pages, chunks=known.chunks)
            self._report.outcomes.append(outcome)
            return
        try:
            document = parser.parse(raw.data, entry.path.name)
            chunks = tuple(c for page in document.pages for c in self._index.splitter.split(page))
            if not chunks:
                raise ParseError("empty", f"{source!r} holds no text; nothing was stored.")
        except ParseError as error:
            self._skip(source, error)
            return
        self._pending.append(
            _Parsed(entry, raw.sha256, raw.size, document, chunks, known is not None)
        )

    def _is_current(self, known: DocumentInfo, raw: RawFile) -> bool:
        made = (known.content_hash, known.splitter, known.embedder)
        return made == (raw.sha256, self._splitter, self._embedder)

    def _skip(self, source: str, error: ParseError) -> None:
        """Report it; a file that could be looked at is no longer what was stored under its name."""
        if source in self._stored and error.reason not in _UNSEEN:
            self._index.remove([source])
        outcome = FileOutcome(source, "skipped", reason=error.reason, message=str(error))
        self._report.outcomes.append(outcome)

    def _flush(self) -> None:
        """Embed what waits, all texts together, and commit document by document."""
        pending, self._pending = self._pending, []
        vectors = self._embed([chunk.text for parsed in pending for chunk in parsed.chunks])
        at = 0
        for parsed in pending:
            own = vectors[at : at + len(parsed.chunks)]
            at += len(parsed.chunks)
            document = self._new(parsed, own)
            self._index.commit(document)
            self._report.outcomes.append(
                FileOutcome(
                    document.source,
                    "updated" if parsed.known else "added",
                    pages=len(document.pages),
                    chunks=len(document.chunks),
                    notes=document.notes,
                )
            )
        if pending:
            self._tell(shown(pending[-1].found.path))

    def _embed(self, texts: list[str]) -> Vectors:
        """One row per text; texts that the catalog knows are not embedded again."""
        with self._index.catalog.read() as connection:
            known = rows.known_vectors(connection, texts, self._embedder)
        fresh = list(dict.fromkeys(text for text in texts if text_hash(text) not in known))
        if fresh:
            made = self._index.embedder.embed(fresh, "passage")
            known.update(zip(map(text_hash, fresh), made, strict=True))
        self._report.embedded += len(fresh)
        self._report.reused += len(texts) - len(fresh)
        if not texts:
            return np.empty((0, self._index.embedder.dimension), dtype=np.float32)
        return np.stack([known[text_hash(text)] for text in texts])

    def _new(self, parsed: _Parsed, vectors: Vectors) -> NewDocument:
        return NewDocument(
            source=shown(parsed.found.path),
            content_hash=parsed.sha256,
            title=parsed.document.title or shown(parsed.found.path.name),
            media_type=parsed.document.media_type,
            size=parsed.size,
            pages=parsed.document.pages,
            chunks=parsed.chunks,
            vectors=vectors,
            splitter=self._splitter,
            embedder=self._embedder,
            notes=parsed.document.notes,
        )

    def _prune(self, entries: list[Found | Skipped], roots: set[Path]) -> None:
        """Take out what stood below these folders and was not met there any more.

        What may lie in a folder that could not be listed stays.
        """
        met = {shown(entry.path) for entry in entries}
        unseen = {shown(e.path) for e in entries if isinstance(e, Skipped) and e.reason in _UNSEEN}
        below = {shown(root) for root in roots}
        for source in self._stored:
            parents = {str(parent) for parent in Path(source).parents}
            if source not in met and parents & below and not parents & unseen:
                self._index.remove([source])
                self._report.outcomes.append(FileOutcome(source, "removed"))

    def _publish(self) -> None:
        """Write the vector cache; without it everything is still there, so it only warns."""
        try:
            self._index.publish()
        except StoreDamagedError:
            raise
        except StoreError as error:
            self._report.warnings.append(str(error))
