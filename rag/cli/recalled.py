"""`rag memory show`: what each kind of memory would put into the prompt, counted turn by turn."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest import Index, shown
from memory import ConversationLog, Memory, Notes, TokenCounter, make_memory, memory_kinds

from ..counting import token_counter
from ..model_library import chosen_model
from ..models import LanguageModel, open_model
from ..remember import NOTE_TOKENS, pinned
from ..summarise import summariser
from .console import OUT, ChosenModelOption, JsonOption, KbOption, UserOption, existing_log
from .console import knowledge_base as folder_of

__all__ = ["show"]

_WORDS = 100  # characters of a turn on its line


def _opened(kb: Path | None, model: str, opened: ExitStack) -> tuple[ConversationLog, Any, Any]:
    """The log, the embedder of the knowledge base if there is one, and the model if wanted."""
    log = opened.enter_context(existing_log(kb))
    embedder = None
    if (folder_of(kb) / "catalog.sqlite").exists():
        embedder = opened.enter_context(Index(folder_of(kb), read_only=True)).embedder
    chosen: LanguageModel | None = None
    if model != "none":
        chosen = opened.enter_context(open_model(model))
    return log, embedder, chosen


def _counted(memory: Memory, question: str, budget: int, count: TokenCounter, **of: str) -> Any:
    """What one kind recalls: rows of turns, each with the tokens it adds, and their sum."""
    items = memory.recall(question, budget=budget, **of)
    before, rows = 0, []
    for at, item in enumerate(items, 1):
        total = count(memory.render(items[:at]))
        rows.append(
            {
                "turn": item.turn.id,
                "session": item.turn.session,
                "number": item.turn.number,
                "time": item.turn.time.isoformat(),
                "role": item.turn.role,
                "tokens": total - before,
                "score": round(item.score, 4),
                "why": item.why,
                "text": item.text,
            }
        )
        before = total
    text = memory.render(items)
    return {"kind": memory.name, "tokens": before, "budget": budget, "turns": rows, "prompt": text}


def _print_lines(text: str) -> None:
    for line in text.splitlines():
        OUT.print(Text(shown(line)), soft_wrap=True)


def _print(found: Any, *, whole: bool) -> None:
    heading = f"{found['kind']}: {len(found['turns'])} turns, "
    heading += f"{found['tokens']} of {found['budget']} tokens"
    OUT.print(Text(heading, style="bold"))
    if whole:
        _print_lines(found["prompt"])
        return
    for row in found["turns"]:
        words = " ".join(row["text"].split())
        words = words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
        head = f"  {row['tokens']:5} tokens  {row['time'][:10]}  {row['role']:9}  "
        OUT.print(
            Text.assemble((head, "cyan"), shown(words), (f"  ({row['why']})", "dim")),
            soft_wrap=True,
        )


def show(
    session: Annotated[str, typer.Option(help="The conversation.")],
    question: Annotated[str, typer.Option(help="The question that would be asked in it.")],
    kb: KbOption = None,
    user: UserOption = "me",
    kind: Annotated[
        str | None, typer.Option(help="One kind of memory.", show_default="all of them")
    ] = None,
    budget: Annotated[int, typer.Option(help="Tokens for recalled turns.", min=0)] = 512,
    model: ChosenModelOption = None,
    whole: Annotated[bool, typer.Option("--whole", help="Print the text as it stands.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what each kind of memory would put into the prompt, counted turn by turn.

    Tokens are the model's own; with `--model none` they are estimated.
    """
    results = []
    with ExitStack() as opened:
        log, embedder, chosen = _opened(kb, model or chosen_model(), opened)
        count = token_counter(chosen)
        notes = pinned(Notes(log), user, count)
        for name in memory_kinds() if kind is None else [kind]:
            memory = make_memory(
                name,
                log,
                count_tokens=count,
                embedder=embedder,
                summarise=summariser(chosen),
            )
            found = _counted(memory, question, budget, count, user=user, session=session)
            results.append(found)
        noted = {"text": notes, "tokens": count(notes) if notes else 0, "budget": NOTE_TOKENS}
    if as_json:
        typer.echo(json.dumps({"notes": noted, "kinds": results}, ensure_ascii=False))
        return
    OUT.print(Text(f"notes: {noted['tokens']} of {NOTE_TOKENS} tokens", style="bold"))
    if notes:
        _print_lines(notes)
    for found in results:
        _print(found, whole=whole)
