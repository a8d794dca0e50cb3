"""An answer under way: iterate it for text, then ask it for the `Answer`."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

from ingest import IngestError
from memory import ConversationError

from .answer import Answer
from .errors import RagError
from .stage import Stage
from .watch import Watch

__all__ = ["Reply"]


class Reply:
    """Text as it comes, and the whole answer at the end; iterate it once, in one thread.

    Nothing is searched or generated before the first piece is asked for. Asking for `answer`
    reads what is left. While one thread iterates, others may ask for the `stage`, or cancel.
    """

    def __init__(self, work: Generator[str, None, Answer], watch: Watch | None = None) -> None:
        self._work = work
        self._watch = watch or Watch()
        self._answer: Answer | None = None
        self._error: RagError | IngestError | ConversationError | None = None
        self._over = False
        self._inside = threading.Lock()  # a generator takes one thread at a time

    def __iter__(self) -> Iterator[str]:
        """Pieces of text in order, as they come; the answer's own text carries the citations.

        Raises:
            RagError: the model failed; nothing was recorded.
        """
        while not self._over:
            try:
                with self._inside:
                    piece = next(self._work)
            except StopIteration as end:
                self._answer, self._over = end.value, True
            except (RagError, IngestError, ConversationError) as error:
                cancelled, self._over = self._over, True
                if not cancelled:  # nobody wants to hear of an answer that was stopped
                    self._error = error
                    raise
            else:
                if not self._over:
                    yield piece
        if self._answer is None:
            with self._inside:
                self._work.close()

    @property
    def stage(self) -> Stage:
        """What is being done at this moment."""
        return self._watch.stage

    @property
    def answer(self) -> Answer:
        """The whole answer.

        Raises:
            RagError: the model failed, now or while the text was read, or the reply was cancelled.
        """
        for _ in self:
            pass
        if self._error is not None:
            raise self._error
        if self._answer is None:
            raise RagError("The reply was cancelled; ask again.")
        return self._answer

    def cancel(self) -> None:
        """Stop within a token; nothing is recorded. Any thread may call it.

        A reply that has come to its end keeps its answer.
        """
        self._over = True
        self._watch.stop()
        if self._inside.acquire(blocking=False):
            try:
                self._work.close()
            finally:
                self._inside.release()
        # else another thread reads: it sees the mark after this piece, and closes
