"""`rag doctor`: one line per finding, exit code 1 when something needs mending."""

from __future__ import annotations

import typer
from rich.text import Text

from ingest import shown

from ..doctor import examine
from ..model_library import chosen_model
from .console import OUT, ChosenModelOption, KbOption, knowledge_base

__all__ = ["doctor"]

_STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}


def doctor(kb: KbOption = None, model: ChosenModelOption = None) -> None:
    """Examine the machine, the packages, the models and a knowledge base."""
    bad = 0
    for finding in examine(knowledge_base(kb), model or chosen_model()):
        bad += finding.state == "problem"
        OUT.print(
            Text.assemble(
                (f"{finding.state:8}", _STYLES[finding.state]),
                f"{finding.subject}: {shown(finding.words)}",
            ),
            soft_wrap=True,
        )
    if bad:
        raise typer.Exit(1)
