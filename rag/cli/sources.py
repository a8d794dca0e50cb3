"""`rag sources show`: a page of a document, with a cited span marked."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from ingest import Index, StoreError

from ..stored_documents import sources_called
from .console import OUT, KbOption, knowledge_base

__all__ = ["app"]

app = typer.Typer(help="Read the documents behind the answers.")


@app.callback()
def sources() -> None:
    """Read the documents behind the answers."""


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="As `rag index list` names it.")],
    page: Annotated[int, typer.Option(help="Number of the page.", min=1)] = 1,
    start: Annotated[int, typer.Option(help="First character to mark.", min=0)] = 0,
    end: Annotated[int, typer.Option(help="One past the last character to mark.", min=0)] = 0,
    kb: KbOption = None,
) -> None:
    """Print a page as it was read, with a span marked."""
    with Index(knowledge_base(kb), read_only=True) as index:
        exact = sources_called(index, document)
        if len(exact) != 1:
            raise StoreError(
                f"{len(exact)} documents are called {document!r}; "
                "give the whole path as `rag index list --json` prints it."
            )
        text = index.page(exact[0], page)
    if text is None:
        raise StoreError(f"{document!r} has no page {page!r} with text; try another number.")
    shown = Text(text.text)
    shown.stylize("reverse", start, max(start, end))
    OUT.print(shown, soft_wrap=True)
