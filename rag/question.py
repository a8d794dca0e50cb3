"""What a caller asks for in; the question and its settings, both checked, out."""

from __future__ import annotations

from typing import get_args

from .errors import QuestionError, StrategyError
from .methods import Choice
from .settings import Settings
from .web import checked_engine

__all__ = ["LONGEST_QUESTION", "checked_question", "settings_for"]

LONGEST_QUESTION = 20_000
"""Characters; what is longer is a document, not a question."""


def checked_question(question: str) -> str:
    """The question without white space around it.

    Raises:
        QuestionError: it is empty or far too long.
    """
    asked = question.strip()
    if not asked:
        raise QuestionError("The question is empty ('' was asked); type a question.")
    if len(asked) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(asked)!r} characters, at most {LONGEST_QUESTION!r} are "
            "read; ingest it as a document, and ask about it."
        )
    return asked


def settings_for(settings: Settings, strategy: Choice | None, web: str | None = None) -> Settings:
    """The settings of one answer; None leaves their strategy, and where the internet is asked.

    Raises:
        StrategyError: there is no such strategy.
        WebError: this is no search server; "" asks none.
    """
    changes: dict[str, object] = {}
    if strategy is not None:
        if strategy not in get_args(Choice):
            raise StrategyError(
                f"There is no strategy {strategy!r}; choose one of {get_args(Choice)!r}."
            )
        changes["strategy"] = strategy
    if web is not None:
        changes["web"] = checked_engine(web) if web else None
    return settings.model_copy(update=changes)
