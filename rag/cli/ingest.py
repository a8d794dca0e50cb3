"""`rag ingest`: files and folders into a knowledge base, and a summary that adds up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ingest import Index, IngestInterrupted, IngestReport, ParseLimits, Progress

from ..uploads import document_name
from ..web import ingest_all
from .console import ERRORS, OUT, JsonOption, KbOption, knowledge_base

__all__ = ["ingest"]

_WAIT_SECONDS = 600.0
_NAME_WIDTH = 32


def ingest(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, and addresses of pages to read.")
    ],
    kb: KbOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take out documents whose files are gone.")
    ] = False,
    embedder: Annotated[
        str | None, typer.Option(help="Embedder of a new knowledge base: name or folder.")
    ] = None,
    max_megabytes: Annotated[int, typer.Option(help="Larger files are skipped.", min=1)] = 100,
    as_json: JsonOption = False,
) -> None:
    """Read documents into a knowledge base; unchanged files are skipped."""
    limits = ParseLimits(file_bytes=max_megabytes << 20)
    interrupted = False
    with (
        Index(knowledge_base(kb), embedder=embedder) as index,
        _progress(hidden=as_json) as on_progress,
    ):
        try:
            report = ingest_all(
                index,
                paths,
                prune=prune,
                limits=limits,
                wait_seconds=_WAIT_SECONDS,
                on_wait=lambda who: ERRORS.print(f"waiting for another writer ({escape(who)})"),
                on_progress=on_progress,
            )
        except IngestInterrupted as stop:
            report, interrupted = stop.report, True
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        _print(report)
    if interrupted:
        ERRORS.print(f"interrupted; {report.left} files left, run it again to go on")
        raise typer.Exit(130)
    if report.skipped and len(report.skipped) == report.seen:
        raise typer.Exit(1)


@contextmanager
def _progress(*, hidden: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar with rate and time left on a terminal; what comes back moves it."""
    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=ERRORS,
        transient=True,
        disable=hidden or not ERRORS.is_terminal,
    ) as bar:
        task = bar.add_task("reading", total=None, rate="")

        def show(progress: Progress) -> None:
            name = document_name(progress.current)
            elapsed = bar.tasks[task].elapsed or 0.0
            bar.update(
                task,
                total=progress.total_size,
                completed=progress.size,
                description=escape(name[:_NAME_WIDTH].ljust(_NAME_WIDTH)),
                rate=f"{progress.chunks / elapsed:.0f} chunks/s" if elapsed else "",
            )

        yield show


def _print(report: IngestReport) -> None:
    for outcome in report.outcomes:
        name = escape(outcome.source)
        if outcome.status in ("added", "updated"):
            notes = f" [dim]({escape('; '.join(outcome.notes))})[/]" if outcome.notes else ""
            OUT.print(
                f"  {outcome.status:9} {escape(document_name(outcome.source))}: "
                f"{outcome.pages} pages, {outcome.chunks} chunks{notes}",
                soft_wrap=True,
            )
        elif outcome.status == "skipped":
            OUT.print(f"  [yellow]skipped[/]   {escape(outcome.message)}", soft_wrap=True)
        elif outcome.status == "removed":
            OUT.print(f"  removed   {name}", soft_wrap=True)
    parts = [
        f"{report.count(status)} {status}"
        for status in ("added", "updated", "unchanged", "skipped")
    ]
    if report.left:
        parts.append(f"{report.left} left")
    OUT.print(
        f"{report.seen} files: {', '.join(parts)}; {report.count('removed')} removed; "
        f"{report.chunks} chunks in {report.seconds:.1f} s",
        soft_wrap=True,
    )
