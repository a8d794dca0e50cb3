"""The thread that owns the model process: starts it, feeds it what it has room for, ends it.

All state of the process lives in this one thread, so nothing can be torn between threads; others
only append to the queue and wake it. It also reads the replies while nobody listens, so a slow
or vanished reader never keeps the next request waiting.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from ..errors import ModelError
from .failures import Breaker, crashed, failed, not_started, overdue
from .job import Job, ModelSpec, WorkerLimits
from .probe import Probe
from .process import ChildProcess
from .protocol import Cancel, Failed, Load, Message, Piece, Quit, Ready, Reply
from .waiting import WaitingJobs

__all__ = ["Supervisor"]

_IDLE = 3600.0  # seconds; there is always something that wakes the thread earlier
_FAULTS = {"SIGSEGV", "SIGILL", "SIGBUS"}  # of an instruction that the processor does not have
_GOODBYE = 1.0  # seconds a process may take to leave when told to


class Supervisor:
    """See the module; `submit`, `cancel`, `position` and `close` may be called by any thread."""

    def __init__(
        self, command: Sequence[str], model: ModelSpec, limits: WorkerLimits, probe: Probe
    ) -> None:
        self._command, self._model, self._limits, self._probe = command, model, limits, probe
        self._lock = threading.RLock()  # a finalizer may cancel inside any allocation
        self._waiting = WaitingJobs(limits, self._lock)
        self._thread: threading.Thread | None = None
        self._closing = False
        self._wake_read, self._wake_write = -1, -1
        # From here on only the thread touches what follows.
        self.ready: Ready | None = None
        self.pid: int | None = None
        self._child: ChildProcess | None = None
        self._running: dict[int, Job] = {}
        self._loading = self._probing = self.repack = False
        self._breaker = Breaker(limits.crashes, limits.crash_seconds)
        self._number = 0

    def submit(self, job: Job) -> None:
        """Put a job at the end of the queue and see to it that someone works on it.

        Raises:
            ModelBusyError: the queue is full.
        """
        with self._lock:
            self._waiting.add(job)
            if self._thread is None:
                self._closing = False
                self._wake_read, self._wake_write = os.pipe()
                os.set_blocking(self._wake_write, False)
                self._thread = threading.Thread(target=self._run, name="rag-worker", daemon=True)
                self._thread.start()
            self._wake()

    def cancel(self, job: Job) -> None:
        """Stop a job wherever it is; a running one is answered within one token."""
        with self._lock:
            job.cancelled = True
            self._wake()

    @property
    def busy(self) -> bool:
        """Whether anybody waits for the process."""
        with self._lock:
            return bool(self._running) or bool(self._waiting)

    def position(self, job: Job) -> int:
        """How many jobs were asked before this one and wait, too, plus 1; 0 once it is at work.

        Nobody is before the first one that waits while the model is loaded.
        """
        place = self._waiting.position(job)
        return place if self.ready is not None else max(0, place - 1)

    def close(self) -> None:
        """End the process; jobs that wait are told. A later `submit` starts anew."""
        with self._lock:
            thread = self._thread
            self._closing = True
            self._wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _wake(self) -> None:
        if self._thread is not None:
            try:
                os.write(self._wake_write, b"!")
            except BlockingIOError:
                return  # a full pipe wakes as well

    def _run(self) -> None:
        try:
            while not self._closing:
                now = time.monotonic()
                self._waiting.expire(now)
                self._watch(now)
                self._start_and_feed()
                self._wait()
        finally:
            self._end()

    def _watch(self, now: float) -> None:
        child = self._child
        if child is None:
            return
        for job in self._running.values():
            if job.cancelled and not job.told:
                job.told = True
                job.seconds = self._limits.grace_seconds
                job.deadline = min(job.deadline, now + job.seconds)
                child.send(Cancel(job.id))
        # What has the process for itself keeps the others from being ended: only its time counts.
        jobs = [*self._running.values()]
        alone = [job for job in jobs if job.alone]
        if any(now >= job.deadline for job in alone or jobs):
            child.kill()
            self._on_death(late=True)

    def _start_and_feed(self) -> None:
        if self._loading:
            return
        if self._child is not None:
            slots = self.ready.slots if self.ready is not None else 1
            with self._lock:  # for `busy`: nothing is neither waiting nor running
                while job := self._waiting.take([*self._running.values()], slots):
                    self._run_job(job)
            return
        if not self._waiting:
            return
        if self._breaker.error() is not None:
            self._fail_all(self._breaker.error)
        else:
            choice = self._model.use_extra_bufts
            if choice is None:
                choice = self._probe.recall().use_extra_bufts
            self._load(repack=choice is not False, canary=choice is None)

    def _run_job(self, job: Job) -> None:
        assert self._child is not None  # noqa: S101
        self._number += 1
        job.id, job.state = self._number, "running"
        job.begun = time.monotonic()
        job.deadline = job.begun + job.seconds
        self._running[job.id] = job
        self._child.send(job.make(job.id))

    def _load(self, *, repack: bool, canary: bool) -> None:
        try:
            self._child = ChildProcess(self._command)
        except OSError as error:
            self._breaker.count(str(error))
            self._fail_all(partial(not_started, self._command, error))
            return
        self.pid, self.ready = self._child.pid, None
        self._loading, self.repack = True, repack
        # Only what was never tried may be blamed on the processor: memory runs out, people kill.
        self._probing = canary and repack and self._model.use_extra_bufts is None
        model, known = self._model, self._probe.recall()
        cores = len(os.sched_getaffinity(0))  # perhaps fewer than when it was tuned
        flash = model.flash_attention
        if flash is None:
            flash = known.flash_attention or False

        def request(number: int) -> Load:
            return Load(
                number,
                str(model.path),
                self._probe.model,
                n_ctx=model.n_ctx,
                slots=model.slots,
                n_threads=model.n_threads or min(known.n_threads or 0, cores),
                flash_attention=flash,
                keys=model.keys or known.keys or "f16",
                weights=model.weights or known.weights or model.usual_weights,
                copies=str(self._probe.copies),
                use_extra_bufts=repack,
                canary=canary,
            )

        self._run_job(Job(request, self._limits.load_seconds, "load"))

    def _wait(self) -> None:
        """Sleep until something happens or is due, then take the replies."""
        child = self._child
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        for descriptor, events in child.interests() if child is not None else ():
            poll.register(descriptor, events)
        happened = {descriptor for descriptor, _ in poll.poll(self._next_deadline() * 1000)}
        if self._wake_read in happened:
            os.read(self._wake_read, 4096)
        if child is None or not happened - {self._wake_read}:
            return
        child.flush()
        for message in child.receive():
            self._on_message(message)
        if child.ended and self._child is child:
            self._on_death(late=False)

    def _next_deadline(self) -> float:
        """Seconds until something is due; what waits for room is woken by a reply."""
        if self._waiting and self._child is None and not self._closing:
            return 0.0
        deadlines = self._waiting.deadlines() + [job.deadline for job in self._running.values()]
        return max(0.0, min([_IDLE, *(at - time.monotonic() for at in deadlines)]))

    def _on_message(self, message: Message) -> None:
        if not isinstance(message, Reply):
            return
        job = self._running.get(message.id)
        if job is None:
            return
        if isinstance(message, Piece):
            job.put(message)
            return
        del self._running[job.id]
        if job.alone:
            now = time.monotonic()
            for other in self._running.values():
                other.deadline += now - max(job.begun, other.begun)
        if isinstance(message, Ready):
            self.ready, self._loading = message, False
            if self._model.use_extra_bufts is None:
                self._probe.remember(use_extra_bufts=self.repack)
        elif isinstance(message, Failed) and self._loading:
            self._part()
            self._fail_all(lambda: failed(message))
        else:
            job.put(failed(message) if isinstance(message, Failed) else message)

    def _on_death(self, *, late: bool) -> None:
        assert self._child is not None  # noqa: S101
        death = self._child.reap(_GOODBYE)
        running, loading, now = [*self._running.values()], self._loading, time.monotonic()
        self._child = self.pid = self.ready = None
        self._running, self._loading = {}, False
        if loading and self._probing and death.signal in _FAULTS and not late:
            self._load(repack=False, canary=True)
            return
        self._breaker.count("no answer in time" if late else str(death))
        if loading:
            seconds = self._limits.load_seconds
            self._fail_all(lambda: overdue("loading", seconds) if late else crashed(death))
            return
        for job in running:
            slow = late and now >= job.deadline
            job.put(overdue("its answer", job.seconds) if slow else crashed(death))

    def _fail_all(self, error: Callable[[], ModelError | None]) -> None:
        for job in self._waiting.drain():
            reason = error()  # one exception for each: a traceback belongs to one thread
            job.put(reason if reason is not None else ModelError("The model is not available."))

    def _part(self) -> None:
        """Let the process go, politely first."""
        child, self._child = self._child, None
        self._running, self._loading, self.pid, self.ready = {}, False, None, None
        if child is not None:
            child.send(Quit())
            child.reap(_GOODBYE)

    def _end(self) -> None:
        running = [*self._running.values()]
        self._part()
        with self._lock:
            left = [*running, *self._waiting.drain()]
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._thread = None
        for job in left:
            job.put(ModelError("The model was closed before it answered; open it again."))
