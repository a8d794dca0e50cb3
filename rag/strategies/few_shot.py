"""`few-shot`: the most similar solved examples before the question, the nearest next to it.

Examples chosen by similarity beat a fixed set (Liu et al. 2022, "What makes good in-context
examples for GPT-3?"), and models lean on what stands last. They stand between the passages and the
question, not in the system text: they change with every question, and what stands before them,
the conversation and the passages, need not be read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..language import Language
from ..models import LanguageModel
from ..workings import Workings
from ..writing import Task, Writing
from .base import NotDone
from .direct import aloud
from .drafting import prompt_of
from .examples import Example, nearest, read_examples

__all__ = ["NEXT_EXAMPLE", "few_shot", "shown_examples"]

_LABELS: dict[Language, tuple[str, str, str, str]] = {
    "en": ("Text:", "Question:", "Steps:", "Answer:"),
    "zh": ("文本：", "问题：", "步骤：", "答案："),
}
NEXT_EXAMPLE = tuple(f"\n{label}" for labels in _LABELS.values() for label in labels[:2])
"""How a small model begins that goes on with examples of its own."""


def few_shot(task: Task, model: LanguageModel) -> Writing:
    """See `AnswerStrategy`.

    Raises:
        NotDone: there are no examples, or none fits into the prompt.
        StrategyError: the file of examples cannot be used.
    """
    if task.settings.examples is None:
        raise NotDone("no_examples")
    examples = shown_examples(task)
    built = prompt_of(task, model, examples=examples)
    if built.budget.dropped_examples >= len(examples):
        raise NotDone("no_room")
    yield from aloud(task, model, built, Workings("few-shot"), NEXT_EXAMPLE)


def shown_examples(
    task: Task, *, steps: bool = False, fits: Callable[[Example], bool] = lambda _example: True
) -> Sequence[str]:
    """The user's most similar examples as they are printed, the most similar last; [] without any.

    Args:
        task: names the file and the number.
        steps: whether to tell what was thought.
        fits: which of them may be chosen.
    """
    if task.settings.examples is None:
        return []
    chosen = nearest(
        read_examples(task.settings.examples),
        task.question,
        task.embedder,
        task.settings.shots,
        fits,
    )
    return [_printed(example, task.language, steps=steps) for example in chosen]


def _printed(example: Example, language: Language, *, steps: bool) -> str:
    text, question, thought, answer = _LABELS[language]
    lines = [f"{text} {' '.join(example.passages)}"] if example.passages else []
    lines.append(f"{question} {example.question}")
    if steps:
        lines.append(f"{thought} {example.steps}")
    return "\n".join([*lines, f"{answer} {example.answer}"])
