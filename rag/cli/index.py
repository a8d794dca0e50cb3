"""`rag index …`: look at a knowledge base, check it, repair it, copy it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ingest import EmbedderIdentity, Index, StoreError, reindex

from ..stored_documents import remove_documents, sources_called
from ..uploads import document_name
from .console import ERRORS, OUT, JsonOption, KbOption, knowledge_base

__all__ = ["app"]

app = typer.Typer(help="Look at a knowledge base, check it, repair it, copy it.")


def _existing(kb: Path | None) -> Path:
    """The folder of a knowledge base that is there; to repair a missing one makes no sense."""
    folder = knowledge_base(kb)
    Index(folder, read_only=True).close()
    return folder


@app.command("list")
def list_(kb: KbOption = None, as_json: JsonOption = False) -> None:
    """The documents of a knowledge base."""
    with Index(knowledge_base(kb), read_only=True) as index:
        documents = index.documents()
    if as_json:
        rows = [
            {
                "source": d.source,
                "title": d.title,
                "pages": d.pages,
                "chunks": d.chunks,
                "bytes": d.size,
                "media_type": d.media_type,
                "ingested_at": d.ingested_at,
                "notes": list(d.notes),
            }
            for d in documents
        ]
        typer.echo(json.dumps({"documents": rows}, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("document", overflow="fold")
    table.add_column("title", no_wrap=True)
    for heading in ("pages", "chunks", "bytes"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("ingested", no_wrap=True)
    for d in documents:
        table.add_row(
            escape(document_name(d.source)),
            escape(d.title),
            str(d.pages),
            str(d.chunks),
            f"{d.size:,}",
            d.ingested_at[:10],
        )
    OUT.print(table)


@app.command()
def verify(kb: KbOption = None) -> None:
    """Check every document against its checksum; exit code 1 when something is wrong."""
    with Index(knowledge_base(kb), read_only=True) as index:
        found = index.verify()
        count = len(index.documents())
    for problem in found:
        OUT.print(f"[red]problem[/] {escape(problem)}", soft_wrap=True)
    OUT.print(f"{count} documents, {len(found)} problems")
    if found:
        raise typer.Exit(1)


@app.command()
def rebuild(kb: KbOption = None) -> None:
    """Make the vector index anew from the catalog; the documents are not needed."""
    with Index(_existing(kb)) as index, index.writing():
        index.rebuild()
    OUT.print("the vector index was rebuilt from the catalog")


@app.command("reindex")
def reindex_(
    kb: KbOption = None,
    embedder: Annotated[
        str | None, typer.Option(help="The embedder to move to; default: the one it has.")
    ] = None,
) -> None:
    """Split and embed every stored document anew, as after a change of embedder."""
    with Index(_existing(kb), embedder=embedder) as index:
        count = reindex(index)
        identity = EmbedderIdentity.of(index.embedder)
    OUT.print(f"{count} documents now stand under {escape(repr(identity.name))}")


@app.command()
def remove(
    sources: Annotated[list[str], typer.Argument(help="Documents as `rag index list` names them.")],
    kb: KbOption = None,
) -> None:
    """Take documents out of a knowledge base; their bytes are wiped from its files."""
    with Index(_existing(kb)) as index:
        found = {name: sources_called(index, name) for name in sources}
        for name, called in found.items():
            if len(called) > 1:
                raise StoreError(
                    f"{len(called)} documents are called {name!r}; "
                    "give the whole path as `rag index list --json` prints it."
                )
        report = remove_documents(index, [one for called in found.values() for one in called])
    for warning in report.warnings:
        ERRORS.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    gone = report.count("removed")
    OUT.print(f"{gone} of {len(sources)} documents removed")
    if gone < len(sources):
        raise typer.Exit(1)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A file that does not exist yet.")],
    kb: KbOption = None,
) -> None:
    """Copy a knowledge base to one file, safely even while something is read into it."""
    if target.exists():
        raise typer.BadParameter(f"{str(target)!r} exists; choose another name.")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"the folder of {str(target)!r} does not exist; make it first.")
    with Index(knowledge_base(kb), read_only=True) as index:
        index.catalog.backup(target)
    OUT.print(
        f"copied to {escape(str(target))}; to restore, put it into a folder as catalog.sqlite"
    )
