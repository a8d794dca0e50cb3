"""Answers in the way that the model can be trusted with in the language of the question."""

from __future__ import annotations

from .draft import Task, Writing
from .language import Language
from .models import LanguageModel
from .write_free import write_free
from .write_quote import write_quote, write_short

__all__ = ["write_fitting"]

USABLE = 2
"""Grade of a language from which on a model may answer in it."""


def write_fitting(task: Task) -> Writing:
    """Quotes alone, quotes with a short wording chosen from them, or the model's own words."""
    if task.model is None or not _speaks(task.model, task.language):
        return write_quote(task)
    if task.model.card.capability == "tiny":
        return write_short(task)
    return write_free(task)


def _speaks(model: LanguageModel, language: Language) -> bool:
    """Whether the catalogue grades the language as usable; one it does not name gets a try."""
    return model.card.languages.get(language, USABLE) >= USABLE
