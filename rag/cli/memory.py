"""`rag memory …`: the conversations of a knowledge base, listed, searched, carried, forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ingest import shown
from memory import Memory, make_memory

from ..found import found_in
from . import notes, recalled
from .console import OUT, JsonOption, KbOption, UserOption, existing_log

__all__ = ["app"]

app = typer.Typer(help="Look at the conversations, carry them elsewhere, forget them.")
app.command("show")(recalled.show)
app.add_typer(notes.app, name="notes")

OneSession = Annotated[
    str | None, typer.Option("--session", help="One conversation.", show_default="all of them")
]


@contextmanager
def _memory(kb: Path | None) -> Iterator[Memory]:
    with existing_log(kb) as log:
        yield make_memory("window", log)


@app.command()
def sessions(kb: KbOption = None, user: UserOption = "me", as_json: JsonOption = False) -> None:
    """List the conversations, the one written to last first."""
    with _memory(kb) as memory:
        found = memory.sessions(user=user)
    if as_json:
        rows = [
            {
                "session": info.session,
                "title": info.title,
                "turns": info.turns,
                "started": info.started and info.started.isoformat(),
                "last": info.last and info.last.isoformat(),
            }
            for info in found
        ]
        typer.echo(json.dumps({"sessions": rows}, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("session", overflow="fold")
    table.add_column("title", no_wrap=True)
    table.add_column("turns", justify="right", no_wrap=True)
    table.add_column("last", no_wrap=True)
    for info in found:
        last = f"{info.last:%Y-%m-%d %H:%M}" if info.last else ""
        table.add_row(escape(shown(info.session)), escape(shown(info.title)), str(info.turns), last)
    OUT.print(table)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words, in English or Chinese.")],
    kb: KbOption = None,
    user: UserOption = "me",
    session: OneSession = None,
    limit: Annotated[int, typer.Option(help="Turns at most.", min=1)] = 10,
) -> None:
    """Find turns by their words, best first; each with the number that `forget` takes."""
    with _memory(kb) as memory:
        found = memory.search(query, user=user, session=session, limit=limit)
    for item in found:
        turn = item.turn
        words = " ".join(turn.text.split())
        head = f"{turn.id:6}  {turn.time:%Y-%m-%d}  {turn.role:9}  "
        line = Text.assemble((head, "dim"), shown(words), (f"  ({turn.session})", "dim"))
        line.highlight_words(found_in(words, query).words, "bold")
        OUT.print(line, soft_wrap=True)


@app.command()
def export(
    kb: KbOption = None,
    user: UserOption = "me",
    session: OneSession = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="For reading, instead of JSON lines for `import`.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="A file; default: print it.")] = None,
) -> None:
    """Write conversations to a file that `import` takes, or as Markdown."""
    with _memory(kb) as memory:
        write = memory.export_markdown if markdown else memory.export_jsonl
        text = write(user=user, session=session)
    if to is None:
        typer.echo(text, nl=False)
        return
    if to.exists():
        raise typer.BadParameter(f"{str(to)!r} exists; choose another name.")
    to.write_text(text, encoding="utf-8", newline="\n")
    OUT.print(f"written to {escape(str(to))}", soft_wrap=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="As `export` wrote it.", exists=True)],
    kb: KbOption = None,
    user: UserOption = "me",
) -> None:
    """Take conversations in; what is there already is passed over."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{str(file)!r} cannot be read ({error}).") from error
    with _memory(kb) as memory:
        OUT.print(f"{memory.import_jsonl(text, user=user)} turns were new")


@app.command()
def forget(
    kb: KbOption = None,
    user: UserOption = "me",
    turn: Annotated[
        int | None, typer.Option(help="One turn, by the number that `search` prints.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="One conversation.")] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="All conversations and notes of the user.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a turn, a conversation or everything of a user for good, and all derived from it."""
    if [turn is not None, session is not None, everything].count(True) != 1:
        raise typer.BadParameter("give one of --turn, --session and --everything.")
    what = f"turn {turn}" if turn is not None else f"conversation {session!r}"
    what = f"everything of {user!r}" if everything else what
    with _memory(kb) as memory:
        if not yes:
            typer.confirm(f"Forget {what} for good?", abort=True)
        if turn is not None:
            gone = memory.forget_turn(turn, user=user)
        elif session is not None:
            gone = memory.forget_session(session, user=user)
        else:
            gone = memory.forget_user(user)
    OUT.print(f"{gone} turns forgotten")
    if not gone:
        raise typer.Exit(1)
