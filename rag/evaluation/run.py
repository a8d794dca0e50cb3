"""A task's name and a data set's path in, what was measured out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .datasets import Conversations, Dataset, DatasetError, Dialogues, QuestionSet, open_dataset
from .outcome import Options, Outcome
from .tasks import (
    measure_answers,
    measure_followups,
    measure_memory,
    measure_refusal,
    measure_retrieval,
)

__all__ = ["TASKS", "evaluate", "tasks_for"]

TASKS: Mapping[str, Callable[[Dataset, Options], Outcome]] = {
    "retrieval": measure_retrieval,
    "followups": measure_followups,
    "answers": measure_answers,
    "memory": measure_memory,
    "refusal": measure_refusal,
}

_FITTING: Mapping[type, tuple[str, ...]] = {
    QuestionSet: ("retrieval", "answers", "refusal"),
    Conversations: ("followups",),
    Dialogues: ("memory",),
}


def evaluate(task: str, path: Path, options: Options | None = None) -> Outcome:
    """Measure one task on one data set.

    Args:
        task: one of `TASKS`.
        path: of the data set, in any known format.
        options: None takes the defaults.

    Raises:
        DatasetError: the task is unknown, or the data set cannot be used for it.
    """
    if task not in TASKS:
        raise DatasetError(f"There is no task {task!r}; choose one of {sorted(TASKS)!r}.")
    return TASKS[task](open_dataset(path), options or Options())


def tasks_for(path: Path) -> tuple[str, ...]:
    """The tasks that a data set can be used for.

    Raises:
        DatasetError: it is of no known format.
    """
    return _FITTING[type(open_dataset(path))]
