"""`direct`: the model's own words as they come, then the same with citations and remarks."""

from __future__ import annotations

from dataclasses import replace

from ..models import LanguageModel
from ..prompt import BuiltPrompt
from ..workings import Workings
from ..writing import Task, Writing
from .base import NotDone
from .calls import Cost
from .drafting import bare, final, prompt_of, settled
from .thinking import apart, said

__all__ = ["aloud", "direct"]


def direct(task: Task, model: LanguageModel) -> Writing:
    """See `AnswerStrategy`; sentences that no passage supports are marked."""
    yield from aloud(task, model, prompt_of(task, model), Workings("direct"))


def aloud(
    task: Task,
    model: LanguageModel,
    built: BuiltPrompt,
    workings: Workings,
    stop: tuple[str, ...] = (),
) -> Writing:
    """Let the model answer a prompt where everybody hears it, then prove what it said.

    Args:
        task: the question.
        model: answers.
        built: its prompt.
        workings: of the strategy.
        stop: strings that end the answer.

    Raises:
        NotDone: it said nothing.
    """
    cost = Cost()
    with model.generate(built.prompt, replace(settled(task), stop=stop)) as stream:
        yield from said(stream)
    cost.add(stream.done)
    thought, spoken = apart(stream.text)
    if not bare(spoken):
        raise NotDone("silent", cost)
    kept = replace(workings, steps=thought)
    yield final(task, built, spoken, cost, kept, reason=stream.done.reason)
