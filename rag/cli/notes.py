"""`rag memory notes …`: what the user asked to remember, listed, edited, deleted."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.text import Text

from ingest import shown
from memory import Notes

from .console import OUT, JsonOption, KbOption, UserOption, existing_log

__all__ = ["app"]

app = typer.Typer(help="What you asked to remember; prompts carry it, answers quote it.")
NumberArgument = Annotated[int, typer.Argument(help="The number that `list` prints.")]


@app.command("list")
def list_(kb: KbOption = None, user: UserOption = "me", as_json: JsonOption = False) -> None:
    """The notes, oldest first, each with the turn it came from."""
    with existing_log(kb) as log:
        found = Notes(log).list(user=user)
    if as_json:
        rows = [
            {
                "id": note.id,
                "text": note.text,
                "subject": note.subject,
                "turn": note.turn_id,
                "session": note.session,
                "number": note.number,
                "edited": note.edited,
                "time": note.time.isoformat(),
            }
            for note in found
        ]
        typer.echo(json.dumps({"notes": rows}, ensure_ascii=False))
        return
    for note in found:
        origin = f"  (turn {note.turn_id}, {note.time:%Y-%m-%d}, {shown(note.session)})"
        OUT.print(
            Text.assemble((f"{note.id:4}  ", "dim"), shown(note.text), (origin, "dim")),
            soft_wrap=True,
        )


@app.command()
def edit(
    number: NumberArgument,
    text: Annotated[str, typer.Argument(help="What it should say.")],
    kb: KbOption = None,
    user: UserOption = "me",
) -> None:
    """Say a note in other words."""
    with existing_log(kb) as log:
        note = Notes(log).edit(number, text, user=user)
    if note is None:
        raise typer.BadParameter(f"there is no note {number}; see `rag memory notes list`.")
    OUT.print(Text(shown(note.text)), soft_wrap=True)


@app.command()
def delete(
    number: NumberArgument,
    kb: KbOption = None,
    user: UserOption = "me",
) -> None:
    """Delete a note for good; the turn it came from stays."""
    with existing_log(kb) as log:
        gone = Notes(log).delete(number, user=user)
    if not gone:
        raise typer.BadParameter(f"there is no note {number}; see `rag memory notes list`.")
    OUT.print(f"note {number} deleted")
