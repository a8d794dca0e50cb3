"""`rag memory show`: what each kind of memory would put into the prompt, counted turn by turn."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest import Index, shown
from memory import ConversationLog

from ..model_library import chosen_model
from ..models import LanguageModel, open_model
from ..would_recall import WouldRecall, would_pin, would_recall
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


def _rows(found: WouldRecall) -> dict[str, Any]:
    """As JSON: a row for each turn, with the tokens it adds."""
    rows = [
        {
            "turn": item.turn.id,
            "session": item.turn.session,
            "number": item.turn.number,
            "time": item.turn.time.isoformat(),
            "role": item.turn.role,
            "tokens": tokens,
            "score": round(item.score, 4),
            "why": item.why,
            "text": item.text,
        }
        for item, tokens in ((counted.item, counted.tokens) for counted in found.turns)
    ]
    sums = {"kind": found.kind, "tokens": found.tokens, "budget": found.budget}
    return {**sums, "turns": rows, "prompt": found.prompt}


def _print_lines(text: str) -> None:
    for line in text.splitlines():
        OUT.print(Text(shown(line)), soft_wrap=True)


def _print(found: WouldRecall, *, whole: bool) -> None:
    heading = f"{found.kind}: {len(found.turns)} turns, {found.tokens} of {found.budget} tokens"
    OUT.print(Text(heading, style="bold"))
    if whole:
        _print_lines(found.prompt)
        return
    for counted in found.turns:
        item = counted.item
        words = " ".join(item.text.split())
        words = words if len(words) <= _WORDS else words[: _WORDS - 1] + "…"
        head = f"  {counted.tokens:5} tokens  {item.turn.time:%Y-%m-%d}  {item.turn.role:9}  "
        OUT.print(
            Text.assemble((head, "cyan"), shown(words), (f"  ({item.why})", "dim")),
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
    with ExitStack() as opened:
        log, embedder, chosen = _opened(kb, model or chosen_model(), opened)
        notes = would_pin(log, user=user, model=chosen)
        results = would_recall(
            log,
            question,
            user=user,
            session=session,
            budget=budget,
            kinds=None if kind is None else [kind],
            model=chosen,
            embedder=embedder,
        )
    if as_json:
        noted = {"text": notes.prompt, "tokens": notes.tokens, "budget": notes.budget}
        kinds = [_rows(found) for found in results]
        typer.echo(json.dumps({"notes": noted, "kinds": kinds}, ensure_ascii=False))
        return
    OUT.print(Text(f"notes: {notes.tokens} of {notes.budget} tokens", style="bold"))
    if notes.prompt:
        _print_lines(notes.prompt)
    for found in results:
        _print(found, whole=whole)
