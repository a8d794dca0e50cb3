"""Long work that goes on when nobody looks, such as reading documents or fetching a model."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Literal

from ingest import IngestError, IngestInterrupted
from memory import ConversationError

from .errors import RagError

__all__ = ["Job", "JobState", "Jobs"]

JobState = Literal["waiting", "running", "done", "failed", "stopped"]

Work = Callable[["Job"], object]
MOST_ENDED = 20
"""Jobs that are over and still listed; the oldest go."""


class Job:
    """One piece of work in a thread of its own; any thread may look at it.

    Attributes:
        id: of this program's run.
        kind: what it is, such as "ingest"; jobs of one `lane` run one after the other.
        lane: what it works on.
        title: for people; may come from outside.
        state: see `JobState`.
        done: units of work behind it.
        total: units of all; 0 while nobody knows.
        current: what is in hand; may come from outside.
        result: what the work returned, None before its end; of stopped work what was done.
        error: what went wrong, "" otherwise.
        ended: when it ended, seconds of the epoch; 0.0 before.
    """

    def __init__(self, kind: str, lane: str, title: str) -> None:
        self.id = secrets.token_hex(8)
        self.kind, self.lane, self.title = kind, lane, title
        self.state: JobState = "waiting"
        self.done = self.total = 0
        self.current = ""
        self.result: object = None
        self.error = ""
        self.ended = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self.ended > 0.0

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long; whether it came."""
        return self._ended.wait(seconds)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not heard it yet."""
        return self._stop.is_set() and not self.over

    def tell(self, done: int, total: int, current: str = "") -> None:
        """The work says where it stands; this is where it hears that it shall stop.

        Raises:
            KeyboardInterrupt: it shall stop, as Ctrl-C would have it.
        """
        self.done, self.total, self.current = done, total, current
        if self._stop.is_set():
            raise KeyboardInterrupt

    def stop(self) -> None:
        """Ask the work to stop at the next point where it can; what is done stays done.

        One that waits never begins.
        """
        with self._lock:
            self._stop.set()
            if self.state == "waiting":
                self.state, self.ended = "stopped", time.time()
                self._ended.set()

    def run(self, work: Work) -> None:
        """Do the work in this thread, unless it was stopped before."""
        with self._lock:
            if self.over:
                return
            self.state = "running"
        try:
            self.result = work(self)
            self.state = "done"
        except IngestInterrupted as interrupted:
            self.result, self.state = interrupted.report, "stopped"
        except KeyboardInterrupt:
            self.state = "stopped"
        except (RagError, IngestError, ConversationError, OSError) as error:
            self.error, self.state = str(error), "failed"
        finally:
            if self.state == "running":
                self.error, self.state = "The work broke off; see the log of the program.", "failed"
            self.ended = time.time()
            self._ended.set()


class Jobs:
    """All jobs of a program, those that are over for a while, too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._last: dict[str, threading.Event] = {}  # of each lane: its last job is over

    def start(self, kind: str, lane: str, title: str, work: Work) -> Job:
        """Begin, or wait for the jobs before it in its lane."""
        job, over = Job(kind, lane, title), threading.Event()
        with self._lock:
            turn = partial(self._in_turn, job, work, self._last.get(lane), over)
            threading.Thread(target=turn, daemon=True, name=f"job {kind}").start()
            self._last[lane], self._jobs[job.id] = over, job
            ended = [known for known in self._jobs.values() if known.over]
            for old in sorted(ended, key=lambda known: known.ended)[:-MOST_ENDED]:
                del self._jobs[old.id]
        return job

    def _in_turn(
        self, job: Job, work: Work, before: threading.Event | None, over: threading.Event
    ) -> None:
        """Run it once the one before it has left the lane, even if it was stopped meanwhile."""
        if before is not None:
            before.wait()
        try:
            job.run(work)
        finally:
            over.set()
            with self._lock:
                if self._last.get(job.lane) is over:
                    del self._last[job.lane]

    def list(self, kind: str | None = None, lane: str | None = None) -> list[Job]:
        """Jobs of that kind and lane, None takes all; the oldest first."""
        with self._lock:
            return [
                job
                for job in self._jobs.values()
                if kind in (None, job.kind) and lane in (None, job.lane)
            ]

    def dismiss(self, job: Job) -> None:
        """List a job that is over no longer."""
        with self._lock:
            if job.over:
                self._jobs.pop(job.id, None)

    def close(self, seconds: float = 10.0) -> None:
        """Stop all jobs, and wait so long for them to hear it."""
        deadline = time.monotonic() + seconds
        for job in self.list():
            job.stop()
        while any(not job.over for job in self.list()) and time.monotonic() < deadline:
            time.sleep(0.05)
