"""A request handed to the model process: its place in the queue, its pieces, its end."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

from ..errors import ModelError
from .job import Job
from .protocol import Done, Piece
from .supervisor import Supervisor

__all__ = ["Generation", "TextSoFar", "UnderWay", "abandon"]


class UnderWay:
    """A request on its way, for any thread: its place in the queue, and a way to stop it."""

    def __init__(self, supervisor: Supervisor, job: Job) -> None:
        self._supervisor, self._job = supervisor, job

    @property
    def position(self) -> int:
        """Questions before this one; 0 once it is being answered."""
        return self._supervisor.position(self._job)

    def cancel(self) -> None:
        """Stop within one token."""
        abandon(self._supervisor, self._job)


class TextSoFar(ABC):
    """What came of an answer, and its end; leaving its `with` block stops the answer."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._done: Done | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel."""
        self.cancel()

    @property
    def text(self) -> str:
        """The text iterated so far."""
        return "".join(self._pieces)

    @property
    def done(self) -> Done:
        """Why and with what counts the answer ended.

        Raises:
            ModelError: the iteration is not over.
        """
        if self._done is None:
            raise ModelError("The answer is not over; iterate it to its end first.")
        return self._done

    @abstractmethod
    def cancel(self) -> None:
        """Stop; what was said stays."""


class Generation(UnderWay, TextSoFar):
    """An answer under way: iterate it for text, once, then ask it for `done`.

    The model goes on answering whether or not anybody iterates. Dropping the object, closing it
    or leaving its `with` block stops the answer.
    """

    def __init__(self, supervisor: Supervisor, job: Job, owner: object) -> None:
        super().__init__(supervisor, job)
        TextSoFar.__init__(self)
        self._owner = owner  # a worker ends its process when nobody holds it any more
        self._forget = weakref.finalize(self, abandon, supervisor, job)
        self._forget.atexit = False

    def __iter__(self) -> Iterator[str]:
        """Pieces of text as they come; they never cut a character.

        Raises:
            ModelError: the process died, took too long, or cannot read the prompt. What came
                before stays in `text`.
        """
        while self._done is None:
            reply = self._job.get()
            if isinstance(reply, Piece):
                self._pieces.append(reply.text)
                yield reply.text
            elif isinstance(reply, Done):
                self._done = reply

    def read(self) -> str:
        """Wait for the end and return the whole text."""
        for _ in self:
            pass
        return self.text

    def cancel(self) -> None:
        """Stop within one token; what was said stays, and `done.reason` is "cancelled"."""
        super().cancel()


def abandon(supervisor: Supervisor, job: Job) -> None:
    """Stop a request wherever it is; one that is over stays as it is."""
    if job.state != "over":
        supervisor.cancel(job)
