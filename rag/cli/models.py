"""`rag models …`: which language models there are, fetch one, choose one, try it, delete it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from ..catalogue import ModelCard, find_card, find_model, list_models
from ..errors import ModelError, ModelNotFoundError
from ..model_library import (
    DEFAULT_MODEL,
    Progress,
    chosen_model,
    copy_model,
    gigabytes,
    memory_needed,
    pull_model,
)
from ..models import open_model
from ..models_here import discard_model, look_at_models, refuse_embedder, use_model, wants_tuning
from ..remote import is_remote, remote_name
from ..speed import measure_speed
from ..tuning import Trial, tune_model
from .console import ERRORS, OUT, BaseUrlOption, JsonOption, RamCheckOption
from .model_cards import as_json as card_as_json
from .model_cards import details, embedder_as_json, embedder_table, model_table

__all__ = ["app"]

_BUSY = 0.75
"""Programs that want to run, per processor, from which on a measurement says little."""

_FIRST_USE = 60.0
"""Seconds of the tuning at a model's first use."""

app = typer.Typer(help="Which language models there are; fetch one, choose one, try it.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `rag models list` names it.")]
NameArgument = Annotated[
    str, typer.Argument(metavar="ID|PATH", help="As `rag models list` names it, or a .gguf file.")
]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Every known model, what it needs, and which one suits this machine's free memory."""
    here = look_at_models()
    cards, embedders = [model.card for model in here.models], list(here.embedders)
    best = here.recommended
    name = best.card.id if best else ""
    if as_json:
        found = {
            "free_bytes": here.free,
            "recommended": name,
            "chosen": here.chosen,
            "folder": str(here.folder),
            "models": [card_as_json(card) for card in cards],
            "embedders": [embedder_as_json(card) for card in embedders],
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    OUT.print(model_table(cards, here.chosen, name))
    OUT.print()
    OUT.print(embedder_table(embedders))
    OUT.print()
    OUT.print(f"{gigabytes(here.free)} of memory free", soft_wrap=True)
    if best and best.card.installed is None:
        OUT.print(f"to fetch the recommended one: rag models pull {name}", soft_wrap=True)


@app.command()
def show(name: NameArgument, as_json: JsonOption = False) -> None:
    """The card of one model, with what its own file says when it is here."""
    refuse_embedder(name)
    card = _known(name)
    if as_json:
        typer.echo(json.dumps(card_as_json(card), ensure_ascii=False))
        return
    for label, value in details(card):
        OUT.print(f"[bold]{label:14}[/]{escape(value)}", soft_wrap=True)


def _known(name: str) -> ModelCard:
    """The card of an id, or of a path; checked when it is here."""
    cards = {card.id: card for card in list_models()}
    card = cards.get(name)
    return card if card is not None and card.installed is None else find_model(name)


@app.command()
def pull(
    name: IdArgument,
    source: Annotated[
        Path | None, typer.Option("--from", help="Take it from this file instead of the network.")
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            help="Address of a server that answers as the hub does.",
            show_default="HF_ENDPOINT, else https://huggingface.co",
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never use the network; so does HF_HUB_OFFLINE=1.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch a model and check its bytes; what broke off is continued by the same command."""
    refuse_embedder(name)
    card = find_card(name)
    with _bar(card, quiet=as_json) as progress:
        if source is not None:
            path = copy_model(card, source.expanduser(), progress=progress)
        else:
            path = pull_model(card, mirror=mirror, offline=offline, progress=progress)
    if as_json:
        found = {"id": card.id, "path": str(path), "bytes": path.stat().st_size}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    OUT.print(f"{escape(card.id)} is here: {escape(str(path))}", soft_wrap=True)
    OUT.print(f"to answer with it: rag models use {escape(card.id)}", soft_wrap=True)


@contextmanager
def _bar(card: ModelCard, *, quiet: bool) -> Iterator[Progress]:
    """A bar on the terminal, which is told how many bytes are here."""
    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with Bars("{task.description}", *columns, console=ERRORS, disable=quiet) as bars:
        task = bars.add_task(escape(card.id), total=None, start=False, visible=False)

        def told(done: int, total: int) -> None:
            bars.start_task(task)
            bars.update(task, completed=done, total=total or None, visible=True)

        yield told


@app.command()
def use(
    name: NameArgument,
    base_url: BaseUrlOption = None,
    tune: Annotated[
        bool,
        typer.Option(help="Find the fastest way to run it, a minute, unless it is known already."),
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Answer new questions with this model, unless --model says otherwise."""
    chosen = use_model(name, base_url)
    trials: list[Trial] = []
    if tune and wants_tuning(chosen):
        try:
            trials = _tune(find_model(chosen), _FIRST_USE, quiet=as_json)
        except ModelError as error:
            ERRORS.print(f"{escape(chosen)} is not tuned: {escape(str(error))}", soft_wrap=True)
    if as_json:
        typer.echo(json.dumps({"chosen": chosen, "tuned": bool(trials)}, ensure_ascii=False))
        return
    OUT.print(f"new questions are answered with {escape(chosen)}", soft_wrap=True)


@app.command()
def test(
    name: NameArgument,
    tokens: Annotated[int, typer.Option(help="Tokens written at most.", min=1, max=1024)] = 48,
    base_url: BaseUrlOption = None,
    ram_check: RamCheckOption = True,
    as_json: JsonOption = False,
) -> None:
    """Load a model, let it read a paragraph and write a sentence, and say how fast it was."""
    with open_model(remote_name(name, base_url), slots=1, ram_check=ram_check) as model:
        speed = measure_speed(model, tokens)
        needed = memory_needed(model.card, model.n_ctx)
    if as_json:
        found = {"id": model.card.id, **asdict(speed), "memory_bytes": needed}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    OUT.print(escape(speed.text), soft_wrap=True)
    OUT.print(
        f"\nloaded in {speed.load_seconds:.1f} s, first word after {speed.first_seconds:.2f} s, "
        f"read {speed.prompt_tokens} tokens at {speed.prompt_rate:.0f}/s, "
        f"wrote {speed.answer_tokens} at {speed.answer_rate:.1f}/s, "
        + (f"needs about {gigabytes(needed)}" if needed else "runs elsewhere"),
        soft_wrap=True,
    )


@app.command()
def tune(
    name: Annotated[
        str | None, typer.Argument(metavar="ID|PATH", help="The one in use when left out.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time for it, about.", min=1, max=3600)] = 60,
    as_json: JsonOption = False,
) -> None:
    """Find the fastest way to run a model on this machine, and remember it."""
    chosen = name or chosen_model()
    if is_remote(chosen) or chosen == "none":
        raise ModelNotFoundError(
            f"{chosen!r} does not run on this machine; name a model that does."
        )
    card = find_model(chosen)
    trials = _tune(card, seconds, quiet=as_json)
    if as_json:
        found = [{**asdict(trial), "seconds": trial.seconds} for trial in trials]
        typer.echo(json.dumps({"id": card.id, "trials": found}, ensure_ascii=False))


def _tune(card: ModelCard, seconds: float, *, quiet: bool) -> list[Trial]:
    """Tune, and tell of it."""
    busy = os.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)
    trials = tune_model(card, seconds=seconds, on_trial=None if quiet else _say_trial)
    if not quiet:
        OUT.print(f"{escape(card.id)} runs with {_way(trials[0])} from now on", soft_wrap=True)
        if busy:
            ERRORS.print("The machine was busy with something else; tune again when it is not.")
    return trials


def _way(trial: Trial) -> str:
    attention = "flash attention" if trial.flash_attention else "plain attention"
    weights = "" if trial.weights == "file" else f", weights as {trial.weights}"
    return f"{trial.n_threads} threads, {attention}, {trial.keys} keys{weights}"


def _say_trial(trial: Trial) -> None:
    OUT.print(
        f"{_way(trial)}: reads {trial.read_rate:.0f} tokens/s, writes {trial.write_rate:.1f}/s",
        soft_wrap=True,
    )


@app.command()
def remove(
    name: IdArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a fetched model; never a packaged one or a file of your own."""
    try:
        card = find_card(name)
    except ModelNotFoundError:
        if not Path(name).exists():
            raise
        card = find_model(Path(name))
    if not yes:
        typer.confirm(f"Delete {card.id} ({gigabytes(card.bytes)})?", abort=True, err=True)
    was_chosen = chosen_model() == card.id
    freed = discard_model(card)
    if as_json:
        found = {"id": card.id, "bytes": freed, "chosen": chosen_model()}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    OUT.print(f"{escape(card.id)} is gone, {gigabytes(freed)} are free again", soft_wrap=True)
    if was_chosen:
        OUT.print(f"new questions are answered with {DEFAULT_MODEL}", soft_wrap=True)
