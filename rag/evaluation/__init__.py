"""Evaluation: data sets in, metrics with confidence intervals out, for the whole program."""

from .datasets import DatasetError, open_dataset
from .outcome import Case, Options, Outcome
from .progress import Steps
from .report import html_report
from .run import TASKS, evaluate, tasks_for
from .table import Table, markdown, tables

__all__ = [
    "TASKS",
    "Case",
    "DatasetError",
    "Options",
    "Outcome",
    "Steps",
    "Table",
    "evaluate",
    "html_report",
    "markdown",
    "open_dataset",
    "tables",
    "tasks_for",
]
