"""An answer under way: iterate it for text, then ask it for the `Answer`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress

from ingest import IngestError
from memory import ConversationError

from .answer import Answer
from .errors import RagError

__all__ = ["Reply"]


class Reply:
    """Text as it comes, and the whole answer at the end; iterate it once, in one thread.

    Nothing is searched or generated before the first piece is asked for. Asking for `answer`
    reads what is left.
    """

    def __init__(self, work: Generator[str, None, Answer]) -> None:
        self._work = work
        self._answer: Answer | None = None
        self._error: RagError | IngestError | ConversationError | None = None
        self._over = False

    def __iter__(self) -> Iterator[str]:
        """Pieces of text in order, as they come; the answer's own text carries the citations.

        Raises:
            RagError: the model failed; nothing was recorded.
        """
        while not self._over:
            try:
                piece = next(self._work)
            except StopIteration as end:
                self._answer, self._over = end.value, True
            except (RagError, IngestError, ConversationError) as error:
                self._error, self._over = error, True
                raise
            else:
                if not self._over:
                    yield piece
        if self._answer is None:
            self._work.close()

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
        """Stop before the next piece; nothing is recorded. Any thread may call it.

        A reply that has come to its end keeps its answer.
        """
        self._over = True
        with suppress(ValueError):  # another thread reads: it sees the mark after this piece
            self._work.close()
