"""Answer strategies: five ways of having a model answer, one protocol, each with its cost."""

from .base import AnswerStrategy
from .choose import STRATEGIES, write_answer
from .examples import Example, Examples, read_examples
from .rules import read_rules

__all__ = [
    "STRATEGIES",
    "AnswerStrategy",
    "Example",
    "Examples",
    "read_examples",
    "read_rules",
    "write_answer",
]
