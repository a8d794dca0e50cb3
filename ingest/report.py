"""What an ingest did, file by file; the counts add up to what was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from .errors import Reason

__all__ = ["FileOutcome", "IngestInterrupted", "IngestReport", "Progress", "Status"]

Status = Literal["added", "updated", "unchanged", "skipped", "removed"]


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file.

    Attributes:
        source: the path as stored and shown.
        status: "skipped" always comes with a reason; "removed" were stored and no longer exist.
        reason: code of a skipped file, else None.
        message: what, which, what to do; "" when there is nothing to say.
        pages: pages with text.
        chunks: chunks stored.
        notes: remarks of the parser, such as "decoded as gb18030".
    """

    source: str
    status: Status
    reason: Reason | None = None
    message: str = ""
    pages: int = 0
    chunks: int = 0
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class IngestReport:
    """The outcomes of one run.

    Attributes:
        outcomes: one per file, in the order they were settled.
        left: files not reached because the run was interrupted.
        seconds: wall time of the run.
        embedded: chunks that went through the embedder.
        reused: chunks whose vector was already known.
        warnings: what went wrong without harm to any document, such as a cache that found no room.
    """

    outcomes: list[FileOutcome] = field(default_factory=list)
    left: int = 0
    seconds: float = 0.0
    embedded: int = 0
    reused: int = 0
    warnings: list[str] = field(default_factory=list)

    def count(self, status: Status) -> int:
        """Files with this outcome."""
        return Counter(outcome.status for outcome in self.outcomes)[status]

    @property
    def seen(self) -> int:
        """Files the walk met: added + updated + unchanged + skipped + left."""
        return len(self.outcomes) - self.count("removed") + self.left

    @property
    def chunks(self) -> int:
        """Chunks stored by this run."""
        return sum(outcome.chunks for outcome in self.outcomes if outcome.status != "unchanged")

    @property
    def skipped(self) -> list[FileOutcome]:
        """The files that were not read, each with its reason."""
        return [outcome for outcome in self.outcomes if outcome.status == "skipped"]

    def as_dict(self) -> dict[str, object]:
        """Everything, as JSON-able values."""
        return {
            "seen": self.seen,
            "added": self.count("added"),
            "updated": self.count("updated"),
            "unchanged": self.count("unchanged"),
            "skipped": self.count("skipped"),
            "removed": self.count("removed"),
            "left": self.left,
            "chunks": self.chunks,
            "embedded": self.embedded,
            "reused": self.reused,
            "seconds": round(self.seconds, 3),
            "warnings": list(self.warnings),
            "files": [
                {
                    "source": outcome.source,
                    "status": outcome.status,
                    "reason": outcome.reason,
                    "message": outcome.message,
                    "pages": outcome.pages,
                    "chunks": outcome.chunks,
                    "notes": list(outcome.notes),
                }
                for outcome in self.outcomes
            ],
        }


class IngestInterrupted(KeyboardInterrupt):
    """The run was stopped by the user; what the report calls done is committed.

    Attributes:
        report: the outcomes so far, with `left` set.
    """

    def __init__(self, report: IngestReport) -> None:
        super().__init__(f"interrupted with {report.left} files left")
        self.report = report


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Attributes:
        files: files settled.
        total_files: files to settle.
        size: bytes settled.
        total_size: bytes to settle.
        chunks: chunks stored so far.
        current: the file in hand, as shown; "" at the end.
    """

    files: int
    total_files: int
    size: int
    total_size: int
    chunks: int
    current: str
