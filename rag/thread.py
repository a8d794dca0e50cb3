"""What a model has read of a conversation, so that the next prompt only grows at its end.

The key-value cache of all that came before is then used again: a follow-up pays for its new
passages and its question alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ingest import Index, Passage
from memory import Memory, Turn

from .cite import strip_markers
from .language import Language
from .worker import ChatTurn

__all__ = ["Thread", "Threads"]

MOST = 64
"""Conversations whose threads are kept; the one not used for longest goes."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One prompt and the answers to it; without turns, nothing was read yet.

    Attributes:
        turns: as the chat template gets them, the system text first.
        language: of the system text.
        passages: shown in it, in the order of their numbers, from 1.
        asked: for each of its questions the number that its turn has in the log, and the question.
        recalled: ids of the earlier turns that are printed in it.
        notes: the pinned notes as they are printed last.
    """

    turns: tuple[ChatTurn, ...] = ()
    language: Language = "en"
    passages: tuple[Passage, ...] = ()
    asked: tuple[tuple[int, str], ...] = ()
    recalled: frozenset[int] = frozenset()
    notes: str = ""

    def holds(self, turn: Turn, session: str) -> bool:
        """Whether it has printed or spoken this turn."""
        own = turn.session == session and bool(self.asked) and turn.number >= self.asked[0][0]
        return own or turn.id in self.recalled

    def answered(self, text: str) -> Thread:
        """With the model's answer at its end."""
        return replace(self, turns=(*self.turns, ChatTurn("assistant", text)))

    def caught_up(self, history: Sequence[Turn]) -> Thread:
        """With the exchanges that were answered without the model since.

        Empty when a question that it read is no longer in the log: what was forgotten must not
        reach a prompt, and what was asked anew has another answer.

        Args:
            history: every turn of the session, oldest first.
        """
        if not self.asked:
            return Thread()
        texts = {turn.number: turn.text for turn in history if turn.role == "user"}
        answers = {turn.number for turn in history if turn.role == "assistant"}
        for number, question in self.asked:
            if question not in texts.get(number, "") or number + 1 not in answers:
                return Thread()
        thread = self
        for turn in history:
            if turn.number <= self.asked[-1][0] + 1:
                continue
            asked = ((turn.number, turn.text),) if turn.role == "user" else ()
            text = turn.text if turn.role == "user" else strip_markers(turn.text)
            said = ChatTurn("user" if turn.role == "user" else "assistant", text)
            if said.role == thread.turns[-1].role:
                return Thread()  # a template may refuse two turns of one speaker
            thread = replace(thread, turns=(*thread.turns, said), asked=(*thread.asked, *asked))
        return thread if thread.turns[-1].role == "assistant" else Thread()


class Asleep(Protocol):
    """Threads on the disk; see `SleepingThreads`."""

    def put(self, user: str, session: str, erased: int, thread: Thread) -> int:
        """Keep one; how many tokens need not be read again."""

    def take(self, user: str, session: str) -> tuple[int, Thread]:
        """`erased` and the thread as they were put; empty for none."""


class Threads:
    """The threads of the latest conversations; safe for several threads.

    Args:
        memory: of the conversations; one that does not count what is forgotten (`erasures`) gets
            no threads, since they could bring forgotten words back.
        index: of their documents.
        asleep: threads on the disk, None keeps them in memory only.
    """

    def __init__(self, memory: Memory, index: Index, asleep: Asleep | None = None) -> None:
        self._lock = threading.Lock()
        self._asleep = asleep
        self._kept: OrderedDict[tuple[str, str], tuple[int, Thread]] = OrderedDict()
        self._index = index
        self._erasures: Callable[..., int] | None = getattr(memory, "erasures", None)

    def of(self, user: str, session: str, history: Sequence[Turn]) -> Thread:
        """The thread of a conversation, empty unless all that it printed is still to be read.

        What the user forgot, and what a removed or renewed document said, ends it.
        """
        with self._lock:
            kept = self._kept.get((user, session))
        if kept is None and self._asleep is not None and history:
            kept = self._asleep.take(user, session)
        erased, thread = kept or (0, Thread())
        if erased != self.erased(user):
            thread = Thread()
        thread = thread.caught_up(history)
        shown = [passage.chunk_id for passage in thread.passages]
        if len(self._index.passages(shown)) < len(shown):
            thread = Thread()
        if not thread.turns:
            with self._lock:
                self._kept.pop((user, session), None)
        return thread

    def erased(self, user: str) -> int:
        """The count to `keep` a thread with; take it before anything is read for its prompt."""
        return self._erasures(user=user) if self._erasures is not None else 0

    def keep(self, user: str, session: str, erased: int, thread: Thread) -> None:
        """Keep it in place of the one before.

        Args:
            user: whose conversation.
            session: the conversation.
            erased: `erasures` when its prompt was made.
            thread: with its last answer.
        """
        if self._erasures is None:
            return
        with self._lock:
            self._kept[user, session] = (erased, thread)
            self._kept.move_to_end((user, session))
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def sleep(self, user: str, session: str) -> int:
        """Put one conversation to sleep; how many tokens need not be read again when it wakes."""
        with self._lock:
            kept = self._kept.get((user, session))
        if kept is None or self._asleep is None:
            return 0
        return self._asleep.put(user, session, *kept)

    def sleep_latest(self, most: int) -> None:
        """Put the conversations to sleep that were used last."""
        with self._lock:
            latest = [*self._kept][-most:] if most > 0 else []
        for user, session in latest:
            self.sleep(user, session)
