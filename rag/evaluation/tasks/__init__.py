"""Tasks: each takes a data set and gives what it measured."""

from .answers import measure_answers
from .followups import measure_followups
from .memory import measure_memory
from .refusal import measure_refusal
from .retrieval import measure_retrieval

__all__ = [
    "measure_answers",
    "measure_followups",
    "measure_memory",
    "measure_refusal",
    "measure_retrieval",
]
