"""A question that is not asked in; what each kind of memory would put into its prompt, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest import Embedder
from memory import ConversationLog, Memory, Notes, RecalledTurn, make_memory, memory_kinds

from .counting import token_counter
from .language_model import LanguageModel
from .remember import NOTE_TOKENS, pinned
from .summarise import summariser

__all__ = ["CountedTurn", "WouldRecall", "would_pin", "would_recall"]


@dataclass(frozen=True, slots=True)
class CountedTurn:
    """A turn that would be recalled.

    Attributes:
        item: the turn, its score and why.
        tokens: that it adds to the prompt.
    """

    item: RecalledTurn
    tokens: int


@dataclass(frozen=True, slots=True)
class WouldRecall:
    """What one kind of memory would put into a prompt.

    Attributes:
        kind: as a user writes it; "notes" for the pinned notes, which every kind stands beside.
        tokens: of the prompt's text.
        budget: tokens that it may have at most.
        turns: in the order to print them.
        prompt: the text as the model would read it.
    """

    kind: str
    tokens: int
    budget: int
    turns: tuple[CountedTurn, ...]
    prompt: str


def would_recall(
    log: ConversationLog,
    question: str,
    *,
    user: str,
    session: str,
    budget: int,
    kinds: Sequence[str] | None = None,
    model: LanguageModel | None = None,
    embedder: Embedder | None = None,
) -> list[WouldRecall]:
    """What each kind would recall for a question; nothing is asked, recorded or forgotten.

    Args:
        log: of the conversations.
        question: that would be asked.
        user: whose.
        session: the conversation it would be asked in.
        budget: tokens for recalled turns, 0 or more.
        kinds: names of `memory_kinds`; None takes all of them.
        model: counts the tokens, and is loaded for that; None estimates them.
        embedder: of the kinds that use vectors; None lets them go by words alone.

    Raises:
        OptionError: a kind is unknown, or the budget is below 0.
        LogError: or a child of it: the log cannot be read.
    """
    count, found = token_counter(model), []
    for kind in memory_kinds() if kinds is None else kinds:
        memory = make_memory(
            kind, log, count_tokens=count, embedder=embedder, summarise=summariser(model)
        )
        items = memory.recall(question, user=user, session=session, budget=budget)
        found.append(_counted(memory, items, budget, count))
    return found


def would_pin(
    log: ConversationLog, *, user: str, model: LanguageModel | None = None
) -> WouldRecall:
    """The pinned notes that would stand in a prompt, whatever the kind of memory."""
    count = token_counter(model)
    text = pinned(Notes(log), user, count)
    return WouldRecall("notes", count(text) if text else 0, NOTE_TOKENS, (), text)


def _counted(
    memory: Memory, items: Sequence[RecalledTurn], budget: int, count: Callable[[str], int]
) -> WouldRecall:
    before, turns = 0, []
    for at, item in enumerate(items, 1):
        total = count(memory.render(items[:at]))
        turns.append(CountedTurn(item, total - before))
        before = total
    return WouldRecall(memory.name, before, budget, tuple(turns), memory.render(items))
