"""Answers that go on when nobody looks: started by one request, watched and stopped by others."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from ingest import IngestError
from memory import ConversationError

from .answer import Answer
from .errors import QuestionError, RagError
from .reply import Reply
from .stage import Stage

__all__ = ["Answering", "RunningAnswer"]

MOST = 256
"""Answers whose details are kept; the oldest go."""
_PATIENCE = 5.0  # seconds that closing waits for the models to hear it


class RunningAnswer:
    """One question on its way in a thread of its own; any thread may look at it.

    Attributes:
        question: as asked.
        session: the conversation.
        replaces: number of the turn that it takes the place of, or None.
        answer: once it is there and recorded, else None.
        error: what went wrong, else None; a stopped answer has neither.
        outdated: whether something was forgotten meanwhile that its details may show.
    """

    def __init__(self, question: str, session: str, reply: Reply, replaces: int | None) -> None:
        self.question, self.session, self.replaces = question, session, replaces
        self.answer: Answer | None = None
        self.error: RagError | IngestError | ConversationError | None = None
        self.outdated = False
        self._asked_to_stop = False
        self._reply = reply
        self._pieces: list[str] = []
        self._over = threading.Event()

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self._pieces)

    @property
    def stage(self) -> Stage:
        """What is being done at this moment."""
        return self._reply.stage

    @property
    def stopped(self) -> bool:
        """Whether it was stopped; one that was recorded before it heard that is answered."""
        return self._asked_to_stop and self.answer is None and self.error is None

    @property
    def over(self) -> bool:
        """Whether it has come to an end: answered, failed or stopped."""
        return self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; whether it came."""
        return self._over.wait(seconds)

    def stop(self) -> None:
        """Stop within a token; nothing is recorded. One that is over stays as it is."""
        if not self.over:
            self._asked_to_stop = True
            self._reply.cancel()

    def _run(self, keep: Callable[[Answer], None]) -> None:
        try:
            for piece in self._reply:
                self._pieces.append(piece)
            answer = self._reply.answer
            keep(answer)
            self.answer = answer
        except (RagError, IngestError, ConversationError) as error:
            if not self._asked_to_stop:
                self.error = error
        finally:
            if self.answer is None and self.error is None and not self._asked_to_stop:
                self.error = RagError("The answer broke off; see the log of the program.")
            self._over.set()


class Answering:
    """The answers under way, one for each conversation, and the details of the last ones.

    Args:
        erasures: how often something was forgotten in the log of the conversations; details that
            are older than the last time are gone, whoever forgot it, and wherever.
    """

    def __init__(self, erasures: Callable[[], int] = lambda: 0) -> None:
        self._lock = threading.Lock()
        self._erasures = erasures
        self._running: dict[tuple[str, str], RunningAnswer] = {}
        self._details: OrderedDict[tuple[str, int], tuple[int, Answer]] = OrderedDict()
        self._closed = False

    def start(
        self,
        ask: Callable[[], Reply],
        question: str,
        *,
        user: str,
        session: str,
        replaces: int | None = None,
    ) -> RunningAnswer:
        """Begin an answer.

        Args:
            ask: makes the reply; nothing of it is read where this is refused.
            question: for those who look.
            user: whose.
            session: the conversation.
            replaces: number of the turn that it takes the place of.

        Raises:
            QuestionError: the conversation's last question is still being answered, or this was
                closed.
        """
        running = RunningAnswer(question, session, ask(), replaces)
        keep = partial(self._keep, user, running)
        thread = threading.Thread(target=running._run, args=(keep,), daemon=True, name="answer")
        with self._lock:
            found = self._running.get((user, session))
            if found is not None and not found.over:
                raise QuestionError(
                    f"{found.question!r} is still being answered; wait for it, or stop it."
                )
            if self._closed:
                raise QuestionError(f"{question!r} comes too late: the program is closing.")
            thread.start()
            self._running[user, session] = running
        return running

    def of(self, *, user: str, session: str) -> RunningAnswer | None:
        """The conversation's answer that is under way, or came to an end and was not seen off."""
        with self._lock:
            found = self._running.get((user, session))
            if found is not None and found.over and found.outdated:
                del self._running[user, session]
                return None
            return found

    def done_with(self, running: RunningAnswer, *, user: str) -> None:
        """Whoever waited for it has seen its end."""
        with self._lock:
            if self._running.get((user, running.session)) is running and running.over:
                del self._running[user, running.session]

    def details(self, turn: int, *, user: str) -> Answer | None:
        """The whole answer of a turn, where this program made it and still has it."""
        now = self._erasures()
        with self._lock:
            erased, answer = self._details.get((user, turn), (now, None))
            return answer if erased == now else None

    def stop(self, *, user: str, session: str | None = None, seconds: float = 5.0) -> None:
        """Stop a user's answers, of one conversation or of all, and wait so long for each.

        What is under way would otherwise be recorded after the conversation was forgotten.
        """
        with self._lock:
            running = [
                one
                for (owner, where), one in self._running.items()
                if owner == user and session in (None, where)
            ]
        for one in running:
            one.stop()
        for one in running:
            one.wait(seconds)

    def forget_all(self) -> None:
        """Drop the details of everybody's answers: a document that they may show was removed."""
        with self._lock:
            self._details.clear()

    def forget(self, *, user: str) -> None:
        """Drop the details of this user's answers: something that they show was forgotten."""
        with self._lock:
            for key in [key for key in self._details if key[0] == user]:
                del self._details[key]
            for (owner, _), running in self._running.items():
                running.outdated = running.outdated or owner == user

    def close(self) -> None:
        """Stop every answer, begin no other, and wait a moment for the models to hear it."""
        with self._lock:
            self._closed = True
            running = [*self._running.values()]
        for one in running:
            one.stop()
        deadline = time.monotonic() + _PATIENCE
        for one in running:
            one.wait(max(0.0, deadline - time.monotonic()))

    def _keep(self, user: str, running: RunningAnswer, answer: Answer) -> None:
        erased = self._erasures()
        with self._lock:
            if running.outdated:
                return
            self._details[user, answer.turn] = (erased, answer)
            while len(self._details) > MOST:
                self._details.popitem(last=False)
