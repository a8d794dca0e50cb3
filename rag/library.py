"""What can be done with the knowledge bases of a shelf; whatever takes long goes on as a job."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ingest import Index, IngestReport, Progress, StoreLockedError

from .desk import Desk
from .errors import ShelfError
from .jobs import Job, Jobs
from .shelves import SUFFIX, KnowledgeBase, Shelf
from .stored_documents import read_again, remove_documents, upload_documents
from .uploads import document_name
from .web import ingest_all, is_address

__all__ = ["ExportedFile", "Library"]

_WAIT_SECONDS = 600.0  # for another process that writes
_LISTEN_SECONDS = 0.5  # how often a job that waits hears that it shall stop


class ExportedFile:
    """A knowledge base as one file in a folder of its own, which goes when nobody holds it.

    Attributes:
        path: the file, there until `discard`, or the end of the program.
        size: bytes.
    """

    def __init__(self, folder: Path, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._discard = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def discard(self) -> None:
        """Delete the file; doing it twice is fine."""
        self._discard()


class Library:
    """The work on knowledge bases.

    Jobs on one knowledge base run one after the other; their kinds are "ingest", "remove",
    "export" and "import". What they return is told with each method.

    Args:
        desk: whose open knowledge bases are worked on.
        shelf: which knowledge bases there are.
        jobs: where the work is listed.
    """

    def __init__(self, desk: Desk, shelf: Shelf, jobs: Jobs) -> None:
        self._desk, self._shelf, self._jobs = desk, shelf, jobs

    def jobs(self, kb: KnowledgeBase) -> list[Job]:
        """The jobs on a knowledge base, the oldest first."""
        return self._jobs.list(lane=str(kb.path))

    def imports(self) -> list[Job]:
        """The files being taken in, the oldest first."""
        return self._jobs.list(lane=str(self._shelf.folder))

    def add(self, kb: KnowledgeBase, named: Sequence[str | Path]) -> Job:
        """Read files and folders of this machine, and pages by their address; an `IngestReport`."""
        title = ", ".join(map(_title, named))
        return self._start("ingest", kb, title, partial(_ingest, ingest_all, named))

    def upload(self, kb: KnowledgeBase, files: Sequence[tuple[str, bytes]]) -> Job:
        """Keep and read uploaded files, a name and its bytes each; an `IngestReport`."""
        title = ", ".join(name for name, _ in files)
        return self._start("ingest", kb, title, partial(_ingest, upload_documents, files))

    def read_again(self, kb: KnowledgeBase, sources: Sequence[str]) -> Job:
        """Read the files of these documents anew; an `IngestReport`."""
        return self._start("ingest", kb, _names(sources), partial(_ingest, read_again, sources))

    def remove(self, kb: KnowledgeBase, sources: Sequence[str]) -> Job:
        """Take documents out for good; an `IngestReport`."""

        def work(index: Index, job: Job) -> IngestReport:
            job.tell(0, len(sources))
            return remove_documents(index, sources, wait_seconds=_WAIT_SECONDS)

        return self._start("remove", kb, _names(sources), work)

    def export(self, kb: KnowledgeBase) -> Job:
        """Write a knowledge base to one file, to be fetched or discarded; an `ExportedFile`."""

        def work(_: Index, job: Job) -> ExportedFile:
            folder = Path(tempfile.mkdtemp(prefix="recollect-export-"))
            with ExitStack() as undo:
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
                target = folder / f"knowledge-base{SUFFIX}"
                exported = ExportedFile(folder, self._shelf.export(kb.id, target, job.tell))
                undo.pop_all()
            return exported

        return self._start("export", kb, kb.name, work)

    def take_in(self, name: str, file: BinaryIO) -> Job:
        """Put the knowledge base of an exported file on the shelf; a `KnowledgeBase`.

        Args:
            name: of the file as it came; for people only.
            file: its bytes.
        """

        def work(job: Job) -> KnowledgeBase:
            with tempfile.NamedTemporaryFile(prefix="recollect-import-", suffix=SUFFIX) as copy:
                shutil.copyfileobj(file, copy)
                copy.flush()
                return self._shelf.import_file(Path(copy.name), None, job.tell)

        return self._jobs.start("import", str(self._shelf.folder), name, work)

    def delete(self, kb: KnowledgeBase) -> None:
        """Delete a knowledge base with its uploads.

        Raises:
            ShelfError: it lies elsewhere, holds the conversations, or there is work on it.
            StoreLockedError: somebody else writes to it.
        """
        if self.holds_conversations(kb):
            raise ShelfError(
                f"{kb.name!r} holds the conversations of this page, so it stays; "
                "remove its documents if you want none of them."
            )
        if any(not job.over for job in self.jobs(kb)):
            raise ShelfError(f"There is work under way on {kb.name!r}; wait for it, or stop it.")
        self._desk.release(kb.path)
        self._shelf.delete(kb.id)
        for job in self.jobs(kb):
            self.dismiss(job)

    def holds_conversations(self, kb: KnowledgeBase) -> bool:
        """Whether the conversation log lies in its folder."""
        return self._desk.log.path.absolute().parent == kb.path.absolute()

    def dismiss(self, job: Job) -> None:
        """List a job that is over no longer; an exported file goes with it."""
        if job.over and isinstance(job.result, ExportedFile):
            job.result.discard()
        self._jobs.dismiss(job)

    def _start(
        self, kind: str, kb: KnowledgeBase, title: str, work: Callable[[Index, Job], object]
    ) -> Job:
        def on_the_shelf(job: Job) -> object:
            self._shelf.find(kb.id)  # it may be deleted by now; opening it would make it anew
            return work(self._desk.index(kb.path), job)

        return self._jobs.start(kind, str(kb.path), title, on_the_shelf)


def _ingest(
    read: Callable[..., IngestReport], what: Sequence[object], index: Index, job: Job
) -> IngestReport:
    """Read as soon as no other process writes; the job tells how far it is."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        job.tell(0, 0)
        try:
            with index.writing(wait_seconds=_LISTEN_SECONDS):
                pass
            return read(index, what, on_progress=_teller(job))
        except StoreLockedError:
            if time.monotonic() > deadline:
                raise


def _teller(job: Job) -> Callable[[Progress], None]:
    """Counts a file as done when the next one is in hand; only the last ones wait for the end."""
    begun: dict[str, None] = {}

    def tell(progress: Progress) -> None:
        if not progress.current:  # all is stored: too late to stop
            job.done, job.total, job.current = progress.files, progress.total_files, ""
            return
        begun[progress.current] = None
        done = max(progress.files, len(begun) - 1)
        job.tell(
            min(done, progress.total_files), progress.total_files, document_name(progress.current)
        )

    return tell


def _title(named: str | Path) -> str:
    words = str(named).strip()
    return words if is_address(words) else Path(named).name or words


def _names(sources: Sequence[str]) -> str:
    return ", ".join(map(document_name, sources))
