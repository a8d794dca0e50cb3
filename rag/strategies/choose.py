"""Answers by the strategy that was asked for, or in the way that suits the model, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..errors import PromptError
from ..language import Language
from ..methods import Method
from ..models import LanguageModel
from ..writing import Draft, Task, Writing, write_quote, write_short
from .base import AnswerStrategy, NotDone
from .calls import Cost
from .critique import critique
from .direct import direct
from .few_shot import few_shot
from .remarks import remark
from .step_by_step import step_by_step
from .vote import vote

__all__ = ["STRATEGIES", "write_answer"]

STRATEGIES: Mapping[Method, AnswerStrategy] = {
    "direct": direct,
    "few-shot": few_shot,
    "step-by-step": step_by_step,
    "vote": vote,
    "critique": critique,
}
USABLE = 2
"""Grade of a language from which on a model may answer in it."""


def write_answer(task: Task) -> Writing:
    """The strategy of the settings; where the model is not up to it, what suits it, with a remark.

    "auto" takes what suits: quotes alone without a model that speaks the language, quotes with a
    short wording chosen from them for one that is up to nothing else, else the model's own words.
    """
    asked = task.settings.strategy
    if asked == "auto":
        yield from _fitting(task)
        return
    why = _beyond(task, asked)
    if why or task.model is None:
        yield from _remarked(_fitting(task), why, Cost())
    else:
        yield from _tried(task, task.model, asked)


def _fitting(task: Task) -> Writing:
    if task.model is None or not _speaks(task.model, task.language):
        return write_quote(task)
    if task.model.card.capability == "tiny" or "direct" not in task.model.card.usable_strategies:
        return write_short(task)
    return _tried(task, task.model, "direct")


def _speaks(model: LanguageModel, language: Language) -> bool:
    """Whether the catalogue grades the language as usable; one it does not name gets a try."""
    return model.card.languages.get(language, USABLE) >= USABLE


def _beyond(task: Task, method: Method) -> str:
    """Why the model is not up to a strategy; "" where it is."""
    language = task.language
    if task.model is None:
        return remark(language, "no_model", method=method)
    card = task.model.card
    if method not in card.usable_strategies:
        able = ", ".join(card.usable_strategies) or remark(language, "none")
        return remark(language, "too_small", method=method, model=repr(card.id), able=able)
    if not _speaks(task.model, language):
        return remark(language, "language", method=method, model=repr(card.id))
    return ""


def _tried(task: Task, model: LanguageModel, method: Method) -> Writing:
    """The strategy; where it cannot, the model's direct words, and failing these, quotes."""
    try:
        yield from STRATEGIES[method](task, model)
        return
    except NotDone as given_up:
        left = given_up
    except PromptError as error:
        if error.kind != "too_long" or method == "direct":
            raise
        left = NotDone("no_room")
    quotes = left.why == "silent" or method == "direct"
    key = "no_passage" if quotes and left.why == "no_room" else left.why
    why = remark(task.language, key, method=method, n_ctx=model.n_ctx)
    again = write_quote(task) if quotes else _tried(task, model, "direct")
    yield from _remarked(again, why, left.cost)


def _remarked(writing: Writing, why: str, cost: Cost) -> Writing:
    """The same with a remark before its others, and with what was spent before it."""
    for piece in writing:
        if isinstance(piece, Draft):
            cost.merge(piece.tokens)
            workings = replace(piece.workings, remarks=(why, *piece.workings.remarks))
            yield replace(piece, tokens=cost.tokens, workings=workings)
        else:
            yield piece
