"""What a way of answering works with, and what it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest import Embedder
from memory import Memory, Note, RecalledTurn

from ..answer import Citation, Said, Sentence, Strategy
from ..budget import Budget
from ..language import Language
from ..models import LanguageModel
from ..search import Retrieval
from ..settings import Settings
from ..thread import Thread
from ..workings import Workings

__all__ = ["Draft", "Task", "Writing"]


@dataclass(frozen=True, slots=True)
class Task:
    """One question with all that is known when the answering begins.

    Attributes:
        question: as asked.
        language: of the question.
        retrieval: what was found.
        recall: fetches the turns that the memory wants in the prompt; counting their tokens starts
            the model, so only a way of answering that shows them to it asks.
        memory: renders them.
        embedder: for checking meanings.
        model: None answers by quotes.
        settings: of the assistant.
        notes: fetches the user's pinned notes for a prompt, one line each; counts tokens, too.
        pinned: fetches the same notes as they are kept, oldest first.
        session: the conversation.
        number: that the question's turn will have in it.
        thread: what the model has read of the conversation.
        keep: takes the thread with this question and its answer.
    """

    question: str
    language: Language
    retrieval: Retrieval
    recall: Callable[[], Sequence[RecalledTurn]]
    memory: Memory
    embedder: Embedder
    model: LanguageModel | None
    settings: Settings
    notes: Callable[[], str] = str
    pinned: Callable[[], Sequence[Note]] = tuple
    session: str = ""
    number: int = 1
    thread: Thread = field(default_factory=Thread)
    keep: Callable[[Thread], None] = lambda _thread: None


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer's words with their proof.

    Attributes:
        text: as shown, with markers.
        sentences: the same, sentence by sentence.
        citations: by number.
        strategy: how the words came about.
        tokens: counts of the model's work.
        budget: where the prompt's tokens went, None without a prompt of passages.
        said: what it quotes from notes and earlier turns.
        workings: the answer strategy, with what it kept of its work.
    """

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    strategy: Strategy
    tokens: Mapping[str, int] = field(default_factory=dict)
    budget: Budget | None = None
    said: tuple[Said, ...] = ()
    workings: Workings = field(default_factory=Workings)


Writing = Iterator[str | Draft]
"""Pieces of text as they are settled, and at the very end one `Draft`.

An empty piece says that work goes on unseen; whoever reads may leave then, which ends the work.
"""
