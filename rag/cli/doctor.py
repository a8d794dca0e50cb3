"""`rag doctor`: one line per finding, exit code 1 when something needs mending."""

from __future__ import annotations

import typer
from rich.markup import escape

from ..catalogue import DEFAULT_MODEL
from ..doctor import examine
from .console import OUT, KbOption, ModelOption, knowledge_base

__all__ = ["doctor"]

_MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "problem": "[bold red]problem[/]"}


def doctor(kb: KbOption = None, model: ModelOption = DEFAULT_MODEL) -> None:
    """Examine the machine, the packages, the models and a knowledge base."""
    bad = 0
    for finding in examine(knowledge_base(kb), model):
        bad += finding.state == "problem"
        OUT.print(
            f"{_MARKS[finding.state]:8} {finding.subject}: {escape(finding.words)}", soft_wrap=True
        )
    if bad:
        raise typer.Exit(1)
