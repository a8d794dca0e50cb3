"""`rag kb …`: which knowledge bases there are; make, rename, delete one, carry it as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from ..errors import ShelfError
from ..model_library import Progress
from ..shelves import SUFFIX, KnowledgeBase, Shelf, open_shelf
from .console import ERRORS, OUT, JsonOption

__all__ = ["app"]

app = typer.Typer(help="Which knowledge bases there are; make one, carry one as a file.")

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id or name as `rag kb list` prints them, or a folder.")
]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="In any language, up to 80 characters.")
]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """All knowledge bases of the shelf, and the one that is used when none is named."""
    found = open_shelf().list()
    if as_json:
        _echo({"knowledge_bases": [_as_dict(kb) for kb in found]})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("name", overflow="fold")
    for heading in ("documents", "pages", "chunks", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("embedder", overflow="fold")
    table.add_column("updated", no_wrap=True)
    for kb in found:
        counts = [f"{n:,}" for n in (kb.documents, kb.pages, kb.chunks)]
        updated = (kb.updated or "")[:10]
        table.add_row(
            kb.id, escape(kb.name), *counts, _megabytes(kb.size), escape(kb.embedder), updated
        )
    OUT.print(table)
    for kb in found:
        if kb.problem:
            OUT.print(f"[red]problem[/] {escape(kb.name)}: {escape(kb.problem)}", soft_wrap=True)


@app.command()
def create(name: NameArgument, as_json: JsonOption = False) -> None:
    """Make an empty knowledge base."""
    kb = open_shelf().create(name)
    _say(kb, as_json, f"made {escape(kb.name)}; to fill it: rag ingest PATH --kb {kb.id}")


@app.command()
def rename(id: IdArgument, name: NameArgument, as_json: JsonOption = False) -> None:
    """Call a knowledge base something else; its id stays."""
    shelf, found = _find(id)
    kb = shelf.rename(found.id, name)
    _say(kb, as_json, f"{kb.id} is called {escape(kb.name)} now")


@app.command()
def delete(
    id: IdArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a knowledge base, with its uploads and conversations."""
    shelf, kb = _find(id)
    if not yes:
        what = f"{kb.documents} documents, {_megabytes(kb.size)} MB, with their conversations"
        typer.confirm(f"Delete {kb.name} ({what})?", abort=True, err=True)
    shelf.delete(kb.id)
    _say(kb, as_json, f"{escape(kb.name)} is gone, {_megabytes(kb.size)} MB are free again")


@app.command()
def export(
    id: IdArgument,
    file: Annotated[Path, typer.Argument(help=f"A new file; {SUFFIX} is added if missing.")],
    as_json: JsonOption = False,
) -> None:
    """Write a knowledge base to one file: documents, index and uploads, no conversations."""
    for path in (file, file.with_name(f"{file.name}{SUFFIX}")):
        if path.exists():
            raise typer.BadParameter(f"{str(path)!r} exists; choose another name.")
    shelf, kb = _find(id)
    with _bar(kb.name, quiet=as_json) as progress:
        target = shelf.export(kb.id, file, progress)
    if as_json:
        _echo({"id": kb.id, "path": str(target), "bytes": target.stat().st_size})
        return
    OUT.print(
        f"{escape(kb.name)} is in {escape(str(target))}; to take it in elsewhere: "
        f"rag kb import {escape(target.name)}",
        soft_wrap=True,
    )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `rag kb export` wrote.")],
    name: Annotated[
        str | None, typer.Option(help="What to call it.", show_default="the name in the file")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put a knowledge base from a file on the shelf; the file is checked and left as it is."""
    with _bar(file.name, quiet=as_json) as progress:
        kb = open_shelf().import_file(file, name, progress)
    _say(
        kb,
        as_json,
        f"{escape(kb.name)} is here: {kb.documents} documents; to ask it: "
        f"rag ask QUESTION --kb {kb.id}",
    )


def _find(id: str) -> tuple[Shelf, KnowledgeBase]:
    """The knowledge base of this id or name, or in this folder, and the shelf that lists it."""
    shelf = open_shelf()
    try:
        return shelf, shelf.find(id)
    except ShelfError:
        folder = Path(id).resolve()
        shelf = open_shelf(folder)
        for kb in shelf.list():
            if kb.path == folder:
                return shelf, kb
        raise


@contextmanager
def _bar(words: str, *, quiet: bool) -> Iterator[Progress]:
    """A bar on the terminal, which is told how many bytes are done."""
    columns = BarColumn(), DownloadColumn(), TimeRemainingColumn()
    hidden = quiet or not ERRORS.is_terminal
    with Bars("{task.description}", *columns, console=ERRORS, disable=hidden) as bars:
        task = bars.add_task(escape(words), total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _say(kb: KnowledgeBase, as_json: bool, words: str) -> None:
    if as_json:
        _echo(_as_dict(kb))
    else:
        OUT.print(words, soft_wrap=True)


def _as_dict(kb: KnowledgeBase) -> dict[str, object]:
    return {**asdict(kb), "path": str(kb.path)}


def _echo(found: object) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
