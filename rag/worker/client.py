"""A language model as an object: ask it from any thread; when its process dies, ask again."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from ..errors import ModelError
from .generation import Generation, UnderWay, abandon
from .job import Job, ModelSpec, WorkerLimits
from .probe import Probe
from .process import CHILD
from .protocol import (
    Count,
    Done,
    Generate,
    Held,
    Prompt,
    Ready,
    Request,
    Sampling,
    Sleep,
    Tokens,
    Wake,
    Weigh,
    Weights,
)
from .supervisor import Supervisor

__all__ = ["Worker"]

_PATIENCE = 2.0  # seconds that somebody waits who leaves


class Worker:
    """One model in one child process, for any number of threads.

    As many answers as the model has slots are written side by side; the others wait in the order
    they came. The process is started by the first request, and again by the next one after it
    died. It ends with `stop`, with the object, or with the program, however that ends.

    Args:
        model: what to load.
        limits: times and numbers.
        command: the child's command line; the process id of the parent is added to it.
        state_folder: where it is remembered what the machine can do; the user's when None.
    """

    def __init__(
        self,
        model: ModelSpec,
        *,
        limits: WorkerLimits | None = None,
        command: Sequence[str] = CHILD,
        state_folder: Path | None = None,
    ) -> None:
        self.model = model
        self.probe = Probe.of_file(model.path, model.sha256, state_folder)
        self._limits = limits or WorkerLimits()
        self._supervisor = Supervisor(command, model, self._limits, self.probe)
        self._close = weakref.finalize(self, self._supervisor.close)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None when there is none."""
        return self._supervisor.pid

    @property
    def busy(self) -> bool:
        """Whether a request is waiting or under way."""
        return self._supervisor.busy

    @property
    def repacks(self) -> bool:
        """Whether weights are repacked for the processor; False where that proved to crash."""
        return self._supervisor.repack

    def start(self) -> Ready:
        """Load the model, unless it is loaded, and tell what it is.

        Raises:
            ModelError: the model cannot be loaded.
        """
        self.count([])
        ready = self._supervisor.ready
        if ready is None:
            raise ModelError("The model was closed while it was started; start it again.")
        return ready

    def stop(self) -> None:
        """End the process; requests under way fail. The next request starts it again."""
        self._supervisor.close()

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, as it is counted inside a prompt.

        Raises:
            ModelError: the process died or cannot be started.
        """
        return list(self._tokens(tuple(texts), None, with_ids=False).counts)

    def count_prompt(self, prompt: Prompt) -> int:
        """Number of tokens that `prompt` takes of the context, template included.

        Raises:
            ModelError: the process died, or the template cannot be rendered.
        """
        return self._tokens((), prompt, with_ids=False).counts[0]

    def token_ids(self, prompt: Prompt) -> tuple[int, ...]:
        """The tokens of `prompt` as the model reads them.

        Raises:
            ModelError: the process died, or the template cannot be rendered.
        """
        return self._tokens((), prompt, with_ids=True).ids[0]

    def generate(self, prompt: Prompt, sampling: Sampling | None = None) -> Generation:
        """Begin an answer; it takes its place in the queue now.

        Raises:
            ModelBusyError: the queue is full.
        """
        sampling = sampling or Sampling()
        if sampling.wall_seconds is None:
            sampling = replace(sampling, wall_seconds=self._limits.wall_seconds)
        asked = sampling
        job = Job(
            lambda number: Generate(number, prompt, asked),
            (asked.wall_seconds or 0.0) + self._limits.grace_seconds,
        )
        self._supervisor.submit(job)
        return Generation(self._supervisor, job, self)

    def weigh(
        self,
        prompt: Prompt,
        texts: Sequence[str],
        *,
        tracks: int = 12,
        track_tokens: int = 12,
        begun: Callable[[UnderWay], object] | None = None,
    ) -> Weights:
        """Wait for how likely an answer to `prompt` is to be each of `texts`.

        Leaving by an exception, such as Ctrl-C, cancels it; another thread cancels it by what
        `begun` was given, and the weights then say "cancelled".

        Args:
            prompt: what the model reads first.
            texts: each with the blank that stands before it.
            tracks: so many of the texts are read on, those that begin likeliest; at most 16.
            track_tokens: tokens of a text that are read at most.
            begun: called when it has taken its place in the queue.

        Raises:
            ModelError: the process died, took too long, or cannot read the prompt.
        """
        seconds = self._limits.wall_seconds
        job = Job(
            lambda number: Weigh(number, prompt, tuple(texts), tracks, track_tokens, seconds),
            seconds + self._limits.grace_seconds,
            "weigh",
        )
        self._supervisor.submit(job)
        try:
            if begun is not None:
                begun(UnderWay(self._supervisor, job))
            reply = job.get()
        finally:
            abandon(self._supervisor, job)
        if isinstance(reply, Done):  # cancelled before its turn had come
            return Weights(reply.id, reply.reason)
        if not isinstance(reply, Weights):
            raise ModelError(f"The model process answered {reply!r} when asked to weigh.")
        return reply

    def sleep(self, prompt: Prompt, path: Path) -> int:
        """Write to `path` what the model has read of `prompt`.

        Returns:
            How many of its tokens; 0 when it holds too few to be worth it, or the file cannot be
            written.

        Raises:
            ModelError: the process died or cannot be started, or no place in it was free within
                two seconds.
        """
        return self._hold(lambda number: Sleep(number, prompt, str(path)), _PATIENCE)

    def wake(self, prompt: Prompt, path: Path) -> int:
        """Have at hand what `sleep` wrote to `path`, so that `prompt` is read on from there.

        Returns:
            How many tokens of the prompt are at hand; a file of another model, another library or
            with other bytes than were written adds none.

        Raises:
            ModelError: the process died or cannot be started.
        """
        return self._hold(lambda number: Wake(number, prompt, str(path)))

    def _hold(self, make: Callable[[int], Request], patience: float | None = None) -> int:
        job = Job(make, self._limits.count_seconds, "hold", patience)
        self._supervisor.submit(job)
        reply = job.get()
        if not isinstance(reply, Held):
            raise ModelError(f"The model process answered {reply!r} about what it holds.")
        return reply.tokens

    def _tokens(self, texts: tuple[str, ...], prompt: Prompt | None, *, with_ids: bool) -> Tokens:
        job = Job(
            lambda number: Count(number, texts, prompt, with_ids),
            self._limits.count_seconds,
            "count",
        )
        self._supervisor.submit(job)
        reply = job.get()
        if not isinstance(reply, Tokens):
            raise ModelError(f"The model process answered {reply!r} when asked to count.")
        return reply
