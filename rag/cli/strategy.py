"""The options of the answer strategies, which `ask`, `chat` and `eval answers` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..methods import Choice
from ..settings import Settings
from ..strategies import read_rules

__all__ = [
    "ExamplesOption",
    "RulesOption",
    "StepsOption",
    "StrategyOption",
    "VotesOption",
    "strategy_settings",
]

StrategyOption = Annotated[
    Choice,
    typer.Option(
        "--strategy", help="How answers are made; 'auto' is the way that suits the model."
    ),
]
ExamplesOption = Annotated[
    Path | None,
    typer.Option(
        "--examples",
        help="JSONL file of solved examples, for few-shot and step-by-step.",
        show_default="none",
    ),
]
RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules", help="Text file of rules, one per line, for critique.", show_default="none"
    ),
]
VotesOption = Annotated[int, typer.Option("--votes", help="Answers drawn by vote.", min=2, max=15)]
StepsOption = Annotated[
    bool, typer.Option("--steps", help="Show thoughts, votes, verdicts and first versions.")
]


def strategy_settings(
    strategy: Choice, examples: Path | None, rules: Path | None, votes: int
) -> Settings:
    """The options as settings; all others at their defaults.

    Raises:
        StrategyError: the rules cannot be read.
    """
    return Settings(
        strategy=strategy,
        examples=None if examples is None else str(examples),
        rules=() if rules is None else read_rules(rules),
        votes=votes,
    )
