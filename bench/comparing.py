"""One measure of ours beside a peer's in a row; what both were measured with."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from rag.worker import ModelSpec, Worker
from rag.worker.requests import WeightType

__all__ = ["LARGE", "SMALL", "THREADS", "Job", "Row", "line", "machine", "words"]

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = "smollm2", "random-1.5b"
WIDE = 118  # characters of the first column
THREADS = min(len(os.sched_getaffinity(0)), 8)


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        reach: what the ratio should reach, such as "≤ 0.5"; "+5 ms" limits the difference.
    """

    model: str
    measure: str
    peer: float
    ours: float
    reach: str = ""

    @property
    def ratio(self) -> float:
        """Ours by the peer's."""
        return self.ours / self.peer if self.peer else float("nan")

    @property
    def reached(self) -> bool | None:
        """Whether it does; None when nothing is asked."""
        if not self.reach:
            return None
        if self.reach.startswith("+"):
            return self.ours - self.peer <= float(self.reach[1:].split()[0])
        limit = float(self.reach[2:])
        return self.ratio <= limit if self.reach[0] == "≤" else self.ratio >= limit


@dataclass(frozen=True)
class Job:
    """What a section works with."""

    name: str
    path: Path
    quick: bool
    state: Path
    weights: WeightType = "file"

    def worker(self, n_ctx: int, slots: int = 1) -> Worker:
        """A worker for the model, to be started."""
        spec = ModelSpec(
            self.path, n_ctx=n_ctx, slots=slots, n_threads=THREADS, weights=self.weights
        )
        return Worker(spec, state_folder=self.state)


def words() -> list[str]:
    """Of an English sample document."""
    path = ROOT / "sample_docs" / "amundsen-south-pole.md"
    return path.read_text("utf-8").split()


def machine() -> str:
    """Processor, threads and library, in a line."""
    import llama_cpp

    info = Path("/proc/cpuinfo").read_text("utf-8", "replace") if sys.platform == "linux" else ""
    names = [line.partition(":")[2] for line in info.splitlines() if line.startswith("model name")]
    cpu = names[0].strip() if names else "processor unknown"
    busy = os.getloadavg()[0]
    return f"{cpu}, {THREADS} threads, llama_cpp {llama_cpp.__version__}, load {busy:.1f} at start"


def line(row: Row | None = None) -> str:
    """A row of the table; without one, its head."""
    if row is None:
        return f"{'measure':{WIDE}} {'peer':>9} {'ours':>9} {'ratio':>7}  reach"
    label = f"{row.model}; {row.measure}"
    met = {None: "", True: " yes", False: " NO"}[row.reached]
    figures = f"{row.peer:9.3f} {row.ours:9.3f} {row.ratio:7.3f}"
    return f"{label:{WIDE}} {figures}  {row.reach}{met}".rstrip()
