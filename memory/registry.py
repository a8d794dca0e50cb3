"""A kind's name in, a memory out; nothing is imported until its kind is chosen."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .base import Memory
from .errors import OptionError
from .log import ConversationLog
from .render import Renderer, TokenCounter, estimate_tokens, render_turns
from .terms import TermFunction, index_terms, query_terms

if TYPE_CHECKING:
    from .vectors import TurnEmbedder

__all__ = ["ENTRY_POINT_GROUP", "KINDS", "make_memory", "memory_kinds", "open_memory"]

Summariser = Callable[[str], str]

ENTRY_POINT_GROUP = "recollect.memory"

KINDS: dict[str, str] = {
    "buffer": "memory.buffer:BufferMemory",
    "recall": "memory.recall:RecallMemory",
    "summary": "memory.summary:SummaryMemory",
    "vector": "memory.vector:VectorMemory",
    "window": "memory.window:WindowMemory",
}


def memory_kinds() -> list[str]:
    """Names of all kinds, sorted: our own, and those of installed packages."""
    return sorted({*KINDS, *(point.name for point in entry_points(group=ENTRY_POINT_GROUP))})


def make_memory(
    kind: str,
    log: ConversationLog,
    *,
    count_tokens: TokenCounter = estimate_tokens,
    render: Renderer = render_turns,
    embedder: TurnEmbedder | None = None,
    summarise: Summariser | None = None,
    **options: Any,
) -> Memory:
    """A memory of that kind over a log that is open already.

    `embedder` and `summarise` reach the kinds that take one; the others do without.

    A package adds a kind by an entry point in the group `recollect.memory`: a callable that takes
    `(log, *, count_tokens, render, **options)`. Our own names cannot be taken over.

    Raises:
        OptionError: the kind or an option is unknown, or an option is out of its range.
    """
    factory = _factory(kind)
    given: dict[str, Any] = {"count_tokens": count_tokens, "render": render, **options}
    signature = inspect.signature(factory)
    for name, helper in (("embedder", embedder), ("summarise", summarise)):
        if helper is not None and name in signature.parameters:
            given[name] = helper
    try:
        signature.bind(log, **given)
    except TypeError as error:
        known = [p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
        own = sorted(set(known) - {"count_tokens", "render", "embedder", "summarise"})
        raise OptionError(
            f"Memory {kind!r} cannot be made with {sorted(options)!r} ({error}); "
            f"its options are {own!r}."
        ) from error
    return cast(Memory, factory(log, **given))


def open_memory(
    path: str | Path,
    kind: str = "window",
    *,
    count_tokens: TokenCounter = estimate_tokens,
    render: Renderer = render_turns,
    index_terms: TermFunction = index_terms,
    query_terms: TermFunction | None = query_terms,
    embedder: TurnEmbedder | None = None,
    summarise: Summariser | None = None,
    **options: Any,
) -> Memory:
    """Open the conversation log at `path`, made if it is not there, as a memory of that kind.

    Args:
        path: the SQLite file.
        kind: one of `memory_kinds()`.
        count_tokens: text to its number of tokens; budgets are as exact as this is.
        render: recalled turns to the text that enters the prompt and is counted.
        index_terms: text to search terms, for what is stored.
        query_terms: the same for questions; None means `index_terms`.
        embedder: makes vectors for the kinds that use them; None lets them go by words alone.
        summarise: a prompt to a language model's words, for the kind that writes a summary; None
            lets it do without.
        options: the kind's own, such as `k` of "window".

    Raises:
        OptionError: the kind or an option is unknown, or an option is out of its range.
        LogError: or a child of it: the log cannot be opened.
    """
    _factory(kind)
    log = ConversationLog(path, index_terms=index_terms, query_terms=query_terms)
    with ExitStack() as undo:
        undo.callback(log.close)
        memory = make_memory(
            kind,
            log,
            count_tokens=count_tokens,
            render=render,
            embedder=embedder,
            summarise=summarise,
            **options,
        )
        undo.pop_all()
    return memory


def _factory(kind: str) -> Callable[..., object]:
    if kind in KINDS:
        module, _, name = KINDS[kind].partition(":")
        return cast(Callable[..., object], getattr(import_module(module), name))
    found: list[EntryPoint] = [p for p in entry_points(group=ENTRY_POINT_GROUP) if p.name == kind]
    if not found:
        raise OptionError(f"Memory kind {kind!r} is unknown; choose one of {memory_kinds()!r}.")
    try:
        return cast(Callable[..., object], found[0].load())
    except (ImportError, AttributeError) as error:
        raise OptionError(
            f"Memory kind {kind!r} of {found[0].value!r} cannot be loaded ({error}); "
            "repair or remove that package."
        ) from error
