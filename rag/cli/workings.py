"""An answer on a terminal: how its question was reworded; what was thought, voted and judged."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ..answer import Answer
from ..workings import Agreement, Critique

__all__ = ["print_rewrite", "print_steps"]

_KEPT = {True: "kept", False: "broken", None: "not checked"}


def print_rewrite(console: Console, answer: Answer) -> None:
    """The model's own wording that was searched for, too; nothing without one."""
    if answer.rewrite:
        line = f"  searched for: {' '.join(answer.rewrite.split())}"
        console.print(Text(line, style="dim"), soft_wrap=True)


def print_steps(console: Console, answer: Answer) -> None:
    """The hidden steps, the votes, the verdicts and the versions; nothing where there are none."""
    lines: list[str] = []
    if answer.workings.steps:
        lines += ["steps:", *(f"  {line}" for line in answer.workings.steps.splitlines())]
    if answer.workings.agreement is not None:
        lines += _votes(answer.workings.agreement)
    if answer.workings.critique is not None:
        lines += _verdicts(answer.workings.critique)
    for line in lines:
        console.print(Text(f"  {line}", style="dim"), soft_wrap=True)


def _votes(agreement: Agreement) -> list[str]:
    lines = [f"{one.votes} × {' '.join(one.text.split())}" for one in agreement.alternatives]
    return [f"{agreement.samples} votes:", *(f"  {line}" for line in lines)]


def _verdicts(critique: Critique) -> list[str]:
    lines = [f"first version: {' '.join(critique.first.split())}"]
    for one in critique.verdicts:
        reason = f" ({one.by}: {one.reason})" if one.reason else f" ({one.by})"
        lines.append(f"  {_KEPT[one.kept]}: {one.rule}{reason}")
    if critique.revised:
        what = "taken" if critique.taken else "not taken: the passages support less of it"
        lines.append(f"second version ({what}): {' '.join(critique.revised.split())}")
    elif any(one.kept is False for one in critique.verdicts):
        lines.append("second version: the model wrote nothing")
    return lines
