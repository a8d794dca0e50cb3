"""Requests that wait for their turn, from any thread, until there is room, time or patience."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from ..errors import ModelBusyError
from .job import Job, WorkerLimits
from .protocol import Done

__all__ = ["WaitingJobs"]


class WaitingJobs:
    """A queue that counts may leave before answers.

    Args:
        limits: how many may wait, and for how long.
        lock: held while the queue is looked at. One for all that a finalizer may call: it can run
            inside any allocation, and of two locks it would take one in the wrong order.
    """

    def __init__(self, limits: WorkerLimits, lock: threading.RLock) -> None:
        self._limits, self._lock = limits, lock
        self._jobs: list[Job] = []

    def __len__(self) -> int:
        """How many wait."""
        return len(self._jobs)

    def add(self, job: Job) -> None:
        """Put a job at the end.

        Raises:
            ModelBusyError: the queue is full.
        """
        with self._lock:
            if len(self._jobs) >= self._limits.queue_length:
                raise ModelBusyError(
                    f"{len(self._jobs)} questions are waiting for the model already; "
                    "ask again in a moment."
                )
            wait = self._limits.queue_seconds if job.patience is None else job.patience
            job.deadline = time.monotonic() + wait
            self._jobs.append(job)

    def position(self, job: Job) -> int:
        """Its place, from 1; 0 when it does not wait."""
        with self._lock:
            return self._jobs.index(job) + 1 if job in self._jobs else 0

    def take(self, running: Sequence[Job], slots: int) -> Job | None:
        """The first that there is room for beside what is running, taken out."""
        answers = sum(job.kind == "answer" for job in running) >= slots
        alone = any(job.alone for job in running)
        full = {"answer": answers, "weigh": alone, "hold": answers or alone}
        with self._lock:
            job = next((job for job in self._jobs if not full.get(job.kind, False)), None)
            if job is not None:
                self._jobs.remove(job)
            return job

    def expire(self, now: float) -> None:
        """Answer and take out what was cancelled or has waited for too long."""
        with self._lock:
            over = [job for job in self._jobs if job.cancelled or now >= job.deadline]
            for job in over:
                self._jobs.remove(job)
        for job in over:
            job.put(
                Done(job.id, "cancelled")
                if job.cancelled
                else ModelBusyError(
                    "The model was busy with other questions for "
                    f"{job.patience or self._limits.queue_seconds:g} seconds; ask again later."
                )
            )

    def deadlines(self) -> list[float]:
        """Until when each may wait, on the monotonic clock."""
        with self._lock:
            return [job.deadline for job in self._jobs]

    def drain(self) -> list[Job]:
        """All of them, taken out."""
        with self._lock:
            jobs, self._jobs = self._jobs, []
            return jobs
