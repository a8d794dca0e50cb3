"""A question and its conversation in; the pieces of its answer, and the whole of it, out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from ingest import Index, Reranker
from memory import Memory, Note, Notes, RecalledTurn, Turn

from .answer import Answer
from .aside import without_asides
from .cite import under_headings
from .clock import Clock
from .counting import token_counter
from .errors import QuestionError
from .language import language_of
from .look_up import LookedUp, forget_unused, look_up, told
from .models import LanguageModel, LocalModel
from .past import past_exchanges
from .remember import pinned
from .rewriting import Rewriter
from .search import PastExchange, Retrieval, respelled, retrieve
from .settings import Settings
from .still_said import check_still_said
from .strategies import write_answer
from .support import supported
from .thread import Thread, Threads
from .watch import Watch
from .writing import Draft, Task, write_memory, write_refusal

__all__ = ["Responder"]


@dataclass(frozen=True, slots=True)
class Responder:
    """Answers questions of one user: search, decide whether to answer, write.

    Attributes:
        index: the knowledge base.
        memory: of the conversations.
        model: answers; None answers by quotes.
        settings: of this question.
        user: whose conversations.
        notes: pinned notes of the users; None pins nothing.
        reranker: puts what was found in its own order; None leaves it.
        threads: what the model has read.
        watch: sees how the answer comes about.
        before: number of a turn; it and those after it are as if never said. None takes all.
    """

    index: Index
    memory: Memory
    model: LanguageModel | None
    settings: Settings
    user: str
    notes: Notes | None
    reranker: Reranker | None
    threads: Threads
    watch: Watch
    before: int | None = None

    def __call__(self, question: str, session: str) -> Generator[str, None, Answer]:
        """Pieces of text as they come, and the answer at the end; nothing is recorded."""
        model = self.model
        with model.in_use() if isinstance(model, LocalModel) else nullcontext():
            return (yield from self._answered(question, session))

    def _answered(self, question: str, session: str) -> Generator[str, None, Answer]:
        clock = Clock()
        erased = self.threads.erased(self.user)
        every = self.memory.history(user=self.user, session=session)
        history = [turn for turn in every if not self._replaced(turn, session)]
        if any(turn.number == self.before and turn.role != "user" for turn in every):
            raise QuestionError(
                f"Turn {self.before!r} of {session!r} is no question; replace the one before it."
            )
        past = past_exchanges(without_asides(history))
        reword = Rewriter(question, past, self.model, self.settings.rewrite, self.watch, clock)
        found = retrieve(
            self.index,
            question,
            past,
            k=self.settings.passages,
            reranker=self.reranker,
            reword=reword,
        )
        clock.lap("search")
        self.watch.found(found.wordings.texts, len(found.passages))
        support, enough = supported(found, self.settings.refuse_below)
        keep = partial(self.threads.keep, self.user, session, erased)
        task = self._task(question, session, every, found, keep)
        task, looked_up = self._look_up(task, past, enough=enough)
        if looked_up.pages:
            support, enough = supported(task.retrieval, self.settings.refuse_below)
            clock.lap("web")
        draft: Draft | None = None
        write = write_answer if enough else write_refusal
        for piece in write_memory(task, write, refused=not enough):
            if isinstance(piece, Draft):
                draft = piece
            else:
                yield piece
        if draft is None:
            raise QuestionError(f"Nothing was written for {question!r}; ask again.")
        if draft.strategy == "refusal" and (meant := self._meant(task.retrieval, past)):
            draft = replace(draft, workings=replace(draft.workings, meant=meant))
        draft = told(looked_up, draft, task.language)
        forget_unused(self.index, looked_up, draft)
        clock.lap("answer")
        self.watch.check()
        if self.threads.erased(self.user) != erased:
            check_still_said(
                self.memory, self.notes, self.user, history, self.watch.seen, draft.said
            )
        return self._whole(task, reword.counted(draft), support, clock)

    def _task(
        self,
        question: str,
        session: str,
        every: Sequence[Turn],
        found: Retrieval,
        keep: Callable[[Thread], None],
    ) -> Task:
        """What an answer is written from."""
        history = [turn for turn in every if not self._replaced(turn, session)]
        return Task(
            question,
            language_of(question),
            found,
            self.watch.recalling(partial(self._recall, question, session, every)),
            self.memory,
            self.index.embedder,
            self.watch.over(self.model),
            self.settings,
            self.watch.noting(partial(self._notes, session)),
            partial(self._pinned, session),
            session,
            every[-1].number + 1 if every else 1,
            self.threads.of(self.user, session, history),
            keep,
        )

    def _look_up(
        self, task: Task, past: Sequence[PastExchange], *, enough: bool
    ) -> tuple[Task, LookedUp]:
        """The task with what was found after pages of the internet were read for it, if need be."""
        engine, most = self.settings.web, self.settings.web_pages
        if enough or engine is None or _is_remembered(task):
            return task, LookedUp()
        found = task.retrieval
        looked_up = look_up(self.index, found, task.language, engine, most, self.watch)
        if looked_up.pages:
            asked = found.wordings
            found = retrieve(
                self.index,
                task.question,
                past,
                k=self.settings.passages,
                reranker=self.reranker,
                reword=lambda _: asked,
            )
            self.watch.found(found.wordings.texts, len(found.passages))
        return replace(task, retrieval=found), looked_up

    def _meant(self, refused: Retrieval, past: Sequence[PastExchange]) -> str:
        """The question with its misspellings mended, where that one is answered; else ""."""
        if not refused.sentences:
            return ""
        mended = respelled(refused.question, self.index)
        if mended == refused.question:
            return ""
        found = retrieve(self.index, mended, past, k=self.settings.passages, reranker=self.reranker)
        return mended if supported(found, self.settings.refuse_below)[1] else ""

    def _replaced(self, said: Turn | Note, session: str) -> bool:
        """Whether this is as if never said."""
        return self.before is not None and said.session == session and said.number >= self.before

    def _recall(self, question: str, session: str, every: Sequence[Turn]) -> list[RecalledTurn]:
        """The turns for the prompt, those left out that are being replaced.

        A summary never covers the last exchange, but may cover those before it.
        """
        budget = self.settings.memory_tokens
        found = self.memory.recall(question, user=self.user, session=session, budget=budget)
        replaced = [turn for turn in every if self._replaced(turn, session)]
        summed_up = sum(turn.role == "user" for turn in replaced) > 1
        return [
            item
            for item in found
            if not self._replaced(item.turn, session)
            and not (summed_up and item.turn.role == "summary")
        ]

    def _pinned(self, session: str) -> Sequence[Note]:
        notes = self.notes.list(user=self.user) if self.notes else ()
        return [note for note in notes if not self._replaced(note, session)]

    def _notes(self, session: str) -> str:
        every = self.notes.list(user=self.user) if self.notes else ()
        without = [note.id for note in every if self._replaced(note, session)]
        return pinned(self.notes, self.user, token_counter(self.model), without)

    def _whole(self, task: Task, draft: Draft, support: float, clock: Clock) -> Answer:
        used = task.model is not None and bool(draft.tokens)
        return Answer(
            question=task.question,
            text=draft.text,
            sentences=draft.sentences,
            citations=under_headings(draft.citations, self.index),
            strategy=draft.strategy,
            language=task.language,
            passages=task.retrieval.passages,
            searched=task.retrieval.wordings.texts,
            support=support,
            model=task.model.card.id if used and task.model is not None else "",
            tokens=MappingProxyType(dict(draft.tokens)),
            seconds=MappingProxyType(clock.seconds),
            said=draft.said,
            budget=draft.budget,
            workings=replace(draft.workings, rewrite=task.retrieval.wordings.rewrite),
            seen=self.watch.seen,
        )


def _is_remembered(task: Task) -> bool:
    """Whether notes or earlier turns answer what the documents do not; nobody is asked then."""
    said = write_memory(task, write_refusal, refused=True)
    return any(isinstance(piece, Draft) and piece.strategy != "refusal" for piece in said)
