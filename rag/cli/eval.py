"""`rag eval …`: how well it finds, answers, cites, refuses and remembers, on data of your own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable
from rich.text import Text

from ..catalogue import DEFAULT_MODEL
from ..evaluation import Options, Outcome, Steps, Table, evaluate, html_report, tables
from ..evaluation.datasets import open_dataset
from .console import ERRORS, OUT, JsonOption, ModelOption, RerankerOption, knowledge_base
from .strategy import ExamplesOption, RulesOption, StrategyOption, VotesOption, strategy_settings

__all__ = ["app"]

app = typer.Typer(
    help="Measure how well it finds, answers, cites, refuses and remembers.", no_args_is_help=True
)

Datasets = Annotated[
    list[Path],
    typer.Argument(metavar="DATASET...", help="SQuAD, conversation or LoCoMo JSON, or JSONL."),
]
Base = Annotated[
    Path | None,
    typer.Option(
        "--kb",
        help="The knowledge base that the questions are about.",
        show_default="made of the data set's own documents",
    ),
]
EmbedderName = Annotated[
    str | None,
    typer.Option(
        "--embedder", help="Name or folder of another embedder.", show_default="the packaged one"
    ),
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Also write an HTML page.", show_default=False)
]
Compare = Annotated[
    bool, typer.Option("--compare", help="Show other ways of doing it side by side.")
]
Limit = Annotated[int, typer.Option("--limit", help="Questions at most; 0 takes all.", min=0)]
Seed = Annotated[int, typer.Option("--seed", help="Of all that is drawn by chance.", min=0)]

_EVERY_SECONDS = 10.0
"""Between two lines about progress where there is no terminal."""


@app.command()
def retrieval(
    datasets: Datasets,
    kb: Base = None,
    embedder: EmbedderName = None,
    reranker: RerankerOption = None,
    as_json: JsonOption = False,
    report: Report = None,
    compare: Compare = False,
    limit: Limit = 0,
    seed: Seed = 0,
) -> None:
    """How high the passages that hold the answers rank (SQuAD JSON, JSONL)."""
    options = Options(
        kb=kb, embedder=embedder, reranker=reranker, limit=limit, seed=seed, compare=compare
    )
    _measure("retrieval", datasets, options, report, as_json=as_json)


@app.command()
def followups(
    datasets: Datasets,
    kb: Base = None,
    embedder: EmbedderName = None,
    reranker: RerankerOption = None,
    as_json: JsonOption = False,
    report: Report = None,
    compare: Compare = False,
    limit: Limit = 0,
    seed: Seed = 0,
) -> None:
    """How high the passages of follow-up questions rank (conversation JSON)."""
    options = Options(
        kb=kb, embedder=embedder, reranker=reranker, limit=limit, seed=seed, compare=compare
    )
    _measure("followups", datasets, options, report, as_json=as_json)


@app.command()
def answers(
    datasets: Datasets,
    kb: Base = None,
    embedder: EmbedderName = None,
    reranker: RerankerOption = None,
    model: ModelOption = DEFAULT_MODEL,
    strategy: StrategyOption = "auto",
    examples: ExamplesOption = None,
    rules: RulesOption = None,
    votes: VotesOption = 5,
    as_json: JsonOption = False,
    report: Report = None,
    compare: Compare = False,
    limit: Limit = 0,
    seed: Seed = 0,
) -> None:
    """How good the answers and their citations are, by strategy (SQuAD JSON, JSONL)."""
    options = Options(
        kb=kb,
        model=model,
        embedder=embedder,
        reranker=reranker,
        answering=strategy_settings(strategy, examples, rules, votes).model_dump(
            include={"strategy", "examples", "rules", "votes"}
        ),
        limit=limit,
        seed=seed,
        compare=compare,
    )
    _measure("answers", datasets, options, report, as_json=as_json)


@app.command()
def memory(
    datasets: Datasets,
    model: ModelOption = DEFAULT_MODEL,
    as_json: JsonOption = False,
    report: Report = None,
    limit: Limit = 0,
    seed: Seed = 0,
) -> None:
    """How much evidence each kind of memory brings back (LoCoMo JSON)."""
    options = Options(model=model, limit=limit, seed=seed)
    _measure("memory", datasets, options, report, as_json=as_json)


@app.command()
def refusal(
    datasets: Datasets,
    kb: Base = None,
    as_json: JsonOption = False,
    report: Report = None,
    limit: Limit = 0,
    seed: Seed = 0,
) -> None:
    """How often it refuses what the documents do not say (SQuAD JSON, JSONL)."""
    options = Options(kb=kb, limit=limit, seed=seed)
    _measure("refusal", datasets, options, report, as_json=as_json)


def _measure(
    task: str, datasets: list[Path], options: Options, report: Path | None, *, as_json: bool
) -> None:
    """Measure one data set after the other; what is done is printed before the next begins."""
    if report is not None and (report.is_dir() or not report.absolute().parent.is_dir()):
        raise typer.BadParameter(f"{str(report)!r} cannot be written; name a file in a folder.")
    for path in datasets:
        open_dataset(path)  # what cannot be read is said before an hour of measuring
    if options.kb is not None:
        options = replace(options, kb=knowledge_base(options.kb))
    outcomes: list[Outcome] = []
    for path in datasets:
        with _progress(path.name) as on_step:
            outcome = evaluate(task, path, replace(options, on_step=on_step))
        outcomes.append(outcome)
        if as_json:
            typer.echo(json.dumps(outcome.as_dict(), ensure_ascii=False))
        else:
            for table in tables(outcome):
                OUT.print(_rich(table))
        if report is not None:
            report.write_text(html_report(outcomes, options.seed), "utf-8")


def _rich(table: Table) -> RichTable:
    shown = RichTable(title=Text(table.title), box=None, pad_edge=False, title_justify="left")
    for at, column in enumerate(table.columns):
        shown.add_column(
            Text(column), justify="right" if at else "left", overflow="fold", no_wrap=not at
        )
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown


@contextmanager
def _progress(name: str) -> Iterator[Steps]:
    """A bar on a terminal, else a line every few seconds, on standard error."""
    if not ERRORS.is_terminal:
        yield _lines(name)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=ERRORS, transient=True) as bar:
        shown = bar.add_task(name, total=None)

        def tell(label: str, done: int, total: int) -> None:
            bar.update(shown, description=f"{name}: {label}", completed=done, total=total)

        yield tell


def _lines(name: str) -> Steps:
    last = time.monotonic()

    def tell(label: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY_SECONDS:
            last = time.monotonic()
            ERRORS.print(Text(f"{name}: {label} {done} of {total}"), soft_wrap=True)

    return tell
